/** Two sessions of one name at one listener: the second is told so, and the first goes on. */
import { expect, test } from 'vitest';
import { MpcAbort } from '../errors.ts';
import type { Connector } from '../session/connect.ts';
import { openSession } from '../session/session.ts';
import { connectParty } from '../session/transports/tcp-connect.ts';
import { acceptParties } from '../session/transports/tcp-listen.ts';
import { clearLevels, commitClear } from './support/clear-protocol.ts';
import { describe, identityOf, inputsFor, names, sumCircuit } from './support/session-parties.ts';

const parties = names.slice(0, 2);
const circuit = sumCircuit(parties);
const description = describe(parties, circuit);

test('who listens twice in one session is refused the second time', async () => {
  const listener = await acceptParties({ host: '127.0.0.1', port: 0 });
  const open = (me: string, connection: readonly [string, Connector]) =>
    openSession({
      identity: identityOf(me),
      me,
      description,
      connections: new Map([connection]),
      levels: clearLevels,
      commit: commitClear,
    });
  const waiting = open('alice', ['bob', listener.accept()]);
  const again = await open('alice', ['bob', listener.accept()]).catch((error: unknown) => error);
  expect(again).toBeInstanceOf(MpcAbort);
  expect((again as MpcAbort).reason).toBe('refused');
  expect((again as MpcAbort).message).toMatch(/bob is waited for already/);

  const bob = await open('bob', ['alice', connectParty(listener)]);
  const alice = await waiting;
  const results = await Promise.all([
    alice.run(circuit, inputsFor(circuit, 'alice', 3)),
    bob.run(circuit, inputsFor(circuit, 'bob', 4)),
  ]);
  expect(results[0].transcriptHash).toEqual(results[1].transcriptHash);
  await Promise.all([alice.close(), bob.close(), listener.close()]);
});
