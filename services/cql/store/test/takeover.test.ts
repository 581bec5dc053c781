/** A gateway that begins to settle where another one left off. */
import type { AppliedBatch, LocalNodePorts } from '@hypergate/node/api';
import { expect, test } from 'vitest';
import type { Mutation } from '../../engine/model.ts';
import { readRows } from '../../engine/test/support/reading.ts';
import { columnIds } from '../../engine/test/support/table.ts';
import { stateTable } from '../../model/tables.ts';
import { until } from '../../test/support/until.ts';
import { counterTable, createTables, withTransact } from './support.ts';
import { counterOf, mutationOf, rowOf } from './support-rows.ts';
import { StoreWorld } from './support-world.ts';

/** A node whose events come when they are let. */
class LateNode {
  readonly ports: LocalNodePorts;
  isLate = false;
  #held: (() => void)[] = [];

  constructor(of: LocalNodePorts) {
    const onApplied: LocalNodePorts['onApplied'] = (listener) =>
      of.onApplied((batch: AppliedBatch) => {
        if (this.isLate) this.#held.push(() => listener(batch));
        else listener(batch);
      });
    this.ports = new Proxy(of, {
      get(target, name) {
        if (name === 'onApplied') return onApplied;
        const value: unknown = Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  async arrive(): Promise<void> {
    this.isLate = false;
    for (const hand of this.#held.splice(0)) hand();
  }
}

const key = Buffer.of(1);

function add(count: bigint): Mutation {
  const row = rowOf([key, key], [[columnIds.first, counterOf(count)]]);
  return mutationOf(counterTable, key, { rows: [row] });
}

test('who takes over settling knows what was settled before, and takes nothing of it back', async () => {
  await using world = await StoreWorld.open();
  const leaving = await world.openStore({ holder: 'leaving' });
  await createTables(leaving, counterTable);
  await leaving.write([add(1n)]);
  await leaving.settle();
  const late = new LateNode(world.node);
  const notes: number[] = [];
  const noted = withTransact(await world.openTables(), async (write, writes, options) => {
    for (const each of writes) {
      if (each.kind === 'put' && each.table === stateTable)
        notes.push((each.row as { readonly settled: number }).settled);
    }
    return write(writes, options);
  });
  // Whoever asks waits until the process has seen everything.
  const staying = await world.openStore(
    { holder: 'staying', fresh: async () => late.arrive() },
    { node: late.ports, tables: noted },
  );
  await leaving.write([add(10n)]);
  await staying.read(counterTable, key);
  late.isLate = true;
  await leaving.write([add(100n)]);
  await leaving.settle();
  await leaving.close();
  await until(() => !late.isLate || notes.length > 0);
  await staying.write([add(1000n)]);
  await staying.settle();
  expect(notes.toSorted((left, right) => left - right)).toEqual(notes);
  expect(notes[0]).toBeGreaterThanOrEqual(5);
  const [row] = await readRows(await staying.read(counterTable, key));
  expect(row!.columns.get(columnIds.first)).toMatchObject({ counter: { count: 1111n } });
});
