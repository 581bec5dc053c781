/** What the garblers draw from their seed, and commitments to labels. */
import { describe, expect, test } from 'vitest';
import { secretKey } from '../../../crypto/hkdf.ts';
import { LabelCommitments } from '../levels/three-party/commitments.ts';
import { planInputs } from '../levels/three-party/input-plan.ts';
import { agreeOnSeed, type RunSecrets, RunSeeds } from '../levels/three-party/seed.ts';
import { memoryChannels } from './support/memory-channel.ts';
import { seededRandom } from './support/seeded-random.ts';
import { holders, randomCircuit, roles } from './support/three-party.ts';

const random = seededRandom('secrets');
const inputs = Object.fromEntries(holders.map((party) => [party, 5]));
const plan = planInputs(randomCircuit('secrets', { inputs, gates: 9, to: [['p1']] }), roles);
const hex = ({ delta, committed, common, randomness }: RunSecrets) =>
  Buffer.concat([delta, committed, common, randomness]).toString('hex');

test('an input is one part, and two when the evaluator alone knows it', () => {
  const summary = plan.parts.map(({ input, opener, share, checked }) => [
    holders[input],
    opener,
    share !== undefined,
    checked !== undefined,
  ]);
  expect(summary).toEqual([
    ['p1', 0, false, false],
    ['p2', 1, false, false],
    ['p3', 0, true, true],
    ['p3', 1, true, true],
    ['p1+p2', 'both', false, false],
    ['p1+p3', 0, false, true],
    ['p2+p3', 1, false, true],
    ['p1+p2+p3', 'both', false, false],
  ]);
  expect(plan).toMatchObject({ inputBits: 35, committed: 30, common: 10, shared: 5, checked: 20 });
});

describe('secrets of a run', () => {
  const seed = secretKey(random(32));
  const runId = random(32);

  test('are the same for both garblers, and others in each run, also of the same id', () => {
    const [first, second] = [new RunSeeds(seed), new RunSeeds(seed)];
    const drawn = [runId, runId, random(32)].map(
      (id) => [first.next(id, plan), second.next(id, plan)] as const,
    );
    for (const [one, other] of drawn) expect(hex(one)).toBe(hex(other));
    expect(new Set(drawn.map(([one]) => hex(one))).size).toBe(3);
    expect(hex(new RunSeeds(seed).next(random(32), plan))).not.toBe(hex(drawn[0]![0]));
  });

  test('come from what both garblers added', async () => {
    const sessionId = random(32);
    const agreed = async (one: string, other: string) => {
      const [toP2, toP1] = memoryChannels('p1', 'p2');
      const both = await Promise.all([
        agreeOnSeed(toP2, 0, seededRandom(one), sessionId),
        agreeOnSeed(toP1, 1, seededRandom(other), sessionId),
      ]);
      const [mine, theirs] = both.map((seeds) => hex(seeds.next(runId, plan)));
      expect(mine).toBe(theirs);
      return mine;
    };
    const all = [
      await agreed('a', 'b'),
      await agreed('a', 'c'),
      await agreed('d', 'b'),
      await agreed('b', 'a'),
    ];
    expect(new Set(all).size).toBe(4);
  });
});

describe('commitments to labels', () => {
  const secrets = new RunSeeds(secretKey(random(32))).next(random(32), plan);
  const commitments = new LabelCommitments(random(32));
  const bits = Uint8Array.from(random(plan.committed), (byte) => byte & 1);
  const pairs = commitments.make(secrets, 0, plan.committed);

  test('are opened for either bit, from any label on, and the labels are those of the bits', () => {
    for (const given of [bits, bits.map((bit) => bit ^ 1)]) {
      const openings = commitments.open(secrets, 0, given);
      expect(commitments.opened(pairs, 0, openings)).toBe(true);
      expect(commitments.open(secrets, 7, given.subarray(7))).toEqual(openings.subarray(7 * 32));
      expect(commitments.opened(pairs, 7, openings.subarray(7 * 32))).toBe(true);
      for (const [i, bit] of given.entries()) {
        const zero = secrets.committed.subarray(16 * i, 16 * i + 16);
        const label = zero.map((byte, at) => byte ^ (bit === 1 ? secrets.delta[at]! : 0));
        expect(openings.subarray(32 * i, 32 * i + 16)).toEqual(Buffer.from(label));
      }
    }
  });

  test('a range is made as the whole is', () => {
    expect(commitments.make(secrets, 3, 11)).toEqual(pairs.subarray(3 * 64, 11 * 64));
  });

  test('are not opened by anything else', () => {
    const openings = commitments.open(secrets, 0, bits);
    for (let byte = 0; byte < 64; byte++) {
      const changed = Buffer.from(openings);
      changed[byte]! ^= 0x11;
      expect(commitments.opened(pairs, 0, changed)).toBe(false);
    }
    expect(commitments.opened(pairs, 1, openings.subarray(0, 32))).toBe(false);
  });

  test('say of which label and of which run they are', () => {
    const same: RunSecrets = {
      ...secrets,
      committed: Buffer.concat(
        Array.from({ length: plan.committed }, () => secrets.committed.subarray(0, 16)),
      ),
      randomness: Buffer.alloc(32 * plan.committed),
    };
    const made = commitments.make(same, 0, plan.committed);
    const all = new Set(
      Array.from({ length: 2 * plan.committed }, (_, i) => made.toString('hex', 32 * i, 32 * i + 32)),
    );
    expect(all.size).toBe(2 * plan.committed);
    expect(new LabelCommitments(random(32)).make(same, 0, 1)).not.toEqual(made.subarray(0, 64));
  });
});
