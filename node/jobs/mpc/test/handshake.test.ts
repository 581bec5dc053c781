/** The handshake: only the two parties that were named, with the same agreement, ever come out with the same keys. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MpcAbort } from '../errors.ts';
import { agreementHash, sessionTag } from '../session/format/agreement.ts';
import { decodeHello } from '../session/format/handshake.ts';
import { type Claim, type Handshaken, SigmaInitiator, SigmaResponder } from '../session/handshake.ts';
import { newEphemeral } from '../session/x25519.ts';
import { seededRandom } from './support/seeded-random.ts';
import { describe as describeSession, identityOf, sumCircuit } from './support/session-parties.ts';

const circuit = sumCircuit(['alice', 'bob']);
// A commitment that no circuit has, so that what hangs on it stays the same whatever the builder makes of a circuit.
const runs = [{ circuit: Buffer.concat([Buffer.of(1), Buffer.alloc(32, 7)]), times: 3 }];
const description = describeSession(['alice', 'bob'], circuit, { runs });
const tag = sessionTag(description.name);
const claimOf = (name: string, agreement = agreementHash(description)): Claim => ({
  identity: identityOf(name),
  agreement,
});
const peer = (name: string) => ({ name, key: identityOf(name).publicKey });
const nameOf = (key: Uint8Array) =>
  ['alice', 'bob'].find((name) => Buffer.compare(identityOf(name).publicKey, key) === 0);

const dialer = (seed = 'dialer', claim = claimOf('bob'), to = 'alice') =>
  new SigmaInitiator(claim, peer(to), tag, seededRandom(seed));

function listener(hello: Buffer, seed = 'listener', claim = claimOf('alice')): SigmaResponder {
  const decoded = decodeHello(hello);
  if (decoded === undefined) throw new MpcAbort('malformed', undefined, 'no hello');
  return new SigmaResponder(claim, hello, decoded, seededRandom(seed));
}

/** A whole handshake in which each message may be changed on its way. */
function meet(change: (number: number, message: Buffer) => Buffer = (_, message) => message) {
  const bob = dialer();
  const alice = listener(change(0, bob.hello));
  const { message, agreed, link: ofBob } = bob.finish(change(1, alice.reply));
  const { link: ofAlice, peer: who } = alice.finish(change(2, message), nameOf);
  return { ofAlice, ofBob, agreed, who };
}

function expectAbort(run: () => unknown): MpcAbort {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(MpcAbort);
    return error as MpcAbort;
  }
  throw new Error('nothing was refused');
}

const secrets = ({ sendSecret, receiveSecret }: Handshaken) =>
  [sendSecret, receiveSecret].map((each) => each.toString('hex'));

test('two parties that agree have the same keys, one for each direction', () => {
  const { ofAlice, ofBob, agreed, who } = meet();
  expect([agreed, who]).toEqual([true, 'bob']);
  expect(secrets(ofAlice)).toEqual(secrets(ofBob).reverse());
  expect(new Set(secrets(ofAlice)).size).toBe(2);
  expect(ofAlice.transcript).toEqual(ofBob.transcript);
});

test('version 1 stays what it is', () => {
  const { ofBob } = meet();
  expect(dialer().hello.toString('hex')).toMatchInlineSnapshot(
    `"0101da61b15dc1c6f682ceb77f9d8864db380e4f7b929e5e0e35fd104bb9fdedf0ddc43f275f7472175de951ab7a826f1cb0bbadb445fa2dfcf2c5d8aa2159a4e093e5e8ed1ebd42c8d05547a6bf9f5a371f5687f5ea33c7761e20de0a08beb06b49"`,
  );
  expect(ofBob.transcript.toString('hex')).toMatchInlineSnapshot(
    `"7d739e78f99ffa91817bffccba1b2a34af90e0869ca6437abbebf8efcfa123a5"`,
  );
  expect(ofBob.sendSecret.toString('hex')).toMatchInlineSnapshot(
    `"ecca787b10db183eeda8b8a939f55f49fb547cf92f62417eb1d72e82c5b8a8b9"`,
  );
});

test('a byte that is changed anywhere is noticed before the keys are used', () => {
  const lengths: number[] = [];
  meet((number, message) => {
    lengths[number] = message.length;
    return message;
  });
  for (const [changed, length] of lengths.entries()) {
    for (let at = 0; at < length; at++) {
      const flip = 1 + (at % 255);
      expectAbort(() =>
        meet((number, message) => {
          if (number !== changed) return message;
          const other = Buffer.from(message);
          other[at]! ^= flip;
          return other;
        }),
      );
    }
  }
});

