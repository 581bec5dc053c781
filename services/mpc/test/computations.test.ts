import { type ComputationFile, ComputationRefused } from '@hypergate/kit';
import { computationId, computationJson, hex, signStatement } from '@hypergate/node/verifier';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { allSet } from './support/circuits.ts';
import { fileOf, keyOf, signed, statementOf } from './support/statements.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
let circuit: string;
beforeEach(async () => {
  world = await openWorld();
  circuit = (await world.computations.putCircuit(allSet(2), { keep: false })).circuit.commitment;
});
afterEach(() => world.close());

async function refusal(asked: Promise<unknown>): Promise<[number, string]> {
  const error = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ComputationRefused)) throw new Error('no refusal', { cause: error });
  return [error.status, error.message];
}

const record = (file: unknown, endedMs?: number) => world.computations.record(file, endedMs);
const listed = async () => (await world.computations.computations(circuit, {})).items.map(({ id }) => id);

describe('a computation that all parties signed', () => {
  test('is recorded under the hash of its statement', async () => {
    const statement = statementOf(circuit);
    const file = computationJson(signed(statement));
    const { computation, created } = await record(file, 12_345);
    expect(created).toBe(true);
    expect(computation).toEqual({
      id: hex(computationId(statement)),
      ...file,
      outcome: 'completed',
      endedMs: 12_345,
      recordedMs: world.clock.ms,
    });
    expect(await world.computations.computation(computation.id)).toEqual(computation);
    expect(await listed()).toEqual([computation.id]);
  });

  test('is there once, whoever brings it, and as it was brought first', async () => {
    const file = fileOf(circuit);
    const both = await Promise.all([record(file, 1), record(file, 1)]);
    expect(both.filter(({ created }) => created)).toHaveLength(1);
    world.clock.ms += 1000;
    expect(await record(file, 2)).toEqual({ computation: both[0].computation, created: false });
    expect(await listed()).toHaveLength(1);
  });

  test('ended when it was recorded unless somebody says when', async () => {
    const { computation } = await record(fileOf(circuit));
    expect(computation.endedMs).toBe(world.clock.ms);
    for (const endedMs of [-1, 1.5, 8.64e15 + 1]) {
      expect((await refusal(record(fileOf(circuit, { run: 1 }), endedMs)))[0]).toBe(400);
    }
  });

  test('may have parties that give no input and get no output', async () => {
    const names = ['alice', 'bob', 'carol'];
    expect((await record(fileOf(circuit, { names, level: 'three-party' }))).created).toBe(true);
  });

  test('is still there after a power cut, and cannot be contradicted then', async () => {
    const { computation } = await record(fileOf(circuit));
    const again = await openWorld({ state: world.crashed() });
    try {
      expect(await again.computations.computation(computation.id)).toEqual(computation);
      expect((await again.computations.computations(circuit, {})).items).toEqual([computation]);
      expect((await again.computations.record(fileOf(circuit), undefined)).created).toBe(false);
      const [status] = await refusal(
        again.computations.record(fileOf(circuit, { transcript: 9 }), undefined),
      );
      expect(status).toBe(409);
    } finally {
      await again.close();
    }
  });
});

describe('refused is', () => {
  const nothingIsLeft = async () => expect(await listed()).toEqual([]);

  test('a forged signature, and one that was made for something else', async () => {
    const good = fileOf(circuit);
    const other = fileOf(circuit, { run: 1 });
    const flipped = good.signatures.bob!.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
    for (const bob of [flipped, other.signatures.bob!, good.signatures.alice!]) {
      const forged: ComputationFile = { ...good, signatures: { ...good.signatures, bob } };
      expect(await refusal(record(forged))).toEqual([400, 'the signature of bob does not hold']);
    }
    await nothingIsLeft();
  });

  test('a forged signature also when the computation is recorded', async () => {
    const good = fileOf(circuit);
    await record(good);
    const forged = { ...good, signatures: { ...good.signatures, bob: good.signatures.alice } };
    expect((await refusal(record(forged)))[0]).toBe(400);
  });

  test('a signature by another key than the statement names', async () => {
    const statement = statementOf(circuit);
    const signatures = [signStatement(statement, keyOf('alice')), keyOf('mallory').sign(Buffer.from('x'))];
    expect((await refusal(record(computationJson({ statement, signatures }))))[0]).toBe(400);
    await nothingIsLeft();
  });

  test('a statement that lacks a signature, or has one too many', async () => {
    const good = fileOf(circuit);
    const { bob: _bob, ...alone } = good.signatures;
    expect((await refusal(record({ ...good, signatures: alone })))[0]).toBe(400);
    const more = { ...good.signatures, carol: good.signatures.bob };
    expect((await refusal(record({ ...good, signatures: more })))[0]).toBe(400);
    await nothingIsLeft();
  });

  test('a circuit that nobody recorded', async () => {
    const [status, message] = await refusal(record(fileOf(`01${'00'.repeat(32)}`)));
    expect([status, message]).toEqual([404, expect.stringContaining('is not recorded')]);
    await nothingIsLeft();
  });

  test('a statement without a party of the circuit', async () => {
    const [status, message] = await refusal(record(fileOf(circuit, { names: ['alice', 'carol'] })));
    expect([status, message]).toEqual([400, expect.stringContaining('bob is a party of the circuit')]);
    await nothingIsLeft();
  });

  test('another statement for the same run of the same session, also at the same moment', async () => {
    const first = await Promise.allSettled([
      record(fileOf(circuit)),
      record(fileOf(circuit, { transcript: 3 })),
    ]);
    expect(first.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [status, message] = await refusal(record(fileOf(circuit, { transcript: 4 })));
    expect([status, message]).toEqual([409, expect.stringContaining((await listed())[0]!)]);
    expect(await listed()).toHaveLength(1);
    // Others who signed cannot take the place of these.
    const others = { names: ['alice', 'bob', 'mallory'], transcript: 5 };
    for (const other of [{ run: 1 }, { session: 7 }, others]) {
      expect((await record(fileOf(circuit, other))).created).toBe(true);
    }
  });

  test('what is no statement at all', async () => {
    for (const value of [undefined, null, 'x', {}, [], { statement: {}, signatures: {} }]) {
      expect((await refusal(record(value)))[0]).toBe(400);
    }
  });
});

test('computations of a circuit are listed newest first, in pages, and without those of others', async () => {
  const other = (await world.computations.putCircuit(allSet(3), { keep: false })).circuit.commitment;
  await record(fileOf(other, { session: 9 }));
  const ids: string[] = [];
  for (const run of [0, 1, 2]) {
    world.clock.ms += 1000;
    ids.unshift((await record(fileOf(circuit, { run }), 5)).computation.id);
  }
  expect(await listed()).toEqual(ids);
  const first = await world.computations.computations(circuit, { limit: 2 });
  expect(first.items.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  const second = await world.computations.computations(circuit, { limit: 2, before: first.next });
  expect(second.items.map(({ id }) => id)).toEqual(ids.slice(2));
  expect(second.next).toBeUndefined();
});

test('a reset takes the records of computations and of runs with it', async () => {
  await record(fileOf(circuit));
  await world.service.reset();
  expect(await listed()).toEqual([]);
  await world.computations.putCircuit(allSet(2), { keep: false });
  expect((await record(fileOf(circuit, { transcript: 5 }))).created).toBe(true);
});
