/**
 * Brings what the memtable has of rows into records: each is read, merged, purged and written again. Afterwards a record has no
 * trace of what its partition's head deletes: rows that a new deletion hides are written anew before the head that says so.
 */
import { inlineBytesMax, type Piece, pieceRowBytesMax, stagePieces, type TableStore } from '@hypergate/table';
import type { Memtable } from '../engine/memtable.ts';
import type { MemPartition, MemRow } from '../engine/memtable-partition.ts';
import type { Deletion, Row } from '../engine/model.ts';
import type { TableLayout } from '../engine/order.ts';
import { type PurgeRule, purgeDeletion, purgeRow } from '../engine/purge.ts';
import { mergeMaybeRows, newerDeletion, visibleRow } from '../engine/reconcile.ts';
import type { StoredRow } from '../engine/record-source.ts';
import type { Slice } from '../engine/storage.ts';
import { TombstoneSet } from '../engine/tombstones.ts';
import { encodeHeadBody, encodeRowBody, type StoredHead } from '../model/row-body.ts';
import { clusteringParts, headSort, recordKey, rowSort } from '../model/rows.ts';
import type { TableSchema } from '../schema/model.ts';
import type { Value } from '../types/api.ts';
import { dueOfDeletion, dueOfRow, dueOfTombstones, never } from './due.ts';
import type { FullRows } from './full-rows.ts';
import type { RecordBatch } from './record-batch.ts';
import type { Records, RowsPlace } from './records.ts';

export interface SettleModules {
  readonly tables: TableStore;
  readonly memtable: Memtable;
  readonly records: Records;
  readonly full: FullRows;
  readonly batch: RecordBatch;
  onFailure(error: unknown): void;
  /** Seconds since 1970. */
  now(): number;
  table(id: string): TableSchema | undefined;
  layout(id: string): TableLayout | undefined;
  /** Where the table's rows are; a domain is made if there is none. */
  placeFor(table: TableSchema): Promise<RowsPlace>;
}

/** The partition whose rows are settled now. */
interface Open {
  readonly partition: MemPartition;
  readonly table: TableSchema;
  readonly layout: TableLayout;
  readonly place: RowsPlace;
  readonly rule: PurgeRule;
  readonly grace: number;
  readonly deletion: Deletion | undefined;
  readonly tombstones: TombstoneSet;
}

export class RowSettler {
  readonly #modules: SettleModules;
  #open: Open | undefined;
  #skipped: MemPartition | undefined;

  constructor(modules: SettleModules) {
    this.#modules = modules;
  }

  /** Everything up to a row of the journal. */
  async settle(upTo: number): Promise<void> {
    for (const { partition, row } of this.#modules.memtable.dirty(upTo)) {
      if (partition.table.isDropped || partition === this.#skipped) continue;
      const open = this.#open?.partition === partition ? this.#open : await this.#begin(partition);
      if (open === undefined) continue;
      if (row !== undefined) await this.#row(open, row);
    }
    this.#open = undefined;
    await this.#modules.batch.flush();
  }

  async #begin(partition: MemPartition): Promise<Open | undefined> {
    const { records, memtable } = this.#modules;
    const { id } = partition.table.layout;
    const table = this.#modules.table(id);
    const layout = this.#modules.layout(id);
    if (table === undefined || layout === undefined) {
      this.#skipped = partition;
      return undefined;
    }
    const place = await this.#modules.placeFor(table);
    // It was truncated meanwhile: the place may be that of what comes after.
    if (partition.table.isDropped) return undefined;
    const grace = graceOf(table);
    const now = this.#modules.now();
    const rule: PurgeRule = { now, goneBefore: now - grace, mayHide: () => false };
    const before = await records.head(table, partition.key);
    const deletion = newerDeletion(before?.deletion, partition.deletion);
    const tombstones = new TombstoneSet(layout.rows, before?.tombstones);
    for (const range of partition.tombstones?.all() ?? []) tombstones.insert(range);
    const open: Open = { partition, table, layout, place, rule, grace, deletion, tombstones };
    if (partition.hasHead) {
      await this.#hide(open, partition.deletedSince(memtable.settledTo));
      await this.#head(open, before, memtable.sequence);
    }
    this.#open = open;
    return open;
  }

