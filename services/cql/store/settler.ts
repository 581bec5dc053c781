/**
 * Brings what is in the journal into records, behind the acknowledgement: keyspaces, truncations and rows, and then, in one transaction,
 * the note that says so, with the first of the journal's rows that are not needed any more. One gateway at a time does it, under a lease.
 * A crash leaves some of it done; the journal is read again, and doing it twice changes nothing.
 */
import type { Fence, Lease, LocalNodePorts } from '@hypergate/node/api';
import {
  type DomainWrite,
  Pace,
  StaleTerm,
  stagePieces,
  type TableDomain,
  type TableStore,
} from '@hypergate/table';
import type { Memtable } from '../engine/memtable.ts';
import {
  domainsTable,
  journalKey,
  journalTable,
  keyspaceKey,
  keyspacesTable,
  leftoverKey,
  leftoversTable,
  stateKey,
  stateTable,
  tableKey,
  tablesTable,
} from '../model/tables.ts';
import type { Catalog, PendingCatalog } from './catalog.ts';
import type { FullRows } from './full-rows.ts';
import { settleLimits } from './limits.ts';
import { RecordBatch } from './record-batch.ts';
import type { Records, RowsPlace } from './records.ts';
import type { RoundEnds } from './round-ends.ts';
import type { RowCache } from './row-cache.ts';
import { RowSettler } from './settle-rows.ts';
import { Upkeep } from './upkeep.ts';

export interface SettlerModules {
  readonly tables: TableStore;
  /** Of everything but rows. */
  readonly domain: TableDomain;
  readonly node: Pick<LocalNodePorts, 'lease'>;
  readonly holder: Uint8Array;
  readonly catalog: Catalog;
  readonly memtable: Memtable;
  readonly records: Records;
  readonly cache: RowCache;
  readonly rounds: RoundEnds;
  readonly full: FullRows;
  /** Last row of the journal that is in the memtable. */
  applied(): number;
  /** Resolves when whatever others wrote or settled before is known here. */
  catchUp(): Promise<void>;
  /** Counts what clients do: while it rises, settling gives way. */
  activity(): number;
  /** Latest time of writing. */
  clock(): bigint;
  /** Milliseconds since 1970. */
  now(): number;
  /** Where the rows of a keyspace are, if there are any. */
  domainOf(keyspace: string): TableDomain | undefined;
  /** Where a table's rows are; the domain is made if it is not there. */
  placeFor(table: string): Promise<RowsPlace>;
  /** Resolves after so many milliseconds, or when the signal is aborted. */
  delay(ms: number, signal: AbortSignal): Promise<void>;
  onFailure(error: unknown): void;
  readonly memtableBytesMax: number;
  /** Milliseconds between rounds. */
  readonly intervalMs: number;
}

interface Waiting {
  readonly upTo: number;
  readonly resolve: () => void;
}

export class Settler {
  readonly #modules: SettlerModules;
  readonly #stopping = new AbortController();
  readonly #pace: Pace;
  readonly #upkeep: Upkeep;
  /** Row of the journal up to which everything is in records. */
  #settled: number;
  #lease: Lease | undefined;
  #wake = new AbortController();
  #waiting: Waiting[] = [];
  #roomWaiting: (() => void)[] = [];
  #running: Promise<void> | undefined;
  #lastActivity = 0;
  /** First row of the journal that may still be there. */
  #journalFrom = 1;

