/**
 * Changes of rows' records on their way into the hypergraph. What fits into one transaction is one, with the buckets, the
 * tables' records and the watermark. More is several, between a watermark that says `changing` and the one that does not; what
 * is changed meanwhile says `behind`, so that a crash leaves no doubt about the others.
 */
import type { DomainWrite, Pace, RecordKey } from '@hypergate/table';
import type { InstanceStore } from '../model/instance-store.ts';
import type { Lsn } from '../model/lsn.ts';
import {
  type RelationRow,
  type RowRow,
  relationKey,
  relationsTable,
  rowsPartition,
  rowsTable,
  watermarkKey,
  watermarksTable,
} from '../model/row-tables.ts';
import { type BucketChanges, bucketsFor, bucketWrites, textOf } from './buckets.ts';
import type { TableShape } from './catalog.ts';
import { projectionLimits } from './limits.ts';
import { bytesOfValues, sameValues } from './values.ts';

/** Whose records are written: kept in step with `rds.relations`. */
export interface TrackedTable {
  readonly shape: TableShape;
  row: RelationRow;
  /** As it stands in `rds.relations`; undefined before it does. */
  stored: { readonly row: RelationRow; readonly key: RecordKey } | undefined;
}

interface PendingRow {
  readonly table: TrackedTable;
  readonly key: RecordKey;
  readonly before: RowRow | undefined;
  after: RowRow | undefined;
}

export interface WatermarkPlace {
  readonly name: string;
  readonly oid: number;
}

export class RecordWriter {
  readonly #store: InstanceStore;
  readonly #place: WatermarkPlace;
  /** What the watermark says so far; undefined before there is one. */
  readonly #from: Lsn | undefined;
  readonly #pace: Pace;
  readonly #pending = new Map<string, PendingRow>();
  readonly #changes = new Map<TrackedTable, Map<string, RecordKey | undefined>>();
  /** That say `behind` because of what was written already. */
  readonly #marked = new Set<TrackedTable>();
  #bytes = 0;
  #changed = 0;
  #hasBegun = false;
  /** Records that were written or removed. */
  records = 0;

  constructor(store: InstanceStore, place: WatermarkPlace, from: Lsn | undefined, pace: Pace) {
    this.#store = store;
    this.#place = place;
    this.#from = from;
    this.#pace = pace;
  }

