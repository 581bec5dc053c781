/** What a decoded change does to the records of its table. */
import type { Lsn } from '../model/lsn.ts';
import type { RowRow, Value } from '../model/row-tables.ts';
import type { ProjectedTable } from './database-projector.ts';
import type { RecordWriter } from './record-writer.ts';
import type { PeekedLine } from './slot.ts';
import { type DecodedLine, parseLine, type TableName, type Tuple, unchanged } from './test-decoding.ts';
import { keyOf, valuesOf } from './values.ts';

export interface LineContext {
  readonly writer: RecordWriter;
  byName(name: TableName): ProjectedTable | undefined;
  makeDirty(table: ProjectedTable): void;
}

type RowLine = DecodedLine & { readonly kind: 'insert' | 'update' | 'delete' };

/** @throws DecodingError */
export async function applyLine({ xid, lsn, data }: PeekedLine, context: LineContext): Promise<void> {
  const line = parseLine(data);
  switch (line.kind) {
    case 'begin':
    case 'commit':
      return;
    case 'truncate':
      for (const name of line.names) {
        const table = concerned(name, xid, context);
        if (table !== undefined) context.makeDirty(table);
      }
      return;
    default: {
      const table = concerned(line.name, xid, context);
      if (table === undefined) return;
      if (!(await applyToRow(line, table, lsn, context.writer))) context.makeDirty(table);
    }
  }
}

/** The table, if the change is one that its records do not show. */
function concerned(name: TableName, xid: number, context: LineContext): ProjectedTable | undefined {
  const table = context.byName(name);
  // What is not known was dropped since, or is nothing whose rows are shown; what is dirty is read anew as it is by now.
  if (table === undefined || table.isDirty || table.filter?.sees(xid) === true) return undefined;
  if (table.shape.keyColumns.length > 0) return table;
  // Rows without a key were read in several snapshots: some show the change, others do not.
  if (table.scan !== undefined || table.lastFilter?.sees(xid) === true) {
    context.makeDirty(table);
    return undefined;
  }
  return table;
}

/** @returns false when the change does not say enough */
async function applyToRow(
  line: RowLine,
  table: ProjectedTable,
  lsn: Lsn,
  writer: RecordWriter,
): Promise<boolean> {
  const { shape } = table;
  if (line.kind === 'insert') return putRow(table, line.row, undefined, lsn, writer);
  if (!shape.isIdentified) return false;
  if (line.kind === 'delete') {
    const key = line.old && keyOfTuple(table, line.old);
    if (key === undefined) return false;
    await writer.put(table, key, undefined);
    return true;
  }
  return putRow(table, line.row, line.old && keyOfTuple(table, line.old), lsn, writer);
}

/** @param formerKey of an update that changed it */
async function putRow(
  table: ProjectedTable,
  tuple: Tuple | undefined,
  formerKey: Buffer | undefined,
  lsn: Lsn,
  writer: RecordWriter,
): Promise<boolean> {
  const { shape, scan } = table;
  if (tuple === undefined) return false;
  const given = shape.columns.map(({ name }) => tuple.get(name));
  if (given.includes(undefined)) return false;
  const texts = given.map((value) => (typeof value === 'string' ? value : null));
  const key = keyOf(shape, texts);
  const kept = given.includes(unchanged) ? await writer.get(table, formerKey ?? key) : undefined;
  const values = valuesOf(texts);
  for (const [column, value] of given.entries()) {
    if (value !== unchanged) continue;
    const former: Value | undefined = kept?.values[column];
    if (former === undefined || former.kind === 'null') return false;
    values[column] = former;
  }
  let copies = 1;
  if (shape.keyColumns.length === 0) copies += (await writer.get(table, key))?.copies ?? 0;
  if (formerKey !== undefined && !formerKey.equals(key)) await writer.put(table, formerKey, undefined);
  const row: RowRow = { lsn, copies, values };
  await writer.put(table, key, row);
  scan?.seen.add(key);
  return true;
}

function keyOfTuple({ shape }: ProjectedTable, tuple: Tuple): Buffer | undefined {
  const texts: (string | null)[] = shape.columns.map(() => null);
  for (const column of shape.keyColumns) {
    const text = tuple.get(shape.columns[column]!.name);
    if (typeof text !== 'string') return undefined;
    texts[column] = text;
  }
  return keyOf(shape, texts);
}
