/** Groups whose deletion was cut short, and tokens of clients that mean nothing any more. */
import { type DomainWrite, numberBytes, type RecordKey } from '@hypergate/table';
import type { LambdaBase } from '../store/context.ts';
import { scheduleLimits } from './limits.ts';
import {
  deletedGroups,
  keyIn,
  scheduleGroupsTable,
  schedulesTable,
  scheduleTokensTable,
  tokensByExpiry,
} from './rows.ts';

type Store = Pick<LambdaBase, 'tables' | 'domain'>;

const none = Buffer.alloc(0);

export async function sweep(store: Store, nowMs: number): Promise<void> {
  const { domain, tables } = store;
  const groups = domain.cursorSecondary(deletedGroups, none, {});
  for (let entry = await groups.next(); entry !== undefined; entry = await groups.next())
    await removeGroup(store, keyIn(entry.sort));
  for (;;) {
    const lt = numberBytes(nowMs);
    const cursor = domain.cursorSecondary(tokensByExpiry, none, { lt, limit: scheduleLimits.sweepRows });
    const writes: DomainWrite[] = [];
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next())
      writes.push({ kind: 'remove', domain, table: scheduleTokensTable, key: keyIn(entry.sort.subarray(8)) });
    if (writes.length === 0) return;
    await tables.transact(writes);
  }
}

/** Of a group that is marked: no schedule is made in it any more. Its schedules first, so that whoever comes after a crash finds it. */
export async function removeGroup({ tables, domain }: Store, key: RecordKey): Promise<void> {
  const { partition, sort } = key;
  const gte = Buffer.concat([sort, Buffer.from('/')]);
  // The character that comes after the slash.
  const lt = Buffer.concat([sort, Buffer.from('0')]);
  for (;;) {
    const found = await domain.scan(schedulesTable, partition, { gte, lt, limit: scheduleLimits.sweepRows });
    if (found.length === 0) break;
    await tables.transact(
      found.map(
        (entry): DomainWrite => ({
          kind: 'remove',
          domain,
          table: schedulesTable,
          key: { partition, sort: entry.sort },
        }),
      ),
    );
  }
  await tables.transact([{ kind: 'remove', domain, table: scheduleGroupsTable, key }]);
}
