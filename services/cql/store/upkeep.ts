/**
 * What is done to records when nothing has to be settled, a piece at a time, so that settling never waits for it: rows of dropped and truncated
 * tables are removed, and what expired, or was deleted long enough ago.
 */
import type { Fence } from '@hypergate/node/api';
import {
  DomainNotEmpty,
  DomainUnknown,
  type DomainWrite,
  type Pace,
  type TableDomain,
  type TableStore,
} from '@hypergate/table';
import type { Memtable } from '../engine/memtable.ts';
import type { RowBody } from '../model/row-body.ts';
import { dueBytes, dueIndex, keyOfDue, rowsPartition, rowsTable } from '../model/rows.ts';
import { type LeftoverRow, leftoverKey, leftoversTable } from '../model/tables.ts';
import type { Value } from '../types/api.ts';
import type { Catalog } from './catalog.ts';
import { settleLimits } from './limits.ts';
import { purgeRecord } from './purge-record.ts';
import type { RecordBatch } from './record-batch.ts';

export interface UpkeepModules {
  readonly tables: TableStore;
  /** Of everything but rows. */
  readonly domain: TableDomain;
  readonly catalog: Catalog;
  readonly memtable: Memtable;
  readonly pace: Pace;
  readonly signal: AbortSignal;
  fence(): Fence;
  batch(): RecordBatch;
  /** Where the rows of a keyspace are, if there are any. */
  domainOf(keyspace: string): TableDomain | undefined;
  /** Milliseconds since 1970. */
  now(): number;
}

const none = Buffer.alloc(0);
const idBytes = 16;

export class Upkeep {
  readonly #modules: UpkeepModules;
  /** By keyspace, behind which record the next piece begins. */
  readonly #purgedTo = new Map<string, Uint8Array>();

  constructor(modules: UpkeepModules) {
    this.#modules = modules;
  }

  /** @returns whether there is more to do at once */
  async step(): Promise<boolean> {
    const hasLeftovers = await this.#removeLeftovers();
    const hasDue = await this.#purgeDue();
    return hasLeftovers || hasDue;
  }

  async #removeLeftovers(): Promise<boolean> {
    const { domain } = this.#modules;
    const found = await domain.scan(leftoversTable, none, { limit: settleLimits.leftovers });
    const rows: LeftoverRow[] = [];
    for (const { sort } of found) {
      const stored = await domain.get(leftoversTable, { partition: none, sort });
      if (stored !== undefined) rows.push(stored.row);
    }
    // Tables first, then the domains that had them.
    rows.sort((left, right) => right.partition.length - left.partition.length);
    let left: number = settleLimits.leftoverRows;
    for (const row of rows) {
      left -= await this.#remove(row, left);
      if (left <= 0) return true;
    }
    return found.length === settleLimits.leftovers && left < settleLimits.leftoverRows;
  }

  /** @returns how many records that were; 0 when it has to wait for others */
  async #remove(row: LeftoverRow, most: number): Promise<number> {
    const { domain, tables } = this.#modules;
    const done: DomainWrite = { kind: 'remove', domain, table: leftoversTable, key: leftoverKey(row) };
    let of: TableDomain;
    try {
      of = await tables.openDomain(row.domain);
    } catch (error) {
      if (!(error instanceof DomainUnknown)) throw error;
      await this.#transact([done]);
      return 1;
    }
    if (row.partition.length > 0) {
      const removed = await this.#empty(of, row.partition, most);
      if (removed < most) await this.#transact([done]);
      return removed + 1;
    }
    try {
      await this.#transact([{ kind: 'remove-domain', domain: of }, done]);
    } catch (error) {
      // Something of it is a leftover that comes later.
      if (error instanceof DomainNotEmpty) return 0;
      throw error;
    }
    return 1;
  }

  /** @returns less than `most` when nothing is left */
  async #empty(domain: TableDomain, partition: Buffer, most: number): Promise<number> {
    const { pace, signal } = this.#modules;
    for (let removed = 0; ; ) {
      const limit = Math.min(settleLimits.removalsPerTransaction, most - removed);
      if (limit <= 0) return removed;
      const entries = await domain.scan(rowsTable, partition, { limit });
      if (entries.length === 0) return removed;
      await this.#transact(
        entries.map(({ sort }) => ({ kind: 'remove', domain, table: rowsTable, key: { partition, sort } })),
      );
      removed += entries.length;
      signal.throwIfAborted();
      await pace.step();
    }
  }

  async #purgeDue(): Promise<boolean> {
    const { catalog } = this.#modules;
    const now = Math.floor(this.#modules.now() / 1000);
    const batch = this.#modules.batch();
    let hasMore = false;
    for (const keyspace of catalog.domains.keys()) {
      const domain = this.#modules.domainOf(keyspace);
      if (domain === undefined) continue;
      const from = this.#purgedTo.get(keyspace);
      const cursor = domain.cursorSecondary(dueIndex, none, {
        ...(from === undefined ? {} : { gt: from }),
        lt: dueBytes(now),
        limit: settleLimits.dueRows,
      });
      let count = 0;
      let last: Uint8Array | undefined;
      for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
        count++;
        last = entry.sort;
        await this.#purge(domain, entry.projection, now, batch);
      }
      // What is in memory was left out, and is come by again once the end was reached.
      if (count < settleLimits.dueRows || last === undefined) this.#purgedTo.delete(keyspace);
      else {
        this.#purgedTo.set(keyspace, last);
        hasMore = true;
      }
    }
    await batch.flush();
    return hasMore;
  }

  async #purge(domain: TableDomain, place: Uint8Array, now: number, batch: RecordBatch): Promise<void> {
    const { catalog, tables, pace } = this.#modules;
    const key = keyOfDue(place);
    const id = Buffer.from(key.partition.subarray(0, idBytes)).toString('hex');
    const table = catalog.table(id);
    // Of a table or generation that is gone everything goes.
    const isCurrent =
      table !== undefined && Buffer.compare(rowsPartition(id, catalog.generation(id)), key.partition) === 0;
    const stored = isCurrent ? await domain.get(rowsTable, key) : undefined;
    if (!isCurrent || stored === undefined) return pace.step();
    const { partitionKey } = stored.row;
    const purged = await purgeRecord(stored.row, table, now, tables, (body) =>
      this.#isSettled(table.id, partitionKey, body),
    );
    if (purged !== stored.row) await batch.add({ domain, key, row: purged });
    else await pace.step();
  }

  /** What is in memory is purged when it is settled: there, what a deletion hides may be in memory alone. */
  #isSettled(table: string, key: Value, body: RowBody): boolean {
    const partition = this.#modules.memtable.partition(table, key);
    if (partition === undefined) return true;
    return body.kind === 'row' && partition.row(body.row.clustering) === undefined;
  }

  async #transact(writes: readonly DomainWrite[]): Promise<void> {
    await this.#modules.tables.transact(writes, { fence: this.#modules.fence() });
  }
}
