/** Sessions: parties meet, run, agree on a transcript, or learn why not. */
import { describe, expect, test } from 'vitest';
import { numberOfBits } from '../circuit/bits.ts';
import { CircuitError, MpcAbort } from '../errors.ts';
import { satisfies } from '../session/levels.ts';
import type { Session } from '../session/session.ts';
import { commitClear } from './support/clear-protocol.ts';
import {
  describe as describeSession,
  identityOf,
  inputsFor,
  names,
  openAll,
  openSessions,
  sumCircuit,
} from './support/session-parties.ts';

async function runAll(
  sessions: readonly Session[],
  parties: readonly string[],
  circuit = sumCircuit(parties),
) {
  return Promise.all(
    sessions.map((session, index) => session.run(circuit, inputsFor(circuit, parties[index]!, index + 5))),
  );
}

const closeAll = (sessions: readonly Session[]) => Promise.all(sessions.map((session) => session.close()));

test.each([2, 3, 5])(
  '%i parties run several circuits and have the same transcript of each',
  async (count) => {
    const parties = names.slice(0, count);
    const circuit = sumCircuit(parties);
    const sessions = await openSessions({ parties, description: describeSession(parties, circuit) });
    expect(new Set(sessions.map(({ sessionId }) => Buffer.from(sessionId).toString('hex'))).size).toBe(1);
    const seen = new Set<string>();
    for (let run = 0; run < 3; run++) {
      const results = await runAll(sessions, parties);
      for (const { outputs } of results) {
        expect(numberOfBits(outputs[0]!)).toBe(BigInt((count * (count + 9)) / 2));
      }
      const hashes = new Set(
        results.map(({ transcriptHash }) => Buffer.from(transcriptHash).toString('hex')),
      );
      expect(hashes.size).toBe(1);
      for (const hash of hashes) seen.add(hash);
    }
    expect(seen.size).toBe(3);
    await closeAll(sessions);
  },
);

test('the same description opened again is another session', async () => {
  const parties = names.slice(0, 2);
  const description = describeSession(parties, sumCircuit(parties));
  const ids: string[] = [];
  for (let i = 0; i < 2; i++) {
    const sessions = await openSessions({
      parties,
      description,
      all: { random: (n) => crypto.getRandomValues(new Uint8Array(n)) },
    });
    ids.push(Buffer.from(sessions[0]!.sessionId).toString('hex'));
    await closeAll(sessions);
  }
  expect(ids[0]).not.toBe(ids[1]);
});

const parties = names.slice(0, 2);
const circuit = sumCircuit(parties);
const description = describeSession(parties, circuit);

function reasonsOf(results: readonly PromiseSettledResult<unknown>[]): string[] {
  return results.map((result) => {
    expect(result.status).toBe('rejected');
    const { reason } = result as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(MpcAbort);
    return (reason as MpcAbort).reason;
  });
}

describe('parties that want different things', () => {
  test.each([
    ['circuit', { runs: [{ circuit: commitClear(sumCircuit(parties, 1)), times: 3 }] }],
    ['number of runs', { runs: [{ circuit: commitClear(circuit), times: 4 }] }],
    ['level', { level: 'malicious' as const }],
    ['demand', { level: 'malicious' as const, demand: { level: 'malicious' as const, keys: false } }],
  ])('another %s is a disagreement for both', async (_, changes) => {
    const bob = { description: { ...description, ...changes } };
    const { results } = await openAll({ parties, description, options: { bob } });
    expect(reasonsOf(results)).toEqual(['disagreement', 'disagreement']);
  });

  test('another list of parties is a disagreement for those that meet', async () => {
    const three = names.slice(0, 3);
    const ofThree = describeSession(three, circuit);
    const key = identityOf('dave').publicKey;
    const other = { ...ofThree, parties: [...ofThree.parties.slice(0, 2), { name: 'carol', key }] };
    const { results } = await openAll({
      parties: three,
      description: ofThree,
      options: { bob: { description: other } },
    });
    const [alice, bob] = reasonsOf(results);
    expect([alice, bob]).toEqual(['disagreement', 'disagreement']);
  });

  test('a session of another name is one, and who dials is told nothing', async () => {
    const bob = { description: { ...description, name: 'another' } };
    const { results } = await openAll({ parties, description, options: { bob } });
    expect(reasonsOf(results)).toEqual(['disagreement', 'disconnected']);
  });

  test('another identity than the one of the description does not get in', async () => {
    const key = identityOf('mallory').publicKey;
    const list = [description.parties[0]!, { name: 'bob', key }];
    const bob = { identity: identityOf('mallory'), description: { ...description, parties: list } };
    const { results } = await openAll({ parties, description, options: { bob } });
    expect(reasonsOf(results)[0]).toBe('disagreement');
  });

  test('a circuit out of turn ends the session for both', async () => {
    const sessions = await openSessions({ parties, description });
    const other = sumCircuit(parties, 1);
    const results = await Promise.allSettled([
      sessions[0]!.run(circuit, inputsFor(circuit, 'alice', 1)),
      sessions[1]!.run(other, inputsFor(other, 'bob', 1)),
    ]);
    expect(reasonsOf(results)).toEqual(['peer-aborted', 'disagreement']);
    await closeAll(sessions);
  });

  test('more runs than described are not taken', async () => {
    const once = { ...description, runs: [{ circuit: commitClear(circuit), times: 1 }] };
    const sessions = await openSessions({ parties, description: once });
    await runAll(sessions, parties);
    expect(
      reasonsOf(
        await Promise.allSettled(sessions.map((s, i) => s.run(circuit, inputsFor(circuit, parties[i]!, 1)))),
      ),
    ).toContain('disagreement');
    await closeAll(sessions);
  });
});

