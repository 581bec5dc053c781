import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ed25519Verifier } from '../../crypto/index.ts';
import type { SecurityLevel } from '../../jobs/mpc/protocol.ts';
import {
  type ComputationLevel,
  type ComputationStatement,
  computationId,
  computationLevels,
  computationLimits,
  decodeStatement,
  encodeStatement,
  isSignedBy,
  nameOfParty,
  ProofRefused,
  type SignedComputation,
  signStatement,
  verifyStatement,
} from '../index.ts';
import { keyOf, signedBy, statementOf } from './computation-support.ts';

const groupOrder = 2n ** 252n + 27742317777372353535851937790883648493n;
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const tagged = (tag: number) => bytes(32).map((rest) => Uint8Array.of(tag, ...rest));
const partyName = fc.stringMatching(nameOfParty);

const statements: fc.Arbitrary<ComputationStatement> = fc
  .record({
    version: fc.constant(1 as const),
    circuit: tagged(0x01),
    level: fc.constantFrom(...computationLevels),
    parties: fc.uniqueArray(fc.record({ name: partyName, key: tagged(0x10) }), {
      minLength: computationLimits.partiesMin,
      maxLength: computationLimits.partiesMax,
      selector: ({ name }) => name,
    }),
    sessionId: bytes(32),
    run: fc.maxSafeNat(),
    transcriptHash: bytes(32),
  })
  .filter(({ parties }) => new Set(parties.map(({ key }) => String(key))).size === parties.length)
  .filter(({ level, parties }) => level !== 'three-party' || parties.length === 3);

function thrownBy(act: () => unknown): unknown {
  try {
    act();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('the encoding of a statement', () => {
  test('is read as what was written', () => {
    fc.assert(
      fc.property(statements, (statement) => {
        expect(decodeStatement(encodeStatement(statement))).toEqual(statement);
      }),
    );
  });

  test('is the only one: whatever is read is written as the same bytes', () => {
    const encoding = encodeStatement(statementOf());
    const change = fc.record({ at: fc.nat(encoding.length - 1), to: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 3 }), fc.nat(4), (changes, cut) => {
        const changed = encoding.slice(0, encoding.length - cut);
        for (const { at, to } of changes) if (at < changed.length) changed[at] = to;
        const read = thrownBy(() => expect(encodeStatement(decodeStatement(changed))).toEqual(changed));
        if (read !== undefined) expect(read).toBeInstanceOf(ProofRefused);
      }),
      { numRuns: 2000 },
    );
  });

  test('is refused in one way, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        expect(thrownBy(() => decodeStatement(noise))).toBeInstanceOf(ProofRefused);
      }),
    );
  });

  test('never changes: its hash names what is stored', () => {
    expect(Buffer.from(encodeStatement(statementOf())).toString('hex')).toBe(
      [
        '6879706572676174652f6d70632d636f6d7075746174696f6e2f7631',
        `01${'03'.repeat(32)}`,
        '01',
        '04'.repeat(32),
        '0000000000000007',
        '05'.repeat(32),
        '02',
        `05616c69636510${Buffer.from(keyOf(1).publicKey.subarray(1)).toString('hex')}`,
        `03626f6210${Buffer.from(keyOf(2).publicKey.subarray(1)).toString('hex')}`,
      ].join(''),
    );
    expect(Buffer.from(computationId(statementOf()))).toEqual(
      createHash('sha256').update(encodeStatement(statementOf())).digest(),
    );
  });

  test('has room for the largest statement', () => {
    const names = Array.from({ length: 16 }, (_, at) => `p${at}`.padEnd(64, 'x'));
    const encoding = encodeStatement(statementOf({ names, run: Number.MAX_SAFE_INTEGER }));
    expect(encoding.length).toBeLessThanOrEqual(computationLimits.encodingBytesMax);
    expect(decodeStatement(encoding).parties.map(({ name }) => name)).toEqual(names);
  });

  const good = statementOf();
  const [alice, bob] = good.parties as [(typeof good.parties)[0], (typeof good.parties)[0]];
  test.each<[string, Partial<ComputationStatement>]>([
    ['another version', { version: 2 as 1 }],
    ['a circuit of another tag', { circuit: Buffer.alloc(33, 2) }],
    ['an unknown level', { level: 'perfect' as ComputationLevel }],
    ['one party', { parties: [alice] }],
    ['a name twice', { parties: [alice, { ...bob, name: 'alice' }] }],
    ['a key twice', { parties: [alice, { ...bob, key: alice.key }] }],
    ['a name of another form', { parties: [alice, { ...bob, name: 'b b' }] }],
    ['a key of another tag', { parties: [alice, { ...bob, key: Buffer.alloc(33, 0x20) }] }],
    ['two parties of level three-party', { level: 'three-party' }],
    ['a short session', { sessionId: Buffer.alloc(31) }],
    ['a run below zero', { run: -1 }],
    ['a run that is no integer', { run: 1.5 }],
    ['a long transcript', { transcriptHash: Buffer.alloc(33) }],
  ])('is not made of %s', (_what, change) => {
    expect(() => encodeStatement({ ...good, ...change })).toThrow(RangeError);
    const signatures = [keyOf(1), keyOf(2)].map((key) => key.sign(Buffer.from('x')));
    expect(() => verifyStatement({ statement: { ...good, ...change }, signatures })).toThrow(ProofRefused);
  });
});