  /** Writes the rows of records anew that deletions hide, as far as they do. */
  async #hide(open: Open, ranges: readonly Slice[]): Promise<void> {
    const { table, partition, deletion, tombstones } = open;
    const rows = this.#modules.records.rows(table, partition.key, ranges);
    for (let row = await rows?.next(); row !== undefined; row = await rows?.next()) {
      const after = visibleRow(row, newerDeletion(deletion, tombstones.covering(row.clustering)));
      if (after === row) continue;
      const counted = row.countedTo === undefined ? {} : { countedTo: row.countedTo };
      await this.#write(open, row.clustering, after === undefined ? undefined : { ...after, ...counted });
    }
  }

  async #head(open: Open, before: StoredHead | undefined, sequence: number): Promise<void> {
    const { partition, table, layout, rule, grace } = open;
    const deletion = purgeDeletion(open.deletion, rule);
    const ranges = open.tombstones.beyond(open.deletion);
    const tombstones = ranges.filter((range) => purgeDeletion(range.deletion, rule) !== undefined);
    // What leaves records must not have been all that hid something in memory.
    if (deletion !== open.deletion || tombstones.length < ranges.length) {
      partition.hideRows(0, open.deletion, open.tombstones);
    }
    const merged =
      partition.statics === undefined
        ? mergeMaybeRows(undefined, before?.statics, layout, open.deletion)
        : partition.statics.over(before?.statics, layout, open.deletion);
    const purged = merged === undefined ? undefined : purgeRow(merged, rule);
    const to = Math.max(sequence, before?.statics?.countedTo ?? 0);
    const statics = purged === undefined ? undefined : counted(purged, table, to);
    const sort = headSort(partition.key);
    if (deletion === undefined && tombstones.length === 0 && statics === undefined) {
      await this.#remove(open, sort);
      return;
    }
    const due = Math.min(
      dueOfDeletion(deletion, grace),
      dueOfTombstones(tombstones, grace),
      statics === undefined ? never : dueOfRow(statics, grace),
    );
    await this.#put(
      open,
      sort,
      encodeHeadBody(table.id, { key: partition.key, deletion, statics, tombstones }),
      due,
    );
  }

  async #row(open: Open, row: MemRow): Promise<void> {
    const { table, partition, layout, deletion, tombstones, rule } = open;
    const before = await this.#modules.records.row(table, partition.key, row.clustering);
    const around = newerDeletion(deletion, tombstones.covering(row.clustering));
    const { sequence } = this.#modules.memtable;
    const merged = row.over(before, layout, around);
    const purged = merged === undefined ? undefined : purgeRow(merged, rule);
    // The same of what the row itself hid.
    if (purged !== merged && row.row !== undefined) row.row = purged;
    const to = Math.max(sequence, before?.countedTo ?? 0);
    await this.#write(open, row.clustering, purged === undefined ? undefined : counted(purged, table, to));
  }

  async #write(open: Open, clustering: readonly Value[], row: StoredRow | undefined): Promise<void> {
    const sort = rowSort(open.partition.key, clusteringParts(open.table), clustering);
    if (row === undefined) await this.#remove(open, sort);
    else await this.#put(open, sort, encodeRowBody(row), dueOfRow(row, open.grace));
  }

  async #put(open: Open, sort: Uint8Array, body: Buffer, due: number): Promise<void> {
    const { batch, tables, full, onFailure } = this.#modules;
    const { place, partition, table } = open;
    full.note(table.id, sort, body.length);
    if (body.length > pieceRowBytesMax) {
      // Gateways that do not know of each other's statements came by the limits: better one row as it was than none settled any more.
      onFailure(new Error(`a row of ${body.length} bytes cannot be settled; it stays as it was`));
      return;
    }
    const pieces: Piece[] =
      body.length <= inlineBytesMax ? [{ kind: 'inline', bytes: body }] : await stagePieces(tables, body);
    const partitionKey = Buffer.from(partition.key);
    const row = { due: due === never ? 0 : due, partitionKey, body: pieces };
    await batch.add({ domain: place.domain, key: recordKey(place.partition, sort), row });
  }

  async #remove({ table, place: { domain, partition } }: Open, sort: Uint8Array): Promise<void> {
    this.#modules.full.note(table.id, sort, 0);
    await this.#modules.batch.add({ domain, key: recordKey(partition, sort), row: undefined });
  }
}

export function graceOf({ params }: TableSchema): number {
  const grace = params.gc_grace_seconds;
  return typeof grace === 'number' ? grace : defaultGrace;
}

const defaultGrace = 864_000;

/** Of counters, up to where the journal is in it. */
function counted(row: Row, { isCounter }: TableSchema, sequence: number): StoredRow {
  return isCounter ? { ...row, countedTo: sequence } : row;
}
