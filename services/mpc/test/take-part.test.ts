/** Two gateways, each a party by its own key, over loopback. */
import { ComputationRefused, type PartyTask } from '@hypergate/kit';
import { NodeError } from '@hypergate/node/api';
import { freePort } from '@hypergate/node/sim/ports';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { allSet } from './support/circuits.ts';
import { openWorld, type World } from './support/world.ts';

const source = `
import type { u8 } from 'hypergate:mpc';
export default function main(alice: { x: u8 }, bob: { y: u8 }) {
  return { alice: { sum: alice.x + bob.y } };
}
`;

let alice: World;
let bob: World;
let circuit: string;
let session: Record<string, unknown>;

beforeEach(async () => {
  [alice, bob] = await Promise.all([openWorld({ party: 1 }), openWorld({ party: 2 })]);
  circuit = (await alice.computations.compileCircuit(source, {})).circuit.commitment;
  await bob.computations.compileCircuit(source, {});
  const port = await freePort();
  session = {
    name: 'sum',
    level: 'semi-honest',
    parties: [
      { name: 'alice', key: await alice.computations.partyKey(), address: `127.0.0.1:${port}` },
      { name: 'bob', key: await bob.computations.partyKey() },
    ],
  };
});
afterEach(() => Promise.all([alice.close(), bob.close()]));

const task = (as: string, inputs: PartyTask['inputs'], changes: Partial<PartyTask> = {}): PartyTask => ({
  ...{ circuit, session, as, inputs, meetMs: 30_000, totalMs: 60_000 },
  ...changes,
});

async function refusal(asked: Promise<unknown>): Promise<[number, string]> {
  const error = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ComputationRefused)) throw new Error('no refusal', { cause: error });
  return [error.status, error.message];
}

test('compute together, and each has the record', async () => {
  expect(await alice.computations.partyKey()).not.toBe(await bob.computations.partyKey());
  const [ofAlice, ofBob] = await Promise.all([
    alice.computations.takePart(task('alice', { x: 200 })),
    bob.computations.takePart(task('bob', { y: 57 })),
  ]);
  expect([ofAlice.outputs, ofBob.outputs]).toEqual([{ sum: 1 }, {}]);
  expect(ofBob).toMatchObject({ computation: ofAlice.computation, recorded: true });
  for (const world of [alice, bob]) {
    const { items } = await world.computations.computations(circuit, {});
    expect(items).toMatchObject([ofAlice.computation]);
  }
});

test('a disk that fills meanwhile takes the record and not the outputs', async () => {
  vi.spyOn(alice.tables, 'transact').mockRejectedValueOnce(new NodeError('storage-full', 'the disk is full'));
  const [ofAlice, ofBob] = await Promise.all([
    alice.computations.takePart(task('alice', { x: 2 })),
    bob.computations.takePart(task('bob', { y: 3 })),
  ]);
  expect(ofAlice).toMatchObject({ outputs: { sum: 5 }, recorded: false, computation: ofBob.computation });
  expect((await alice.computations.computations(circuit, {})).items).toEqual([]);
  expect((await alice.computations.record(ofAlice.computation, undefined)).created).toBe(true);
});

test('that nothing was computed is told with who and why, and nothing is recorded', async () => {
  const changed = { ...session, level: 'malicious' };
  const ended = await Promise.all([
    refusal(alice.computations.takePart(task('alice', { x: 1 }))),
    refusal(bob.computations.takePart(task('bob', { y: 1 }, { session: changed }))),
  ]);
  for (const [status, message] of ended) {
    expect(status).toBe(409);
    expect(message).toMatch(/^nothing was computed \((?:disagreement|peer-aborted)\): (?:alice|bob): /);
  }
  const alone = await refusal(alice.computations.takePart(task('alice', { x: 1 }, { meetMs: 50 })));
  expect(alone).toEqual([409, 'nothing was computed (timeout): bob: the parties did not meet within 50 ms']);
  expect((await alice.computations.computations(circuit, {})).items).toEqual([]);
});

test('what does not fit is refused before anyone is spoken to', async () => {
  const take = (as: string, inputs: PartyTask['inputs'], changes?: Partial<PartyTask>) =>
    refusal(alice.computations.takePart(task(as, inputs, changes)));
  expect(await take('alice', { x: 256 })).toEqual([
    400,
    expect.stringContaining('alice.x: out of the range of u8'),
  ]);
  expect(await take('alice', {})).toEqual([400, 'alice.x: the input is missing']);
  expect(await take('bob', { y: 1 })).toEqual([400, 'the identity is not that of bob']);
  expect(await take('carol', {})).toEqual([400, expect.stringContaining('carol')]);
  expect(await take('alice', { x: 1 }, { session: {} })).toEqual([400, expect.stringContaining('name')]);
  expect(await take('alice', { x: 1 }, { meetMs: 0 })).toEqual([400, expect.stringContaining('0 ms')]);
  expect((await take('alice', { x: 1 }, { circuit: `01${'0'.repeat(64)}` }))[0]).toBe(404);
  const forgotten = await alice.computations.putCircuit(allSet(2), { keep: false });
  expect((await take('alice', { x: 1 }, { circuit: forgotten.circuit.commitment }))[0]).toBe(404);
});

test('a gateway without a key of a party takes no part', async () => {
  const world = await openWorld();
  expect((await refusal(world.computations.partyKey()))[0]).toBe(503);
  await world.close();
});