  constructor(settled: number, modules: SettlerModules) {
    this.#settled = settled;
    this.#modules = modules;
    this.#pace = new Pace(
      () => this.#share(),
      (ms) => modules.delay(ms, this.#hurry()),
    );
    const { tables, domain, catalog, memtable } = modules;
    this.#upkeep = new Upkeep({
      tables,
      domain,
      catalog,
      memtable,
      pace: this.#pace,
      signal: this.#stopping.signal,
      batch: () => this.#batch(),
      fence: () => this.#fence,
      domainOf: (keyspace) => modules.domainOf(keyspace),
      now: () => modules.now(),
    });
  }

  get settled(): number {
    return this.#settled;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Cuts a round short. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake.abort();
    await this.#running;
    for (const resolve of this.#roomWaiting.splice(0)) resolve();
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** Resolves when the memtable takes more; undefined when it does now. */
  room(): Promise<void> | undefined {
    const { memtable, memtableBytesMax } = this.#modules;
    if (memtable.bytes < memtableBytesMax || this.#stopping.signal.aborted) return undefined;
    this.#wake.abort();
    return new Promise((resolve) => this.#roomWaiting.push(resolve));
  }

  /** Resolves when everything that was written before is in records. */
  reach(): Promise<void> {
    const upTo = this.#modules.applied();
    if (this.#settled >= upTo || this.#stopping.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ upTo, resolve });
      this.#wake.abort();
    });
  }

  /** Another gateway settled. */
  follow(settled: number): void {
    if (settled <= this.#settled) return;
    this.#settled = settled;
    this.#modules.cache.clear();
    this.#modules.memtable.settled(settled);
    this.#reached(settled);
    void this.#release();
  }

  /** Small while nothing is full and somebody reads or writes. */
  #share(): number {
    const { memtable, memtableBytesMax, activity } = this.#modules;
    if (this.#waiting.length > 0) return 1;
    const now = activity();
    const isBusy = now !== this.#lastActivity;
    this.#lastActivity = now;
    const fill = memtable.bytes / memtableBytesMax;
    const { shareMin } = settleLimits;
    const least = isBusy ? shareMin : idleShare;
    return Math.min(1, Math.max(least, (fill - fillFrom) / (fillTo - fillFrom)));
  }

  #hurry(): AbortSignal {
    if (this.#wake.signal.aborted && !this.#stopping.signal.aborted) this.#wake = new AbortController();
    return this.#wake.signal;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#take();
        const hasMore = await this.#round();
        if (!hasMore && !this.#isAwaited) await this.#modules.delay(this.#modules.intervalMs, this.#hurry());
      } catch (error) {
        if (signal.aborted) break;
        const isLost = error instanceof StaleTerm || this.#lease?.lost.aborted === true;
        if (isLost) this.#lease = undefined;
        else this.#modules.onFailure(error);
        await this.#modules.delay(settleLimits.retryMs, signal);
      }
    }
    await this.#lease?.release().catch(() => undefined);
  }

  /** Somebody asked while a round went on, for more than it had begun with. */
  get #isAwaited(): boolean {
    const isWaiting = this.#waiting.length > 0 || this.#roomWaiting.length > 0;
    return isWaiting && this.#modules.applied() > this.#settled;
  }

  async #take(): Promise<void> {
    if (this.#lease !== undefined && !this.#lease.lost.aborted) return;
    const { node, domain, holder } = this.#modules;
    this.#lease = await node.lease({
      domain: domain.address,
      resource: settleLimits.resource,
      holder,
      durationMs: settleLimits.leaseMs,
      signal: this.#stopping.signal,
    });
    // Others settled until now: what they noted must not be taken back.
    await this.#modules.catchUp();
    await this.#removeSettledRows();
  }

  get #fence(): Fence {
    const { domain } = this.#modules;
    return { domain: domain.address, resource: settleLimits.resource, term: this.#lease!.term };
  }

  async #settle(upTo: number): Promise<void> {
    const { catalog, memtable } = this.#modules;
    // Of the same moment: what comes later in the journal is read again over what is written now.
    const pending = catalog.take(upTo);
    try {
      await this.#rows(upTo);
      await this.#forgetTables(pending);
      await this.#note(upTo, await this.#catalogWrites(pending));
    } catch (error) {
      catalog.putBack(pending);
      throw error;
    }
    memtable.settled(upTo);
    await this.#release();
    await this.#removeJournal(upTo);
  }

  /** @returns whether there is more to do at once */
  async #round(): Promise<boolean> {
    this.#pace.begin();
    const { catalog, rounds, applied } = this.#modules;
    const upTo = catalog.roundTo(rounds.after(this.#settled) ?? applied());
    if (upTo > this.#settled) await this.#settle(upTo);
    const hasMore = await this.#upkeep.step();
    return hasMore || rounds.after(this.#settled) !== undefined;
  }

  /**
   * Written together with the note of what is settled: a start reads the journal behind the note over records, so the schema there must not be
   * ahead of it. An older schema over a newer one would look as if tables had been dropped.
   */
  async #catalogWrites({ keyspaces, tables: changed }: PendingCatalog): Promise<DomainWrite[]> {
    const { domain, tables } = this.#modules;
    const writes: DomainWrite[] = [];
    for (const { name, schema, domain: address } of keyspaces) {
      const key = keyspaceKey(name);
      if (schema === undefined) writes.push({ kind: 'remove', domain, table: keyspacesTable, key });
      else {
        const row = { schema: await stagePieces(tables, Buffer.from(schema)) };
        writes.push({ kind: 'put', domain, table: keyspacesTable, key, row });
      }
      if (address === undefined) writes.push({ kind: 'remove', domain, table: domainsTable, key });
      else writes.push({ kind: 'put', domain, table: domainsTable, key, row: { domain: address } });
    }
    for (const { id, generation } of changed) {
      if (generation === undefined) continue;
      writes.push({ kind: 'put', domain, table: tablesTable, key: tableKey(id), row: { generation } });
    }
    return writes;
  }

  #batch(): RecordBatch {
    const { tables, cache } = this.#modules;
    const { signal } = this.#stopping;
    return new RecordBatch({ tables, fence: this.#fence, pace: this.#pace, signal, cache });
  }

  /**
   * What is said of tables and generations that are gone. It may be ahead of the note, so that thousands of tables may go at once: whoever reads the
   * journal comes by their end again before anything is done by it.
   */
  async #forgetTables({ tables: changed, leftovers }: PendingCatalog): Promise<void> {
    const { domain } = this.#modules;
    const named = new Map(
      leftovers.map((row) => [Buffer.from(leftoverKey(row).sort).toString('latin1'), row]),
    );
    const writes: DomainWrite[] = Array.from(named.values(), (row) => {
      return { kind: 'put', domain, table: leftoversTable, key: leftoverKey(row), row };
    });
    for (const { id, generation } of changed) {
      if (generation !== undefined) continue;
      writes.push({ kind: 'remove', domain, table: tablesTable, key: tableKey(id) });
    }
    while (writes.length > 0) {
      await this.#transact(writes.splice(0, settleLimits.removalsPerTransaction));
      await this.#pace.step();
    }
  }

  async #rows(upTo: number): Promise<void> {
    const { tables, memtable, records, full, catalog, now, onFailure } = this.#modules;
    const batch = this.#batch();
    const settler = new RowSettler({
      tables,
      memtable,
      records,
      full,
      batch,
      onFailure,
      now: () => Math.floor(now() / 1000),
      table: (id) => catalog.table(id),
      layout: (id) => catalog.layout(id),
      placeFor: (table) => this.#modules.placeFor(table.id),
    });
    await settler.settle(upTo);
  }

  /** From here on a start reads the journal behind this row. */
  async #note(upTo: number, catalog: readonly DomainWrite[]): Promise<void> {
    const { domain, clock } = this.#modules;
    const row = { settled: upTo, clock: clock() };
    await this.#transact([...catalog, { kind: 'put', domain, table: stateTable, key: stateKey, row }]);
    this.#settled = upTo;
    this.#reached(upTo);
  }

  #reached(upTo: number): void {
    const there = this.#waiting.filter((each) => each.upTo <= upTo);
    this.#waiting = this.#waiting.filter((each) => each.upTo > upTo);
    for (const { resolve } of there) resolve();
  }

  async #removeJournal(upTo: number): Promise<void> {
    const { domain } = this.#modules;
    const writes: DomainWrite[] = [];
    for (let row = this.#journalFrom; row <= upTo; row++) {
      writes.push({ kind: 'remove', domain, table: journalTable, key: journalKey(row) });
      if (writes.length >= settleLimits.removalsPerTransaction) {
        await this.#transact(writes.splice(0));
        await this.#pace.step();
      }
    }
    await this.#transact(writes);
    this.#journalFrom = upTo + 1;
  }

  /** Rows of the journal that a crash left, although they are settled. */
  async #removeSettledRows(): Promise<void> {
    const { domain } = this.#modules;
    let first = this.#settled + 1;
    while (first > 1 && (await domain.get(journalTable, journalKey(first - 1))) !== undefined) first--;
    this.#journalFrom = first;
    await this.#removeJournal(this.#settled);
  }

  async #release(): Promise<void> {
    const { memtable, memtableBytesMax } = this.#modules;
    while (memtable.release(settleLimits.releaseRows)) await this.#pace.step();
    if (memtable.bytes >= memtableBytesMax) return;
    for (const resolve of this.#roomWaiting.splice(0)) resolve();
  }

  async #transact(writes: readonly DomainWrite[]): Promise<void> {
    if (writes.length > 0) await this.#modules.tables.transact(writes, { fence: this.#fence });
  }
}

/** Of its limit, the memtable's bytes from which settling takes more of the time, and all of it. */
const fillFrom = 0.5;
const fillTo = 0.9;
const idleShare = 0.5;