test('messages of other lengths are refused', () => {
  fc.assert(
    fc.property(fc.nat(2), fc.nat(400), (changed, length) => {
      expectAbort(() =>
        meet((number, message) => {
          if (number !== changed) return message;
          const other = Buffer.alloc(length === message.length ? length + 1 : length, 7);
          message.copy(other);
          return other;
        }),
      );
    }),
    { numRuns: 60 },
  );
});

describe('an attacker between the two', () => {
  test('who answers in the name of another does not know its key', () => {
    const mallory = {
      ...claimOf('mallory'),
      identity: { ...identityOf('mallory'), publicKey: identityOf('alice').publicKey },
    };
    const bob = dialer();
    expect(expectAbort(() => bob.finish(listener(bob.hello, 'm', mallory).reply)).reason).toBe('cheating');
  });

  test('who answers as itself is not the one who was expected', () => {
    const bob = dialer();
    const error = expectAbort(() => bob.finish(listener(bob.hello, 'm', claimOf('mallory')).reply));
    expect([error.reason, error.party]).toEqual(['disagreement', 'alice']);
  });

  test('who dials in the name of another does not know its key', () => {
    const mallory = {
      ...claimOf('mallory'),
      identity: { ...identityOf('mallory'), publicKey: identityOf('bob').publicKey },
    };
    const dialling = dialer('m', mallory);
    const alice = listener(dialling.hello);
    expect(expectAbort(() => alice.finish(dialling.finish(alice.reply).message, nameOf)).reason).toBe(
      'cheating',
    );
  });

  test('a stranger that dials is no party', () => {
    const dialling = dialer('m', claimOf('mallory'));
    const alice = listener(dialling.hello);
    const error = expectAbort(() => alice.finish(dialling.finish(alice.reply).message, nameOf));
    expect([error.reason, error.party]).toEqual(['disagreement', undefined]);
  });

  test('what was recorded of one handshake is of no use in another', () => {
    const bob = dialer();
    const alice = listener(bob.hello);
    const { message } = bob.finish(alice.reply);
    const again = listener(bob.hello, 'fresh');
    expectAbort(() => again.finish(message, nameOf));
    const bobAgain = dialer('fresh');
    expectAbort(() => bobAgain.finish(alice.reply));
  });

  test('a message is not taken from the side that made it', () => {
    const bob = dialer();
    expectAbort(() => listener(Buffer.concat([bob.hello])).finish(bob.hello, nameOf));
    expectAbort(() => bob.finish(bob.hello));
    const alice = listener(bob.hello);
    const sealed = alice.reply.subarray(66);
    expectAbort(() => alice.finish(Buffer.concat([Buffer.of(3), sealed]), nameOf));
  });

  test('two that each speak to an attacker do not speak to each other', () => {
    // Mallory runs a handshake of its own with either and passes on what it cannot make.
    const bob = dialer();
    const towardsAlice = dialer('m', claimOf('mallory'));
    const alice = listener(towardsAlice.hello);
    expectAbort(() => bob.finish(alice.reply));
  });

  test.each([0, 1])('a key of small order is refused (%i)', (first) => {
    const small = Buffer.alloc(32);
    small[0] = first;
    expect(newEphemeral(seededRandom('x')).agree(small)).toBeUndefined();
    const hello = Buffer.from(dialer().hello);
    small.copy(hello, hello.length - 32);
    expect(expectAbort(() => listener(hello)).reason).toBe('cheating');
  });
});

test.each([
  ['circuit', { runs: [{ circuit: agreementHash(description), times: 3 }] }],
  ['count of runs', { runs: [{ ...description.runs[0]!, times: 4 }] }],
  ['order of runs', { runs: [...description.runs, { circuit: agreementHash(description), times: 1 }] }],
  ['level', { level: 'one-bit-leakage' as const }],
  ['demand', { demand: { level: 'one-bit-leakage' as const, keys: false } }],
  ['word about keys', { demand: { level: 'semi-honest' as const, keys: true } }],
  ['name', { name: 'another' }],
  ['order of parties', { parties: [...description.parties].reverse() }],
  ['third party', { parties: [...description.parties, peer('carol')] }],
  [
    'key of a party',
    { parties: [description.parties[0]!, { name: 'bob', key: identityOf('carol').publicKey }] },
  ],
  ['who dials', { dials: [['alice', 'bob'] as const] }],
])('another %s is another agreement, which both notice', (_, changes) => {
  const other = agreementHash({ ...description, ...changes });
  const bob = dialer('dialer', claimOf('bob', other));
  const alice = listener(bob.hello);
  const { message, agreed } = bob.finish(alice.reply);
  expect(agreed).toBe(false);
  const error = expectAbort(() => alice.finish(message, nameOf));
  expect([error.reason, error.party]).toEqual(['disagreement', 'bob']);
});
