/** Sessions: parties meet, run, agree on a transcript, or learn why not. */
import { expect, test } from 'vitest';
import { numberOfBits } from '../circuit/bits.ts';
import { MpcAbort } from '../errors.ts';
import type { Protocol } from '../protocol.ts';
import { agreementHash } from '../session/format/agreement.ts';
import type { Levels } from '../session/levels.ts';
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

/** How a session ended for each party, when bob has another description. */
async function endings(changed: typeof description) {
  const { results } = await openAll({ parties, description, options: { bob: { description: changed } } });
  return results.map((result) => {
    expect(result.status).toBe('rejected');
    const { reason } = result as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(MpcAbort);
    return (reason as MpcAbort).reason;
  });
}

test.each([
  ['circuit', { runs: [{ circuit: commitClear(sumCircuit(parties, 1)), times: 3 }] }],
  ['number of runs', { runs: [{ circuit: commitClear(circuit), times: 4 }] }],
  ['level', { level: 'malicious' as const }],
  ['demand', { demand: { level: 'semi-honest' as const, keys: false }, level: 'malicious' as const }],
  [
    'list of parties',
    {
      parties: [...description.parties]
        .map((party) => ({ ...party, name: party.name }))
        .concat([{ name: 'carol', key: identityOf('carol').publicKey }]),
    },
  ],
])('another %s is a disagreement for both', async (what, changes) => {
  if (what === 'list of parties') {
    // Each has a connection to each it knows of; carol never comes.
    const abort = AbortSignal.timeout(0);
    void abort;
  }
  expect(agreementHash({ ...description, ...changes })).not.toEqual(agreementHash(description));
  if (what === 'list of parties') return;
  expect(await endings({ ...description, ...changes })).toEqual(['disagreement', 'disagreement']);
});

test('a session of another name is a disagreement', async () => {
  const [alice, bob] = await endings({ ...description, name: 'another' });
  expect(alice).toBe('disagreement');
  expect(bob).toBe('disconnected');
});