test('levels are those of the protocols', () => {
  const theirs: readonly SecurityLevel[] = computationLevels;
  const ours: readonly ComputationLevel[] = theirs;
  expect(ours).toHaveLength(4);
});

describe('signatures', () => {
  const statement = statementOf();
  const signed = signedBy(statement, [keyOf(1), keyOf(2)]);
  const refusal = (change: Partial<SignedComputation>) => () => verifyStatement({ ...signed, ...change });
  const [first, second] = signed.signatures as [Uint8Array, Uint8Array];

  test('of all parties are needed', () => {
    verifyStatement(signed);
    expect(refusal({ signatures: [first] })).toThrow('2 parties need as many signatures');
    expect(refusal({ signatures: [first, second, second] })).toThrow('2 parties need as many signatures');
    expect(refusal({ signatures: [first, first] })).toThrow('the signature of bob does not hold');
    expect(refusal({ signatures: [second, first] })).toThrow('the signature of alice does not hold');
  });

  test('hold for the statement that was signed and for no other', () => {
    for (const other of [{ run: 8 }, { fill: 4 }, { level: 'semi-honest' as const }]) {
      expect(refusal({ statement: statementOf(other) })).toThrow(ProofRefused);
    }
  });

  test('of one party can be asked for alone', () => {
    expect(isSignedBy(statement, 'alice', first)).toBe(true);
    expect(isSignedBy(statement, 'bob', first)).toBe(false);
    expect(isSignedBy(statement, 'carol', first)).toBe(false);
  });

  test('are those of the Ed25519 of the node', () => {
    expect(new Ed25519Verifier().verify(keyOf(1).publicKey, encodeStatement(statement), first)).toBe(true);
  });

  test('do not hold after any bit is flipped', () => {
    fc.assert(
      fc.property(fc.nat(65 * 8 - 1), (bit) => {
        const forged = Uint8Array.from(first);
        forged[bit >> 3]! ^= 1 << (bit & 7);
        expect(isSignedBy(statement, 'alice', forged)).toBe(false);
      }),
    );
  });

  test('have one form: a scalar that is not reduced is refused', () => {
    const scalar = BigInt(`0x${Buffer.from(first.subarray(33)).reverse().toString('hex')}`);
    const larger = Buffer.from((scalar + groupOrder).toString(16).padStart(64, '0'), 'hex').reverse();
    const forged = Buffer.concat([first.subarray(0, 33), larger]);
    expect(isSignedBy(statement, 'alice', forged)).toBe(false);
  });

  test('of keys of small order are refused', () => {
    // The neutral element as key and R, with the scalar 0, satisfies the equation for every message.
    const neutral = Buffer.from(`01${'00'.repeat(31)}`, 'hex');
    const key = Buffer.concat([Buffer.of(0x10), neutral]);
    const weak = { ...statement, parties: [{ name: 'alice', key }, statement.parties[1]!] };
    const forged = Buffer.concat([Buffer.of(0x11), neutral, Buffer.alloc(32)]);
    expect(isSignedBy(weak, 'alice', forged)).toBe(false);
  });

  test('are made for parties only', () => {
    expect(() => signStatement(statement, keyOf(3))).toThrow('the key is of none of the parties');
  });
});
