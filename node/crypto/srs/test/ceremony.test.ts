/** Ceremonies: the product of secrets, and nothing that a contributor or a courier could change unseen. */
import { bytesToHex, hexToBytes, numberToBytesBE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { describe, expect, test } from 'vitest';
import { testCurve } from '../../bls48581/test/test-curve.ts';
import { firstHash, powersHash, stepHash } from '../format/transcript-v1.ts';
import {
  type Contribution,
  checkSrs,
  contribute,
  exportCeremony,
  initCeremony,
  readTranscript,
  SrsError,
  type Transcript,
  verifyCeremony,
  writeTranscript,
} from '../index.ts';

const curve = testCurve;
const entropy = (seed: number) => sha512(Uint8Array.of(seed));

const start = initCeremony(curve, { g1: 9, g2: 3 });
const once = contribute(curve, start, entropy(1));
const twice = contribute(curve, once, entropy(2));

describe('contributions', () => {
  test('have these hashes, for this entropy', () => {
    expect(twice.contributions.map(({ hash }) => hash)).toMatchInlineSnapshot(`
      [
        "3579392e9fd88620c78cbbeeb9f5930073410f5718365c67a62cbfeac23709163e0b17a3b7ccb521967d346cfdb0fcddd05c630466e9545f34059ef2fa37e100",
        "226f824c9e27ae9c59f7b0fc3207247362a67f4f2478032b4fcc52b10020b71680c502e3b6764b02793851e72bc8fe8690450e6a51cf68f93beb0a10142b7256",
      ]
    `);
    expect(bytesToHex(sha512(new TextEncoder().encode(writeTranscript(twice))))).toMatchInlineSnapshot(
      `"a4c4ddba868a40de4745a3d5875cbd6822ee14848adbc459d2e27297a781b2aa5c9cda557d5e9be277fdbe4b05fdbd1e1109d42ea4ae36db0c228a4103b2a1df"`,
    );
  });

  test('make a consistent string of the product of their secrets', () => {
    expect(verifyCeremony(curve, start)).toEqual([]);
    expect(verifyCeremony(curve, once)).toEqual([]);
    expect(verifyCeremony(curve, twice)).toEqual([]);
    expect(checkSrs(curve, exportCeremony(curve, twice, 8))).toEqual([]);
    expect(twice.contributions.map(({ number }) => number)).toEqual([1, 2]);
    expect(twice.contributions[0]).toEqual(once.contributions[0]);
  });

  test('overwrite the entropy, and depend on nothing else', () => {
    const given = entropy(1);
    expect(contribute(curve, start, given)).toEqual(once);
    expect(given.every((byte) => byte === 0)).toBe(true);
    // The same entropy on another transcript is another secret.
    const other = contribute(curve, once, entropy(1));
    expect(other.g1[1]).not.toBe(twice.g1[1]);
  });

  test('with little entropy, or on a broken transcript, are refused', () => {
    expect(() => contribute(curve, start, new Uint8Array(63))).toThrow(RangeError);
    const broken = { ...once, g1: [...once.g1.slice(0, -1), once.g1[1]!] };
    expect(() => contribute(curve, broken, entropy(3))).toThrow(SrsError);
  });

  test('of nobody cannot be exported, nor more values than powers', () => {
    expect(() => exportCeremony(curve, start, 8)).toThrow(/nobody/);
    expect(() => exportCeremony(curve, once, 16)).toThrow(/16 powers/);
    expect(() => initCeremony(curve, { g1: 1, g2: 2 })).toThrow(SrsError);
    expect(() => initCeremony(curve, { g1: 9, g2: 2000 })).toThrow(SrsError);
  });
});

describe('verification finds', () => {
  const changed = (at: number, part: Partial<Contribution>, rehash = true): Transcript => {
    const contributions = twice.contributions.map((step, index) => {
      if (index !== at) return step;
      const next = { ...step, ...part };
      return rehash ? { ...next, hash: stepHash(next) } : next;
    });
    return { ...twice, contributions };
  };
  const fault = (transcript: Transcript) => verifyCeremony(curve, transcript).join();
  const [first, second] = twice.contributions as [Contribution, Contribution];

  test('a changed, missing, repeated or reordered step', () => {
    expect(fault(changed(0, { number: 2 }))).toMatch('contribution 1: it has another number');
    expect(fault(changed(1, { previous: firstHash(twice) }))).toMatch('contribution 2: it does not follow');
    expect(fault(changed(0, { response: second.response }, false))).toMatch('does not have the hash');
    expect(fault({ ...twice, contributions: [second] })).toMatch('another number');
    expect(fault({ ...twice, contributions: [first, first] })).toMatch('another number');
    expect(fault({ ...twice, contributions: [first] })).toMatch('not those of the last');
    expect(fault({ ...twice, contributions: [] })).toMatch('not those of the last');
  });

  test('a proof of knowledge that is none', () => {
    const other = bytesToHex(curve.encodeG1(curve.multiplyG1(curve.g1, 77n)));
    expect(fault(changed(1, { commitment: other }))).toMatch('proof of knowledge is wrong');
    expect(fault(changed(1, { response: '00'.repeat(73) }))).toMatch('proof of knowledge is wrong');
    expect(fault(changed(1, { response: 'ff'.repeat(73) }))).toMatch('not a canonical scalar');
    expect(fault(changed(1, { tauG1: other }))).toMatch('proof of knowledge is wrong');
    expect(fault(changed(1, { powersHash: first.powersHash }))).toMatch('proof of knowledge is wrong');
    expect(fault(changed(1, { tauG1: first.tauG1 }))).toMatch('changes nothing');
    expect(fault(changed(1, { commitment: `03${'00'.repeat(73)}` }))).toMatch('none of G1');
    expect(fault(changed(1, { commitment: '00'.repeat(74) }))).toMatch('none of G1');
  });

  test('powers put in by somebody who starts over', () => {
    // The attacker knows 5 and wants the string to be of 5 alone.
    const five = {
      g1: start.g1.map((_, k) => power(5n ** BigInt(k))),
      g2: start.g2.map((_, k) => power2(5n ** BigInt(k))),
    };
    expect(fault({ ...twice, ...five })).toMatch('not those of the last');
    const claimed = { ...second, tauG1: five.g1[1]!, powersHash: powersHash(five) };
    const last = { ...claimed, hash: stepHash(claimed) };
    expect(fault({ ...five, contributions: [first, last] })).toMatch('proof of knowledge is wrong');
  });

  test('powers that are not those of the last contribution, or of no secret', () => {
    const swapped = {
      ...twice,
      g1: twice.g1.map((hex, k) => (k === 4 ? twice.g1[5]! : k === 5 ? twice.g1[4]! : hex)),
    };
    expect(fault(swapped)).toMatch('hash that the last contribution names');
    expect(fault({ ...start, g1: [...start.g1.slice(0, -1), once.g1[1]!] })).toMatch('not all the generator');
  });

  const power = (k: bigint) => bytesToHex(curve.encodeG1(curve.multiplyG1(curve.g1, k)));
  const power2 = (k: bigint) => bytesToHex(curve.encodeG2(curve.multiplyG2(curve.g2, k)));

  test('a last contributor who proves a secret and publishes other powers', () => {
    // Knows the factor 2 of a last step, but bends a higher power before hashing and proving.
    const g1 = twice.g1.map((hex, k) =>
      k === 0
        ? hex
        : bytesToHex(
            curve.encodeG1(
              curve.multiplyG1(curve.decodeG1(hexToBytes(hex))!, k === 5 ? 33n : 2n ** BigInt(k)),
            ),
          ),
    );
    const g2 = twice.g2.map((hex, k) =>
      k === 0
        ? hex
        : bytesToHex(curve.encodeG2(curve.multiplyG2(curve.decodeG2(hexToBytes(hex))!, 2n ** BigInt(k)))),
    );
    expect(fault({ ...proven(twice, { g1, g2 }, 2n) })).toMatch('powers in G1 are not those of the secret');
    const straight = g1.map((hex, k) =>
      k === 5
        ? bytesToHex(curve.encodeG1(curve.multiplyG1(curve.decodeG1(hexToBytes(twice.g1[5]!))!, 32n)))
        : hex,
    );
    expect(fault({ ...proven(twice, { g1: straight, g2 }, 2n) })).toBe('');
  });
});

/** A step made by the book of the format, with a known secret, independent of `contribute`. */
function proven(before: Transcript, after: Pick<Transcript, 'g1' | 'g2'>, secret: bigint): Transcript {
  const last = before.contributions.at(-1)!;
  const nonce = 12345n;
  const statement = {
    number: last.number + 1,
    previous: last.hash,
    tauG1: after.g1[1]!,
    commitment: bytesToHex(curve.encodeG1(curve.multiplyG1(curve.decodeG1(hexToBytes(last.tauG1))!, nonce))),
    powersHash: powersHash(after),
  };
  const text = new TextEncoder();
  const input = [
    text.encode('hypergate/ceremony/v1'),
    text.encode('challenge'),
    hexToBytes(statement.previous),
    Uint8Array.of(0, 0, 0, statement.number),
    ...[last.tauG1, statement.tauG1, statement.commitment, statement.powersHash].map(hexToBytes),
  ];
  const challenge = BigInt(`0x${bytesToHex(sha512(Uint8Array.from(input.flatMap((part) => [...part]))))}`);
  const order =
    0x2386f8a925e2885e233a9ccc1615c0d6c635387a3f0b3cbe003fad6bc972c2e6e741969d34c4c92016a85c7cd0562303c4ccbe599467c24da118a5fe6fcd671c01n;
  const response = bytesToHex(numberToBytesBE((nonce + challenge * secret) % order, 73));
  const step = { ...statement, response };
  return { ...after, contributions: [...before.contributions, { ...step, hash: stepHash(step) }] };
}

describe('transcripts as text', () => {
  test('are read back', () => expect(readTranscript(writeTranscript(twice))).toEqual(twice));

  test.each([
    ['another format', (value) => (value.format = 'x')],
    ['another version', (value) => (value.version = 2)],
    ['another curve', (value) => (value.curve = 'BLS12-381')],
    ['a field more', (value) => (value.more = 1)],
    ['no powers', (value) => (value.g1 = [])],
    ['a short point', (value) => (value.g2 = ['00', '00'])],
    ['no list', (value) => (value.contributions = {})],
    ['a step that is none', (value) => (value.contributions = [{}])],
  ] as [string, (value: Record<string, unknown>) => unknown][])('are refused with %s', (_name, change) => {
    const value = JSON.parse(writeTranscript(twice));
    change(value);
    expect(() => readTranscript(JSON.stringify(value))).toThrow(SrsError);
  });

  test('that are no JSON are refused', () => expect(() => readTranscript('[')).toThrow(SrsError));
});