describe('a level that is too weak', () => {
  const keys = { level: 'semi-honest' as const, keys: true };

  test.each(['semi-honest', 'one-bit-leakage'] as const)('%s is refused where keys are', async (level) => {
    const { results, streams } = await openAll({
      parties,
      description: { ...description, level, demand: keys },
    });
    expect(reasonsOf(results)).toEqual(['refused', 'refused']);
    expect(streams.every(({ destroyed }) => destroyed)).toBe(true);
  });

  test('is refused by one party alone', async () => {
    const alice = { demand: { level: 'malicious' as const, keys: false } };
    const { results } = await openAll({ parties, description, options: { alice } });
    expect(reasonsOf(results)).toEqual(['refused', 'disconnected']);
  });

  test('a level that is not there, or not for so many, is refused', async () => {
    const three = names.slice(0, 3);
    const level = 'malicious' as const;
    const { results } = await openAll({
      parties: three,
      description: describeSession(three, circuit, { level }),
    });
    expect(reasonsOf(results)).toEqual(['refused', 'refused', 'refused']);
    const missing = await openAll({ parties, description: { ...description, level: 'three-party' } });
    expect(reasonsOf(missing.results)).toEqual(['refused', 'refused']);
  });

  test('what satisfies what', () => {
    const levels = ['semi-honest', 'one-bit-leakage', 'three-party', 'malicious'] as const;
    const table = levels.map((level) =>
      levels.map((demanded) => satisfies(level, { level: demanded, keys: false })),
    );
    expect(table).toEqual([
      [true, false, false, false],
      [true, true, false, false],
      [true, true, true, false],
      [true, true, true, true],
    ]);
    expect(levels.map((level) => satisfies(level, keys))).toEqual([false, false, true, true]);
  });
});

test.each([
  ['one party', { parties: description.parties.slice(0, 1) }],
  ['a name twice', { parties: [description.parties[0]!, { ...description.parties[1]!, name: 'alice' }] }],
  ['a key twice', { parties: [description.parties[0]!, { ...description.parties[0]!, name: 'bob' }] }],
  ['no key', { parties: [description.parties[0]!, { name: 'bob', key: Buffer.alloc(33) }] }],
  ['no name', { name: '' }],
  ['a commitment that is none', { runs: [{ circuit: Buffer.alloc(33), times: 1 }] }],
  ['half a run', { runs: [{ circuit: commitClear(circuit), times: 0.5 }] }],
  ['a stranger that dials', { dials: [['alice', 'mallory'] as const] }],
  ['a pair in both directions', { dials: [['alice', 'bob'] as const, ['bob', 'alice'] as const] }],
])('a description with %s is not taken', async (_, changes) => {
  const { results } = await openAll({
    parties: ['alice', 'bob'],
    description: { ...description, ...changes },
  });
  for (const result of results) expect((result as PromiseRejectedResult).reason).toBeInstanceOf(RangeError);
});

test('a party that is earlier in the list may dial', async () => {
  const sessions = await openSessions({
    parties,
    description: { ...description, dials: [['alice', 'bob']] },
  });
  expect(await runAll(sessions, parties)).toHaveLength(2);
  await closeAll(sessions);
});

test("a call that does not fit the circuit is nobody else's business", async () => {
  const sessions = await openSessions({ parties, description });
  const [alice] = sessions;
  const [own] = inputsFor(circuit, 'alice', 1);
  for (const inputs of [
    [],
    [own, own],
    [undefined, undefined],
    [own!.subarray(1), undefined],
    [own!.map(() => 2), undefined],
  ]) {
    await expect(alice!.run(circuit, inputs)).rejects.toBeInstanceOf(CircuitError);
  }
  const foreign = sumCircuit(['alice', 'carol']);
  await expect(alice!.run(foreign, [own, undefined])).rejects.toBeInstanceOf(CircuitError);
  expect(await runAll(sessions, parties)).toHaveLength(2);
  await closeAll(sessions);
});
