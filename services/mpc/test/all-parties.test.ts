/** A gateway that plays all parties, each in a process of its own. */
import { ComputationRefused } from '@hypergate/kit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWorld, type World } from './support/world.ts';

const two = `
import type { u8 } from 'hypergate:mpc';
export default function main(alice: { x: u8 }, bob: { y: u8 }) {
  return { alice: { sum: alice.x + bob.y }, all: { same: alice.x === bob.y } };
}
`;
const three = `
import { max, type u8 } from 'hypergate:mpc';
export default function main(a: { x: u8 }, b: { x: u8 }, c: { x: u8 }) {
  return { c: { most: max(a.x, b.x, c.x) } };
}
`;

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const circuitOf = async (source: string) =>
  (await world.computations.compileCircuit(source, {})).circuit.commitment;

async function refusal(asked: Promise<unknown>): Promise<ComputationRefused> {
  const error = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ComputationRefused)) throw new Error('no refusal', { cause: error });
  return error;
}

test.each(['semi-honest', 'malicious'] as const)('each party has its outputs: %s', async (level) => {
  const circuit = await circuitOf(two);
  const answer = await world.computations.playAll({
    ...{ circuit, level, keys: false, totalMs: 60_000 },
    inputs: { alice: { x: 200 }, bob: { y: 57 } },
  });
  expect(answer.outputs).toEqual({ alice: { sum: 1, same: false }, bob: { same: false } });
  expect(answer).toMatchObject({ recorded: true, computation: { statement: { circuit, level } } });
  const { items } = await world.computations.computations(circuit, {});
  // Those of one moment stand in no order.
  expect(items).toContainEqual(expect.objectContaining(answer.computation));
});

test('three parties compute, each knows the key of each', async () => {
  const circuit = await circuitOf(three);
  const { outputs, computation } = await world.computations.playAll({
    ...{ circuit, level: 'three-party', keys: true, totalMs: 60_000 },
    inputs: { a: { x: 3 }, b: { x: 9 }, c: { x: 4 } },
  });
  expect(outputs).toEqual({ a: {}, b: {}, c: { most: 9 } });
  expect(new Set(computation.statement.parties.map(({ key }) => key)).size).toBe(3);
});

test('what does not fit is refused, and what ended is told with its reason', async () => {
  const circuit = await circuitOf(two);
  const inputs = { alice: { x: 1 }, bob: { y: 1 } };
  const task = { circuit, level: 'malicious', keys: false, inputs, totalMs: 60_000 } as const;
  const ask = (changes: object) => refusal(world.computations.playAll({ ...task, ...changes }));
  expect(await ask({ inputs: { ...inputs, carol: {} } })).toMatchObject({ status: 400, ended: undefined });
  expect(await ask({ inputs: { alice: { x: 1 } } })).toMatchObject({
    status: 400,
    message: 'bob.y: the input is missing',
  });
  expect(await ask({ level: 'one-bit-leakage' })).toMatchObject({ status: 400 });
  expect(await ask({ level: 'semi-honest', keys: true })).toMatchObject({
    status: 409,
    ended: { reason: 'refused' },
  });
  expect(await ask({ level: 'three-party' })).toMatchObject({ status: 409, ended: { reason: 'refused' } });
  expect(await ask({ totalMs: 10 })).toMatchObject({ status: 409, ended: { reason: 'timeout' } });
  expect(await ask({ circuit: `01${'0'.repeat(64)}` })).toMatchObject({ status: 404 });
});

test('a source of a circuit that is recorded with other types is refused where that matters', async () => {
  const words = (type: string) => `
import type { ${type} } from 'hypergate:mpc';
export default function main(left: { x: ${type} }, right: { y: ${type} }) {
  return { all: { sum: left.x + right.y } };
}
`;
  const { circuit } = await world.computations.compileCircuit(words('u16'), { sameTypes: true });
  const again = await world.computations.compileCircuit(`// the same\n${words('u16')}`, { sameTypes: true });
  expect(again.circuit.commitment).toBe(circuit.commitment);
  const signed = await world.computations.compileCircuit(words('i16'), {});
  expect(signed.circuit.commitment).toBe(circuit.commitment);
  const refused = await refusal(world.computations.compileCircuit(words('i16'), { sameTypes: true }));
  expect([refused.status, refused.message]).toEqual([409, expect.stringContaining('other types')]);
});
