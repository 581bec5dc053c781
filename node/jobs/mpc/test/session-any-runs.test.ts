/** Sessions whose circuits are not said beforehand. */
import { expect, test } from 'vitest';
import { numberOfBits } from '../circuit/bits.ts';
import { agreementHash } from '../session/format/agreement.ts';
import {
  describe as describeSession,
  inputsFor,
  names,
  openSessions,
  sumCircuit,
} from './support/session-parties.ts';

const parties = names.slice(0, 3);
const circuits = [sumCircuit(parties), sumCircuit(parties, 1)];
const description = describeSession(parties, circuits[0]!, { runs: [], anyRuns: true });

test('any circuit runs, in any order, as often as the parties want', async () => {
  const sessions = await openSessions({ parties, description });
  for (const at of [0, 1, 1, 0]) {
    const circuit = circuits[at]!;
    const results = await Promise.all(
      sessions.map((session, index) => session.run(circuit, inputsFor(circuit, parties[index]!, 2))),
    );
    for (const { outputs } of results) expect(numberOfBits(outputs[0]!)).toBe(BigInt(6 + at));
  }
  await Promise.all(sessions.map((session) => session.close()));
});

test('parties that want different circuits do not begin', async () => {
  const sessions = await openSessions({ parties, description });
  const results = await Promise.allSettled(
    sessions.map((session, index) => {
      const circuit = circuits[index === 1 ? 1 : 0]!;
      return session.run(circuit, inputsFor(circuit, parties[index]!, 2));
    }),
  );
  for (const each of results) expect(each.status).toBe('rejected');
  await Promise.all(sessions.map((session) => session.close()));
});

test('it is another agreement, and says nothing of runs', async () => {
  const { anyRuns: _, ...fixed } = description;
  expect(agreementHash(description)).not.toEqual(agreementHash(fixed));
  const both = describeSession(parties, circuits[0]!, { anyRuns: true });
  await expect(openSessions({ parties, description: both })).rejects.toThrow('says nothing of its runs');
});
