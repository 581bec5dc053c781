/** What all parties sign at the end of a run. */
import { expect, test } from 'vitest';
import { computationId, verifyStatement } from '../../../verifier/computation.ts';
import { MpcAbort } from '../errors.ts';
import type { Identity } from '../session/identity.ts';
import { commitClear } from './support/clear-protocol.ts';
import {
  describe as describeSession,
  identityOf,
  inputsFor,
  names,
  openSessions,
  sumCircuit,
} from './support/session-parties.ts';

const parties = names.slice(0, 3);
const circuit = sumCircuit(parties);
const description = describeSession(parties, circuit);

test('all parties have the same statement of a run, with the signatures of all', async () => {
  const sessions = await openSessions({ parties, description });
  const results = await Promise.all(
    sessions.map((each, i) => each.run(circuit, inputsFor(circuit, parties[i]!, i))),
  );
  const [first, ...others] = results.map(({ receipt }) => receipt);
  verifyStatement(first!);
  for (const other of others) expect(other).toEqual(first);
  expect(first!.statement).toMatchObject({
    circuit: commitClear(circuit),
    level: 'semi-honest',
    run: 0,
    sessionId: sessions[0]!.sessionId,
    transcriptHash: results[0]!.transcriptHash.subarray(1),
  });
  const again = await Promise.all(
    sessions.map((each, i) => each.run(circuit, inputsFor(circuit, parties[i]!, i))),
  );
  expect(computationId(again[0]!.receipt.statement)).not.toEqual(computationId(first!.statement));
  await Promise.all(sessions.map((each) => each.close()));
});

test('a signature that does not hold gives nobody an output, and names its party', async () => {
  const { publicKey, sign } = identityOf('bob');
  const prefix = 'hypergate/mpc-computation';
  const identity: Identity = {
    publicKey,
    sign: (message) =>
      sign(Buffer.from(message).toString('latin1', 0, prefix.length) === prefix ? Buffer.of(1) : message),
  };
  const sessions = await openSessions({ parties, description, options: { bob: { identity } } });
  const ended = await Promise.allSettled(
    sessions.map((each, i) => each.run(circuit, inputsFor(circuit, parties[i]!, i))),
  );
  for (const i of [0, 2]) {
    const { status, reason } = ended[i] as PromiseRejectedResult;
    expect(status).toBe('rejected');
    expect(reason).toBeInstanceOf(MpcAbort);
    expect(reason).toMatchObject({ reason: expect.stringMatching(/cheating|peer-aborted/) });
  }
  expect(
    ended.some(
      (each) =>
        each.status === 'rejected' && each.reason.reason === 'cheating' && each.reason.party === 'bob',
    ),
  ).toBe(true);
  await Promise.all(sessions.map((each) => each.close()));
});

test('runs are bound to what the callers know alike', async () => {
  const two = names.slice(0, 2);
  const sum = sumCircuit(two);
  const run = async (contexts: readonly (Uint8Array | undefined)[]) => {
    const sessions = await openSessions({ parties: two, description: describeSession(two, sum) });
    const ended = await Promise.allSettled(
      sessions.map((each, i) => {
        const context = contexts[i];
        return each.run(sum, inputsFor(sum, two[i]!, 1), context === undefined ? {} : { context });
      }),
    );
    await Promise.all(sessions.map((each) => each.close()));
    return ended.map((each) => (each.status === 'fulfilled' ? 'outputs' : (each.reason as MpcAbort).reason));
  };
  expect(await run([Buffer.from('keys'), Buffer.from('keys')])).toEqual(['outputs', 'outputs']);
  expect(await run([Buffer.from('keys'), Buffer.from('other')])).toEqual(['disagreement', 'disagreement']);
  expect(await run([Buffer.from('keys'), undefined])).toEqual(['disagreement', 'disagreement']);
});
