/** What is older than its group keeps it, and what deleted groups and streams left. In steps; whatever a crash cut short is done by the next sweep. */
import {
  ConditionFailed,
  type DomainWrite,
  type IndexCursor,
  type RecordKey,
  type TableDefinition,
} from '@hypergate/table';
import type { LambdaBase } from '../store/context.ts';
import { logLimits } from './limits.ts';
import {
  allGroups,
  batchesOfGroup,
  batchesTable,
  batchKey,
  doomedKey,
  doomedTable,
  type GroupRow,
  groupKey,
  groupsTable,
  streamKey,
  streamsTable,
} from './rows.ts';

type Store = Pick<LambdaBase, 'tables' | 'domain'>;

const dayMs = 24 * 3_600_000;
const none = Buffer.alloc(0);

/** Events before this time are not there any more, whether they were removed or not. */
export function keptFrom({ retentionDays }: Pick<GroupRow, 'retentionDays'>, nowMs: number): number {
  return retentionDays === undefined ? 0 : Math.max(0, nowMs - retentionDays * dayMs);
}

/** One pass over everything. */
export async function sweep(store: Store, nowMs: number, signal?: AbortSignal): Promise<void> {
  await sweepDoomed(store, signal);
  const groups = store.domain.cursorSecondary(allGroups, none, {});
  for (let entry = await groups.next(); entry !== undefined; entry = await groups.next()) {
    if (signal?.aborted === true) return;
    const [account = '', region = '', ...name] = Buffer.from(entry.sort).toString('utf8').split('/');
    await sweepGroup(store, groupKey({ account, region }, name.join('/')), nowMs);
  }
}

/** Removes expired batches and counts the bytes of the others. */
async function sweepGroup(store: Store, key: RecordKey, nowMs: number): Promise<void> {
  const { domain, tables } = store;
  const group = await domain.get(groupsTable, key);
  if (group === undefined) return;
  const fromMs = keptFrom(group.row, nowMs);
  const cursor = domain.cursorSecondary(batchesOfGroup, Buffer.from(group.row.id, 'hex'), {});
  let storedBytes = 0;
  let expired: RecordKey[] = [];
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
    const projection = Buffer.from(entry.projection);
    if (Number(projection.readBigUInt64BE(0)) >= fromMs) storedBytes += projection.readUInt32BE(8);
    else expired.push(batchKeyOf(entry.sort));
    if (expired.length === logLimits.sweepRows) {
      await removeAll(store, batchesTable, expired);
      expired = [];
    }
  }
  await removeAll(store, batchesTable, expired);
  if (storedBytes === group.row.storedBytes) return;
  const row: GroupRow = { ...group.row, storedBytes };
  try {
    await tables.transact([
      { kind: 'put', domain, table: groupsTable, key, row, condition: { revision: group.revision } },
    ]);
  } catch (error) {
    // It was changed meanwhile: the next sweep counts again.
    if (!(error instanceof ConditionFailed)) throw error;
  }
}

/** As `batchesOfGroup` sorts: time, stream, sequence. */
function batchKeyOf(sort: Uint8Array): RecordKey {
  const bytes = Buffer.from(sort);
  return {
    partition: bytes.subarray(8, 16),
    sort: Buffer.concat([bytes.subarray(0, 8), bytes.subarray(16)]),
  };
}

export async function sweepDoomed(store: Store, signal?: AbortSignal): Promise<void> {
  const { domain } = store;
  for (const { sort } of await domain.scan(doomedTable, none, {})) {
    if (signal?.aborted === true) return;
    await removeRemains(store, Buffer.from(sort).toString('hex'));
  }
}

/** Of one deleted group or stream. */
export async function removeRemains(store: Store, id: string): Promise<void> {
  const { domain, tables } = store;
  const key = doomedKey(id);
  const doomed = await domain.get(doomedTable, key);
  if (doomed === undefined) return;
  if (doomed.row.kind === 'stream') {
    const { partition } = batchKey(id, 0, 0);
    await removeWhere(
      store,
      batchesTable,
      () => domain.cursor(batchesTable, partition, {}),
      (sort) => ({ partition, sort }),
    );
  } else {
    const { partition } = streamKey(id, '');
    // Streams first: whoever still writes to one is refused then, so that no batch comes behind.
    await removeWhere(
      store,
      streamsTable,
      () => domain.cursor(streamsTable, partition, {}),
      (sort) => ({ partition, sort }),
    );
    await removeWhere(
      store,
      batchesTable,
      () => domain.cursorSecondary(batchesOfGroup, partition, {}),
      batchKeyOf,
    );
  }
  await tables.transact([{ kind: 'remove', domain, table: doomedTable, key }]);
}

async function removeWhere<Row>(
  store: Store,
  table: TableDefinition<Row>,
  open: () => IndexCursor,
  keyOf: (sort: Uint8Array) => RecordKey,
): Promise<void> {
  for (;;) {
    const cursor = open();
    const keys: RecordKey[] = [];
    while (keys.length < logLimits.sweepRows) {
      const entry = await cursor.next();
      if (entry === undefined) break;
      keys.push(keyOf(entry.sort));
    }
    if (keys.length === 0) return;
    await removeAll(store, table, keys);
  }
}

async function removeAll<Row>(
  { domain, tables }: Store,
  table: TableDefinition<Row>,
  keys: readonly RecordKey[],
): Promise<void> {
  if (keys.length === 0) return;
  await tables.transact(keys.map((key): DomainWrite => ({ kind: 'remove', domain, table, key })));
}
