/** The model's table with random contents, and which of its rows a random SELECT means. */
import { bytesOfInt32 } from '../../../../types/binary.ts';
import { encodePartitionKey } from '../../../../types/partition-key.ts';
import { tokenOf } from '../../../../types/token.ts';
import { Model, type Operation, type ShownPartition, type ShownRow } from './model.ts';
import type { RandomSelect } from './random-selects.ts';
import { startSecond, TestTables } from './tables.ts';

export function emptyTables(): TestTables {
  return new TestTables().table(
    't',
    'p int; q int; c int; d int; s int static; v int; st set<int>',
    'p, q / c, d',
    {
      clusteringOrder: [
        { column: 'c', descending: false },
        { column: 'd', descending: true },
      ],
    },
  );
}

export async function write(tables: TestTables, operation: Operation): Promise<void> {
  const text = (value: number | null) => (value === null ? 'null' : `${value}`);
  const key = { p: text(operation.p), q: text(operation.q) };
  if (operation.kind === 'static') {
    await tables.write('t', { ...key, s: text(operation.s) }, { ttl: operation.ttl });
    return;
  }
  const row = { ...key, c: text(operation.c), d: text(operation.d) };
  if (operation.kind === 'delete') {
    await tables.write('t', row, { isDeletion: true });
    return;
  }
  const v = operation.v === undefined ? undefined : { v: text(operation.v) };
  const st = operation.st === undefined ? undefined : { st: `{${operation.st}}` };
  await tables.write(
    't',
    { ...row, ...v, ...st },
    { ttl: operation.ttl, isUpdate: operation.kind === 'update' },
  );
}

export interface Filled {
  readonly tables: TestTables;
  readonly model: Model;
}

export async function filled(operations: readonly Operation[]): Promise<Filled> {
  const tables = emptyTables();
  const model = new Model();
  for (const operation of operations) {
    await write(tables, operation);
    model.apply(operation, startSecond);
  }
  return { tables, model };
}

export const token = ({ p, q }: Pick<ShownPartition, 'p' | 'q'>) =>
  tokenOf(encodePartitionKey([bytesOfInt32(p), bytesOfInt32(q)]));

export function inOrder(partitions: readonly ShownPartition[], isNamed: boolean): ShownPartition[] {
  return partitions.toSorted((a, b) => {
    if (isNamed) return a.p - b.p || a.q - b.q;
    return token(a) < token(b) ? -1 : 1;
  });
}

/** Rows of each partition that the statement means. */
export function meant({ model }: Filled, { conditions, isNamed }: RandomSelect, now: number): ShownRow[][] {
  const asksForRows = conditions.some(({ ofRows }) => ofRows);
  return inOrder(model.shown(now), isNamed).map(({ p, q, s, rows }) => {
    const alone = rows.length === 0 && s !== undefined && !asksForRows;
    const all = alone ? [{ p, q, c: undefined, d: undefined, s, v: undefined, st: [] }] : rows;
    return all.filter((row) => conditions.every(({ holds }) => holds(row)));
  });
}

export const nullable = (value: number | undefined) => value ?? 'null';
export const shownRow = ({ p, q, c, d, s, v, st }: ShownRow) =>
  [
    p,
    q,
    nullable(c),
    nullable(d),
    nullable(s),
    nullable(v),
    st.length > 0 ? `{${st.join(', ')}}` : 'null',
  ].join(' ');
