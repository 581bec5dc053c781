/** Three views of the table of the indexes' tests, and what they should show, computed from the base rows in plain steps. */
import { isCellLive, isRowLive } from '../../engine/liveness.ts';
import type { MemoryStorage } from '../../engine/memory-storage.ts';
import type { Cell, Row } from '../../engine/model.ts';
import type { Reader } from '../../engine/storage.ts';
import { storageOf, withoutIndexes } from '../../indexes/test/support.ts';
import { statementFunctions } from '../../ops/terms/functions.ts';
import type { CreateView, ViewRelation } from '../../schema/index.ts';
import type { Schema, TableSchema } from '../../schema/model.ts';
import { tableOf, withView } from '../../schema/test/support.ts';
import type { Value } from '../../types/api.ts';
import { decodePartitionKey } from '../../types/partition-key.ts';
import { builtViews, ViewStorage, viewBuilds } from '../index.ts';

const select = (names: string): CreateView['selected'] =>
  names.split(' ').map((column) => ({ column, alias: undefined, text: column }));

const other = (...columns: string[]): ViewRelation => ({ kind: 'other', columns });
const notNull = (column: string): ViewRelation => ({ kind: 'notNull', columns: [column] });

const one = withView(withoutIndexes, 'by_value', 't', 'v / p, q, c, d', {
  selected: select('p q c d v f l st m plain'),
});
const two = withView(one, 'by_d', 't', 'd / c, q, p', {
  selected: select('p q c d v m'),
  clusteringOrder: [
    { column: 'c', descending: true },
    { column: 'q', descending: false },
    { column: 'p', descending: false },
  ],
});
export const schema: Schema = withView(two, 'filtered', 't', 'q, p / v, c, d', {
  selected: select('p q c d v plain'),
  where: {
    text: 'v IS NOT NULL AND p IN (0x00, 0x07) AND q IS NOT NULL AND c >= 0x01 AND (c, d) < (0x01, 0x01)',
    relations: [notNull('v'), other('p'), notNull('q'), other('c'), other('c', 'd')],
  },
});
export const base: TableSchema = tableOf(schema, 't');
export const views: readonly TableSchema[] = ['by_value', 'by_d', 'filtered'].map((name) =>
  tableOf(schema, name),
);

export interface Clock {
  /** Seconds since 1970. */
  now: number;
}

export function setUp(clock: Clock = { now: 100 }, of: () => Schema = () => schema) {
  const memory: MemoryStorage = storageOf(base, ...views, builtViews, viewBuilds);
  let time = 1_000_000n;
  const ticking = { next: () => ++time };
  const storage = new ViewStorage({
    storage: memory,
    clock: ticking,
    functions: statementFunctions(),
    schema: of,
    now: () => clock.now * 1000,
  });
  return { memory, storage, clock, modules: { views: storage, storage: memory, clock: ticking } };
}

const hex = (value: Value) => Buffer.from(value).toString('hex');

function cellText(cell: Cell): string {
  return `${hex(cell.value!)}@${cell.timestamp}/${cell.ttl}/${cell.localTime}`;
}

/** What is alive in columns, by name. */
function shown(row: Row, table: TableSchema, names: readonly string[], now: number): string {
  const texts: string[] = [];
  for (const name of names.toSorted()) {
    const data = row.columns.get(table.columns.get(name)!.id);
    if (data?.kind === 'cell' && isCellLive(data.cell, now)) texts.push(`${name}=${cellText(data.cell)}`);
    if (data?.kind !== 'complex') continue;
    for (const cell of data.complex.cells)
      if (isCellLive(cell, now)) texts.push(`${name}[${hex(cell.path)}]=${cellText(cell)}`);
  }
  return texts.join(' ');
}

function line(key: readonly Value[], clustering: readonly Value[], columns: string): string {
  return `${key.map(hex).join('.')} | ${clustering.map(hex).join('.')} | ${columns}`;
}

/** Rows of a view as clients read them. */
export async function linesOf(reader: Reader, view: TableSchema, now: number): Promise<string[]> {
  const lines: string[] = [];
  const names = view.regulars.map(({ name }) => name);
  const scan = reader.scan(view, {});
  for (let cursor = await scan.next(); cursor !== undefined; cursor = await scan.next()) {
    const key = decodePartitionKey(cursor.key, view.partitionKey.length);
    for (let row = await cursor.next(); row !== undefined; row = await cursor.next())
      if (isRowLive(row, now)) lines.push(line(key, row.clustering, shown(row, view, names, now)));
  }
  return lines.sort();
}

/** What they should be. */
export async function expectedLines(reader: Reader, view: TableSchema, now: number): Promise<string[]> {
  const lines: string[] = [];
  const names = view.regulars.map(({ name }) => name);
  const scan = reader.scan(base, {});
  for (let cursor = await scan.next(); cursor !== undefined; cursor = await scan.next()) {
    const [p, q] = decodePartitionKey(cursor.key, 2) as [Value, Value];
    for (let row = await cursor.next(); row !== undefined; row = await cursor.next()) {
      const [c, d] = row.clustering as [Value, Value];
      const data = row.columns.get(base.columns.get('v')!.id);
      const cell = data?.kind === 'cell' && isCellLive(data.cell, now) ? data.cell : undefined;
      const columns = shown(row, base, names, now);
      if (view.name === 'by_value' && cell !== undefined)
        lines.push(line([cell.value!], [p, q, c, d], columns));
      if (view.name === 'by_d' && isRowLive(row, now)) lines.push(line([d], [c, q, p], columns));
      const passes = p[0] === 0 && c[0] === 1 && d[0] === 0;
      if (view.name === 'filtered' && cell !== undefined && passes)
        lines.push(line([q, p], [cell.value!, c, d], columns));
    }
  }
  return lines.sort();
}
