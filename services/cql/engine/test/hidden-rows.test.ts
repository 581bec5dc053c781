/** A deletion of very many rows, which are still stored: reading passes over them in turns. */
import { expect, test } from 'vitest';
import { turnsOf } from '../../test/support/turns.ts';
import { engineLimits } from '../limits.ts';
import { Memtable } from '../memtable.ts';
import { MergedReader } from '../merged-reader.ts';
import type { Row } from '../model.ts';
import { TestRecords } from './support/records.ts';
import { byte, columnIds, layoutOf, modules, table } from './support/table.ts';

const key = byte(1);
const count = engineLimits.hiddenRowsPerTurn * 3;
const nothing = { table: table.id, key, deletion: undefined, statics: undefined, rows: [], tombstones: [] };

function row(at: number, timestamp: bigint): Row {
  const cell = { timestamp, value: byte(7), ttl: 0, localTime: 0 };
  return {
    clustering: [Uint8Array.of(at >> 8, at), byte(0)],
    marker: undefined,
    deletion: undefined,
    columns: new Map([[columnIds.first, { kind: 'cell', cell }]]),
  };
}

test.each([false, true])(
  'rows that were deleted let others have their turn, reversed: %s',
  async (isReversed) => {
    const records = new TestRecords();
    const memtable = new Memtable(modules);
    records.put({ ...nothing, rows: Array.from({ length: count }, (_, at) => row(at, 1n)) });
    memtable.apply({ ...nothing, deletion: { timestamp: 2n, localTime: 50 } }, 1);
    const last = isReversed ? 0 : count - 1;
    memtable.apply({ ...nothing, rows: [row(last, 3n)] }, 2);
    const reader = new MergedReader({ memtable, records }, layoutOf);
    const turns = await turnsOf(async () => {
      const cursor = await reader.read(table, key, { isReversed });
      const found = await cursor!.next();
      expect(found?.clustering).toEqual(row(last, 3n).clustering);
      expect(await cursor!.next()).toBeUndefined();
    });
    expect(turns).toBeGreaterThanOrEqual(2);
  },
);
