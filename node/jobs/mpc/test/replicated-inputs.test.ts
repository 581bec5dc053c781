/** A secret in three replicated, committed shares is used as it was committed to, or not at all. */
import { describe, expect, test } from 'vitest';
import { bitsOfBytes, bytesOfBits } from '../circuit/bits.ts';
import { CircuitBuilder } from '../circuit/builder.ts';
import type { Circuit } from '../circuit/circuit.ts';
import { hmac } from '../circuit/standard/hmac.ts';
import { sha256 } from '../circuit/standard/sha2.ts';
import { CircuitError, MpcAbort } from '../errors.ts';
import {
  boundRunId,
  checkReplicated,
  commitToShare,
  dealReplicated,
  type ReplicatedPublic,
  type ReplicatedShares,
  replicatedInput,
  threeParty,
  withReplicated,
} from '../levels/three-party/index.ts';
import type { ProtocolRun } from '../protocol.ts';
import { type PartyResult, runParties } from './support/run-parties.ts';
import { seededRandom } from './support/seeded-random.ts';
import { roles, runDeviating } from './support/three-party.ts';

const bytes = 6;
const random = seededRandom('replicated');
const keyId = random(32);
const secret = random(bytes);
/** In another order than the roles. */
const custodians = ['p2', 'p3', 'p1'] as const;
const dealt = dealReplicated(secret, custodians, keyId, random);
const known = dealt[0].known;
const keptBy = new Map(custodians.map((name, index) => [name as string, dealt[index]!]));

/** The secret, masked with a message that one of them has; each of them learns it. */
function masked(): Circuit {
  const builder = new CircuitBuilder();
  const message = builder.input('p1', 'message', 8 * bytes);
  const key = replicatedInput(builder, 'key', known);
  const neighbour = (i: number) => key[(i + 1) % key.length]!;
  const mixed = key.map((bit, i) =>
    builder.xor(builder.and(bit, neighbour(i)), builder.xor(bit, message[i]!)),
  );
  builder.output('masked', ['p1', 'p2', 'p3'], mixed);
  return builder.build();
}

const circuit = masked();
const message = bitsOfBytes(random(bytes));

function expected(of: Uint8Array): Uint8Array {
  const bits = bitsOfBytes(of);
  return bits.map((bit, i) => (bit & bits[(i + 1) % bits.length]!) ^ bit ^ message[i]!);
}

/** Every party with the shares that it keeps, but for one. */
async function runWith(
  deviating: string,
  change: (run: ProtocolRun) => ProtocolRun = (run) => run,
): Promise<PartyResult[]> {
  const inputs = circuit.inputs.map(({ party, name }) => {
    if (name === 'message') return message;
    const holder = party.split('+')[0]!;
    const filled = withReplicated(circuit, [], { name: 'key', shares: keptBy.get(holder)!, me: holder });
    return filled[circuit.inputs.findIndex((input) => input.party === party)]!;
  });
  return runDeviating([{ circuit, inputs }], `run of ${deviating}`, { party: deviating, run: change });
}

function honest(results: readonly PartyResult[], deviating: string): PartyResult[] {
  return results.filter(({ party }) => party !== deviating);
}

test('each two have the secret, the commitments are those of all, and no share is the secret', () => {
  for (const [index, { openings, known: each }] of dealt.entries()) {
    expect(each).toEqual(known);
    expect(openings.map((opening) => opening === undefined)).toEqual(
      [0, 1, 2].map((share) => share === index),
    );
    checkReplicated(dealt[index]!, custodians[index]!);
    const other = dealt[(index + 1) % 3]!;
    const all = openings.map((opening, share) => (opening ?? other.openings[share])!.share);
    expect(Buffer.from(all[0]!.map((byte, i) => byte ^ all[1]![i]! ^ all[2]![i]!))).toEqual(
      Buffer.from(secret),
    );
    for (const share of all) expect(Buffer.from(share)).not.toEqual(Buffer.from(secret));
  }
});

test('a circuit computes on the secret', async () => {
  expect(circuit.inputs.map(({ party }) => party)).toEqual(['p1', 'p1+p3', 'p1+p2', 'p2+p3']);
  for (const { outputs, error } of await runWith('nobody')) {
    expect(error).toBeUndefined();
    expect(bytesOfBits(outputs[0]![0]!)).toEqual(bytesOfBits(expected(secret)));
  }
});

describe('a party uses another share', () => {
  const cases = circuit.inputs.flatMap(({ party, name }, input) =>
    name === 'key' ? party.split('+').map((cheat) => ({ cheat, party, input })) : [],
  );
  test.each(cases)('$cheat, of the share of $party', async ({ cheat, party, input }) => {
    const results = await runWith(cheat, (run) => {
      const inputs = [...run.inputs];
      inputs[input] = inputs[input]!.map((bit, at) => (at === 5 ? bit ^ 1 : bit));
      return { ...run, inputs };
    });
    for (const { outputs, error } of honest(results, cheat)) {
      expect(outputs).toEqual([]);
      expect(error).toBeInstanceOf(MpcAbort);
    }
    // The evaluator, where it is honest, knows who it was if it has the share itself.
    const evaluator = results.find(({ party: name }) => name === 'p3')!.error;
    if (cheat !== 'p3') {
      expect(evaluator).toMatchObject({
        reason: 'cheating',
        party: party.includes('p3') ? cheat : undefined,
      });
    }
  });

  test('that it lacks: nobody asks it', async () => {
    for (const [index, cheat] of custodians.entries()) {
      const lacking = circuit.inputs.findIndex(({ party, name }) => name === 'key' && !party.includes(cheat));
      expect(dealt[index]!.openings[index]).toBeUndefined();
      const results = await runWith(cheat, (run) => {
        const inputs = [...run.inputs];
        inputs[lacking] = new Uint8Array(8 * bytes).fill(1);
        return { ...run, inputs };
      });
      for (const { outputs } of results) expect(outputs[0]![0]).toEqual(expected(secret));
    }
  });

  test('from other commitments than the others know: the run ends', async () => {
    const again = dealReplicated(secret, custodians, keyId, random)[0].known;
    for (const cheat of roles) {
      const results = await runWith(cheat, (run) => ({ ...run, runId: boundRunId(run.runId, [again]) }));
      for (const { outputs } of results) expect(outputs).toEqual([]);
      for (const { error } of honest(results, cheat)) expect(error).toBeInstanceOf(MpcAbort);
    }
  });
});