  /** The record as it will be. */
  async get(table: TrackedTable, sort: Buffer): Promise<RowRow | undefined> {
    return (await this.#row(table, sort)).after;
  }

  /** @param row undefined removes it */
  async put(table: TrackedTable, sort: Buffer, row: RowRow | undefined): Promise<void> {
    const pending = await this.#row(table, sort);
    if (row !== undefined && pending.before !== undefined && isSame(row, pending.before))
      pending.after = pending.before;
    else pending.after = row;
    this.#bytes += row === undefined ? 100 : bytesOfValues(row.values);
    await this.#pace.step();
    if (!this.#isFull()) return;
    await this.#writeRows();
    if (this.#changed > projectionLimits.bucketChangesMax) await this.#writeBuckets();
  }

  /** All records of a table that are not `kept`. */
  async removeOthers(table: TrackedTable, isKept: (sort: Buffer) => boolean): Promise<void> {
    const { domain } = this.#store;
    const partition = rowsPartition(this.#place.oid, table.row.oid);
    let gt: Buffer | undefined;
    for (;;) {
      const limit = projectionLimits.rowsPerTransaction;
      const cursor = domain.cursor(rowsTable, partition, gt === undefined ? {} : { gt });
      let found = 0;
      const surplus: Buffer[] = [];
      for (; found < limit; found += 1) {
        const entry = await cursor.next();
        if (entry === undefined) break;
        gt = Buffer.from(entry.sort);
        if (!isKept(gt)) surplus.push(gt);
      }
      for (const sort of surplus) await this.put(table, sort, undefined);
      if (found < limit) return;
    }
  }

  /** All that is kept of a table's rows. */
  async wipe(table: TrackedTable): Promise<void> {
    await this.removeOthers(table, () => false);
    await this.#writeRows();
    table.row = { ...table.row, rows: 0, records: 0 };
    this.#changes.set(table, this.#changes.get(table) ?? new Map());
    await this.#writeBuckets();
  }

  /**
   * @param isWhole records show all that is before `lsn`
   * @param tables all that are tracked, with what is to be said of them; `gone`: records of those that are no more
   */
  async finish(
    lsn: Lsn,
    isWhole: boolean,
    tables: readonly TrackedTable[],
    gone: readonly RecordKey[],
  ): Promise<void> {
    const writes = isWhole && !this.#hasBegun ? await this.#atOnce() : undefined;
    if (writes === undefined) {
      await this.#writeRows();
      await this.#writeBuckets();
    }
    await this.#transact([
      ...(writes ?? []),
      ...this.#relationWrites(lsn, isWhole, tables, gone),
      ...this.#watermarkWrites(isWhole ? 'current' : 'changing', isWhole ? lsn : (this.#from ?? 0)),
    ]);
  }

  /** Rows and buckets for one transaction; undefined when they are too many, with nothing changed. */
  async #atOnce(): Promise<DomainWrite[] | undefined> {
    const max = projectionLimits.bucketsPerTransaction;
    const touched = Array.from(this.#pending.values()).filter(
      ({ before, after }) => (before === undefined) !== (after === undefined),
    );
    // Each may touch a bucket, and what grows by one row splits one at most.
    if (touched.length * 2 > max) return undefined;
    const rows = this.#takeRows();
    const buckets: DomainWrite[] = [];
    for await (const group of this.#bucketGroups()) buckets.push(...group);
    this.#countBuckets();
    return [...rows, ...buckets];
  }

  async #row(table: TrackedTable, sort: Buffer): Promise<PendingRow> {
    const name = `${table.row.oid} ${sort.toString('latin1')}`;
    let pending = this.#pending.get(name);
    if (pending === undefined) {
      const key = { partition: rowsPartition(this.#place.oid, table.row.oid), sort };
      const before = (await this.#store.domain.get(rowsTable, key))?.row;
      pending = { table, key, before, after: before };
      this.#pending.set(name, pending);
    }
    return pending;
  }

  /** Of one transaction of the node: planning them keeps others waiting. */
  get #rowsPerTransaction(): number {
    const { rowsPerTransaction, rowsPerTransactionBusy, busyShare } = projectionLimits;
    return this.#pace.share <= busyShare ? rowsPerTransactionBusy : rowsPerTransaction;
  }

  #isFull(): boolean {
    const { bytesPerTransaction } = projectionLimits;
    return this.#pending.size >= this.#rowsPerTransaction || this.#bytes >= bytesPerTransaction;
  }

  /** Rows that wait, in a transaction of their own: from now on records show what is behind the watermark. */
  async #writeRows(): Promise<void> {
    const tables = new Set(Array.from(this.#pending.values(), ({ table }) => table));
    await this.#transact([...this.#beginWrites(), ...this.#markWrites(tables), ...this.#takeRows()]);
  }

  #beginWrites(): DomainWrite[] {
    if (this.#hasBegun) return [];
    this.#hasBegun = true;
    return this.#watermarkWrites('changing', this.#from ?? 0);
  }

  /** Their records say `behind` before anything of them changes; with as many buckets as there may be. */
  #markWrites(tables: Iterable<TrackedTable>): DomainWrite[] {
    const { domain } = this.#store;
    const writes: DomainWrite[] = [];
    for (const table of tables) {
      const buckets = Math.max(table.row.buckets, bucketsFor(table.row.records, table.row.buckets));
      if (this.#marked.has(table) && table.stored?.row.buckets === buckets) continue;
      this.#marked.add(table);
      const key = table.stored?.key ?? this.#keyOf(table);
      const row: RelationRow = { ...(table.stored?.row ?? table.row), state: 'behind', buckets };
      table.stored = { row, key };
      writes.push({ kind: 'put', domain, table: relationsTable, key, row });
    }
    return writes;
  }

  #keyOf({ shape }: TrackedTable): RecordKey {
    return relationKey(this.#place.oid, shape.schema, shape.table);
  }

  #takeRows(): DomainWrite[] {
    const { domain } = this.#store;
    const writes: DomainWrite[] = [];
    for (const { table, key, before, after } of this.#pending.values()) {
      if (after === before) continue;
      const rows = table.row.rows + (after?.copies ?? 0) - (before?.copies ?? 0);
      const records = table.row.records + Number(after !== undefined) - Number(before !== undefined);
      table.row = { ...table.row, rows, records };
      writes.push(
        after === undefined
          ? { kind: 'remove', domain, table: rowsTable, key }
          : { kind: 'put', domain, table: rowsTable, key, row: after },
      );
      if ((after === undefined) !== (before === undefined)) this.#noteMember(table, key, after !== undefined);
    }
    this.#pending.clear();
    this.#bytes = 0;
    this.records += writes.length;
    return writes;
  }

  #noteMember(table: TrackedTable, key: RecordKey, isThere: boolean): void {
    const changes = this.#changes.get(table) ?? new Map<string, RecordKey | undefined>();
    this.#changes.set(table, changes);
    changes.set(textOf(this.#store.domain.slotOf(rowsTable, key)), isThere ? key : undefined);
    this.#changed += 1;
  }

  async *#bucketGroups(): AsyncGenerator<DomainWrite[]> {
    for (const [table, changes] of this.#changes) yield* this.#groupsOf(table, changes);
  }

  #groupsOf({ row }: TrackedTable, changes: BucketChanges): AsyncGenerator<DomainWrite[]> {
    const place = { databaseOid: this.#place.oid, oid: row.oid };
    const after = bucketsFor(row.records, row.buckets);
    return bucketWrites(this.#store.domain, place, changes, row.buckets, after);
  }

  async #writeBuckets(): Promise<void> {
    const max = projectionLimits.bucketsPerTransaction;
    await this.#transact([...this.#beginWrites(), ...this.#markWrites(this.#changes.keys())]);
    let writes: DomainWrite[] = [];
    for await (const group of this.#bucketGroups()) {
      writes.push(...group);
      // A group may be large: a table that grew much at once is divided into many.
      for (; writes.length >= max; writes = writes.slice(max)) await this.#transact(writes.slice(0, max));
    }
    await this.#transact(writes);
    this.#countBuckets();
  }

  #countBuckets(): void {
    for (const table of this.#changes.keys())
      table.row = { ...table.row, buckets: bucketsFor(table.row.records, table.row.buckets) };
    this.#changes.clear();
    this.#changed = 0;
  }

  #relationWrites(
    lsn: Lsn,
    isWhole: boolean,
    tables: readonly TrackedTable[],
    gone: readonly RecordKey[],
  ): DomainWrite[] {
    const { domain } = this.#store;
    const writes = new Map<string, DomainWrite>();
    const nameOf = ({ sort }: RecordKey) => Buffer.from(sort).toString('latin1');
    for (const key of gone) writes.set(nameOf(key), { kind: 'remove', domain, table: relationsTable, key });
    for (const tracked of tables) {
      const key = this.#keyOf(tracked);
      const { stored } = tracked;
      if (!isWhole && this.#marked.has(tracked)) tracked.row = { ...tracked.row, state: 'behind' };
      if (
        stored !== undefined &&
        nameOf(stored.key) === nameOf(key) &&
        isSameRelation(stored.row, tracked.row)
      )
        continue;
      if (stored !== undefined && nameOf(stored.key) !== nameOf(key) && !writes.has(nameOf(stored.key)))
        writes.set(nameOf(stored.key), { kind: 'remove', domain, table: relationsTable, key: stored.key });
      tracked.row = { ...tracked.row, lsn };
      tracked.stored = { row: tracked.row, key };
      // Another table may have had the name before: its record is replaced.
      writes.set(nameOf(key), { kind: 'put', domain, table: relationsTable, key, row: tracked.row });
    }
    return [...writes.values()];
  }

  #watermarkWrites(state: 'current' | 'changing', lsn: Lsn): DomainWrite[] {
    const { domain } = this.#store;
    const { name, oid } = this.#place;
    const row = { state, databaseOid: oid, lsn };
    return [{ kind: 'put', domain, table: watermarksTable, key: watermarkKey(name), row }];
  }

  async #transact(writes: readonly DomainWrite[]): Promise<void> {
    if (writes.length === 0) return;
    await this.#store.tables.transact(writes, { fence: this.#store.fence });
    await this.#pace.step();
  }
}

function isSame(left: RowRow, right: RowRow): boolean {
  return left.copies === right.copies && sameValues(left.values, right.values);
}

function isSameRelation(left: RelationRow, right: RelationRow): boolean {
  return JSON.stringify({ ...left, lsn: 0 }) === JSON.stringify({ ...right, lsn: 0 });
}