describe('what a custodian keeps', () => {
  const kept = keptBy.get('p2')!;
  const changed = (change: Partial<ReplicatedPublic>): ReplicatedShares => ({
    ...kept,
    known: { ...known, ...change },
  });
  const withOpening = (index: number, opening: ReplicatedShares['openings'][number]): ReplicatedShares => ({
    known,
    openings: kept.openings.map((each, at) => (at === index ? opening : each)),
  });

  test('is refused when a share is missing, changed or another one', () => {
    const [, opening] = kept.openings;
    const flipped = Uint8Array.from(opening!.share);
    flipped[2]! ^= 8;
    for (const faulty of [
      withOpening(1, undefined),
      withOpening(1, { ...opening!, share: flipped }),
      withOpening(1, { ...opening!, share: opening!.share.subarray(1) }),
      withOpening(1, { ...opening!, randomness: new Uint8Array(32) }),
      withOpening(1, kept.openings[2]),
      changed({ keyId: random(32) }),
      changed({ commitments: [known.commitments[0]!, known.commitments[2]!, known.commitments[1]!] }),
      changed({ custodians: ['p3', 'p2', 'p1'] }),
    ]) {
      expect(() => checkReplicated(faulty, 'p2')).toThrow(MpcAbort);
    }
    expect(() => checkReplicated(kept, 'p4')).toThrow('no custodian');
    expect(() => checkReplicated(kept, 'p1')).toThrow('share 0');
  });

  test('is refused when its public part is not well-formed', () => {
    for (const faulty of [
      changed({ keyId: random(31) }),
      changed({ custodians: ['p2', 'p2', 'p1'] }),
      changed({ bytes: 0 }),
      changed({ bytes: 2 ** 30 }),
      changed({ commitments: known.commitments.slice(1) }),
    ]) {
      expect(() => checkReplicated(faulty, 'p2')).toThrow(CircuitError);
    }
  });

  test('fits the inputs of a circuit of the same name and length', () => {
    const shares = kept;
    expect(() => withReplicated(circuit, [], { name: 'other', shares, me: 'p2' })).toThrow(CircuitError);
    const filled = withReplicated(circuit, [message], { name: 'key', shares, me: 'p2' });
    expect(filled[0]).toBe(message);
    expect(filled.map((bits) => bits?.length)).toEqual([48, undefined, 48, 48]);
  });
});

test('an HMAC key that nobody has gives the tags of RFC 4231', async () => {
  const key = Buffer.alloc(20, 0x0b);
  const data = Buffer.from('Hi There');
  const kept = dealReplicated(key, ['p1', 'p2', 'p3'], keyId, random);
  const builder = new CircuitBuilder();
  const keyBits = replicatedInput(builder, 'key', kept[0].known);
  const text = builder.input('p1+p2+p3', 'message', 8 * data.length);
  builder.output('tag', ['p1', 'p3'], hmac(builder, sha256, keyBits, text));
  const keyed = builder.build();
  const run = { circuit: keyed, inputs: keyed.inputs.map(() => new Uint8Array(0)) };
  const results = await runParties(threeParty, [run], {
    roles,
    seed: 'hmac',
    change: (me, given) => {
      const inputs = keyed.inputs.map(({ name }) => (name === 'message' ? bitsOfBytes(data) : undefined));
      const shares = kept[roles.indexOf(me as 'p1')]!;
      const runId = boundRunId(given.runId, [shares.known]);
      return { ...given, runId, inputs: withReplicated(keyed, inputs, { name: 'key', shares, me }) };
    },
  });
  for (const { party, outputs, error } of results) {
    expect(error).toBeUndefined();
    const tag = outputs[0]![0];
    if (party === 'p2') expect(tag).toBeUndefined();
    else
      expect(bytesOfBits(tag!).toString('hex')).toBe(
        'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
      );
  }
});

test('a commitment depends on key, place, share and its random bytes', () => {
  const opening = { share: new Uint8Array(4), randomness: new Uint8Array(32) };
  const all = [
    commitToShare(keyId, 0, opening),
    commitToShare(random(32), 0, opening),
    commitToShare(keyId, 1, opening),
    commitToShare(keyId, 0, { ...opening, share: new Uint8Array(5) }),
    commitToShare(keyId, 0, { ...opening, randomness: random(32) }),
  ].map((commitment) => commitment.toString('hex'));
  expect(new Set(all).size).toBe(all.length);
});

test('the id of a run depends on every secret and on their order', () => {
  const runId = random(32);
  const again = dealReplicated(secret, custodians, random(32), random)[0].known;
  const reordered: ReplicatedPublic = { ...known, custodians: ['p1', 'p2', 'p3'] };
  const all = [[], [known], [again], [reordered], [known, again], [again, known]].map((secrets) =>
    boundRunId(runId, secrets).toString('hex'),
  );
  expect(new Set(all).size).toBe(all.length);
});
