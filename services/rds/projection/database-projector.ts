/**
 * The rows of one database. A round is a short stay in the database, in which changes are read from the slot, shapes from the
 * catalogue and rows of tables that have to be read anew; behind it the records are written.
 *
 * Exactness rests on transactions' numbers: shapes and rows are read in a snapshot that sees every transaction of the changes
 * read before it. A change that a table's snapshot sees is not made again; one that it does not see is.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type DomainWrite, type Pace, type RecordKey, unhurried } from '@hypergate/table';
import type { InstanceStore } from '../model/instance-store.ts';
import { type Lsn, parseLsn } from '../model/lsn.ts';
import {
  type RelationRow,
  relationsPartition,
  relationsTable,
  type WatermarkRow,
  watermarkKey,
  watermarksTable,
} from '../model/row-tables.ts';
import { applyLine, type LineContext } from './apply-line.ts';
import { readShapes, readSignature, type TableShape } from './catalog.ts';
import { projectionLimits } from './limits.ts';
import { RecordWriter, type TrackedTable } from './record-writer.ts';
import { beginScan, type ScannedRows, scanTable, type TableScan } from './scan.ts';
import { advanceSlot, dropSlot, makeSlot, type PeekedLine, peekSlot, readSlot } from './slot.ts';
import { Snapshot } from './snapshot.ts';
import { keyOf, valuesOf } from './values.ts';
import { type EngineDatabases, sqlState, Visit } from './visit.ts';

export interface ProjectedTable extends TrackedTable {
  shape: TableShape;
  /** To be read anew, from the beginning. */
  isDirty: boolean;
  /** Something of it was written that no record tells: it is emptied first. */
  isInDoubt: boolean;
  scan: TableScan | undefined;
  /** Changes that it sees are in the rows that were read. */
  filter: Snapshot | undefined;
  /** Of the last stay, when there were several. */
  lastFilter: Snapshot | undefined;
  /** The watermark from which on its records are right. */
  settledFrom: Lsn;
  readStartedMs: number;
  readTookMs: number;
}

interface Found {
  readonly lines: readonly PeekedLine[];
  readonly isWhole: boolean;
  readonly scanned: readonly ScannedRows[];
}

const visibilityTries = 40;
const visibilityWaitMs = 25;
const pageBytes = 8192;
const pageHeaderBytesMax = 40;

export class DatabaseProjector {
  readonly oid: number;
  readonly name: string;
  watermark: WatermarkRow | undefined;
  readonly tables: Map<number, ProjectedTable> = new Map();
  readonly #store: InstanceStore;
  readonly #pace: Pace;
  #byName = new Map<string, ProjectedTable>();
  #gone: ProjectedTable[] = [];
  #signature: string | undefined;
  /** Lines of the changes behind the watermark that were made already. */
  #skip = 0;
  /** Where the changes end that are made in several rounds: with an end that moves they would never be whole. */
  #goal: Lsn = 0;
  #dropsSlot = false;
  #isWriting = false;
  /** The watermark from which on it is known which tables there are. */
  #knownFrom: Lsn = Number.POSITIVE_INFINITY;

  private constructor(store: InstanceStore, oid: number, name: string, pace: Pace) {
    this.#store = store;
    this.#pace = pace;
    this.oid = oid;
    this.name = name;
  }

  /** From the records, after a start or a failure. */
  static async open(
    store: InstanceStore,
    oid: number,
    name: string,
    pace: Pace = unhurried(),
  ): Promise<DatabaseProjector> {
    const projector = new DatabaseProjector(store, oid, name, pace);
    const found = await store.domain.get(watermarksTable, watermarkKey(name));
    if (found?.row.databaseOid === oid) projector.watermark = found.row;
    const partition = relationsPartition(oid);
    for (const { sort } of await store.domain.scan(relationsTable, partition, {})) {
      const key = { partition, sort: Buffer.from(sort) };
      const row = (await store.domain.get(relationsTable, key))?.row;
      if (row !== undefined) projector.tables.set(row.oid, projector.#known(row, key));
    }
    return projector;
  }

  #known(row: RelationRow, key: RecordKey): ProjectedTable {
    const [schema, table] = Buffer.from(key.sort).toString().split('\0') as [string, string];
    const { oid, columns, keyColumns, fingerprint } = row;
    const isBehind = row.state === 'behind' || this.watermark === undefined;
    return {
      ...newTable({ oid, schema, table, columns, keyColumns, isIdentified: false, fingerprint }, row),
      stored: { row, key },
      isDirty: isBehind,
      isInDoubt: isBehind && this.watermark?.state !== 'current',
    };
  }

  /** Whether its records show everything up to there. */
  shows(lsn: Lsn): boolean {
    const { watermark } = this;
    if (this.#isWriting) return false;
    if (watermark?.state !== 'current' || watermark.lsn < lsn || watermark.lsn < this.#knownFrom)
      return false;
    return [...this.tables.values()].every(({ row }) => row.state === 'current');
  }

  behind(): number {
    return [...this.tables.values()].filter(({ row }) => row.state === 'behind').length;
  }

  /**
   * @param target everything before it is certified
   * @param force tables are read anew without waiting
   * @param mayWrite resolves when no proof is under way
   * @returns whether there was something to do, and whether there is more
   */
  async round(
    engine: EngineDatabases,
    target: Lsn,
    force: boolean,
    mayWrite: () => Promise<void>,
  ): Promise<{ readonly changed: boolean; readonly isDone: boolean }> {
    if (this.#skip === 0) this.#goal = target;
    const found = await Visit.run(engine, this.name, (visit) => this.#read(visit, this.#goal, force));
    await mayWrite();
    this.#isWriting = true;
    const changed = await this.#write(found, this.#goal);
    this.#isWriting = false;
    return { changed, isDone: found.isWhole && !this.#hasWork(force) };
  }

  #hasWork(force: boolean): boolean {
    return [...this.tables.values()].some((table) => table.scan !== undefined || isDue(table, force));
  }

  async #read(visit: Visit, target: Lsn, force: boolean): Promise<Found> {
    const changes = await this.#readChanges(visit, target);
    const xids = new Set(changes.lines.map(({ xid }) => xid));
    for (let tries = 0; ; tries += 1) {
      const scanned = await visit.transaction('REPEATABLE READ', () => this.#readContent(visit, xids, force));
      if (scanned !== undefined) {
        if (scanned.length > 0 || changes.isNew) await nudge(visit);
        return { ...changes, scanned };
      }
      // Certified and not yet seen: the one who committed is about to be told.
      if (tries === visibilityTries) throw new Error('transactions that are certified do not become visible');
      await delay(visibilityWaitMs);
    }
  }

  async #readChanges(visit: Visit, target: Lsn) {
    try {
      return await visit.transaction('READ COMMITTED', async () => {
        let slot = await readSlot(visit, this.oid);
        const isTooOld = slot !== undefined && target - slot.restart > projectionLimits.backlogBytes;
        if (slot === undefined || isTooOld || this.#dropsSlot) {
          await dropSlot(visit, this.oid);
          this.#dropsSlot = false;
          slot = undefined;
        }
        if (slot === undefined) {
          await makeSlot(visit, this.oid);
          this.#startOver();
          return { lines: [], isWhole: true, isNew: true };
        }
        const shown = this.watermark?.lsn ?? 0;
        // Changes were given up that the records do not show.
        if (slot.confirmed > shown && this.#signature === undefined) this.#startOver();
        if (slot.confirmed < shown && this.#skip === 0) await advanceSlot(visit, this.oid, shown);
        if (target <= Math.max(shown, slot.confirmed))
          return { lines: [], isWhole: this.#skip === 0, isNew: false };
        return { ...(await peekSlot(visit, this.oid, target, this.#skip)), isNew: false };
      });
    } catch (error) {
      // It takes too long to find out what changed: reading the tables anew does not.
      if (sqlState(error) === '57014') this.#dropsSlot = true;
      throw error;
    }
  }

  /** Whatever is shown may be old. */
  #startOver(): void {
    this.#skip = 0;
    this.#signature = undefined;
    for (const table of this.tables.values()) makeDirty(table);
  }

  /** @returns undefined when the snapshot does not see all of the transactions */
  async #readContent(
    visit: Visit,
    xids: ReadonlySet<number>,
    force: boolean,
  ): Promise<ScannedRows[] | undefined> {
    const [row] = await visit.query('SELECT pg_catalog.pg_current_snapshot()');
    const snapshot = new Snapshot(row?.[0] ?? '');
    for (const xid of xids) if (!snapshot.sees(xid)) return undefined;
    const signature = await readSignature(visit);
    if (signature !== this.#signature) {
      this.#takeShapes(await readShapes(visit));
      if (this.#signature === undefined) this.#knownFrom = await writtenLsn(visit);
      this.#signature = signature;
    }
    const scanned: ScannedRows[] = [];
    let bytes = 0;
    for (const table of this.tables.values()) {
      if (table.scan === undefined && !isDue(table, force)) continue;
      if (bytes >= projectionLimits.visitBytes || visit.isOver()) break;
      const rows = await this.#scan(visit, table, snapshot, projectionLimits.visitBytes - bytes);
      if (rows === undefined) continue;
      scanned.push(rows);
      for (const texts of rows.rows) for (const text of texts) bytes += text?.length ?? 0;
    }
    return scanned;
  }

  async #scan(
    visit: Visit,
    table: ProjectedTable,
    snapshot: Snapshot,
    bytesMax: number,
  ): Promise<ScannedRows | undefined> {
    const scan = table.scan ?? beginScan(table.shape, snapshot);
    await visit.query('SAVEPOINT scan');
    try {
      const rows = await scanTable(visit, scan, bytesMax);
      scan.endLsn = await writtenLsn(visit);
      if (table.scan === undefined) {
        Object.assign(table, { scan, isDirty: false, filter: snapshot, readStartedMs: performance.now() });
        table.lastFilter = undefined;
      } else table.lastFilter = snapshot;
      return { scan, rows };
    } catch (error) {
      // Locked by a change of its shape that has not committed, or changed since the snapshot: it is read later.
      if (!['55P03', '42703', '42P01', '57014'].includes(sqlState(error) ?? '')) throw error;
      await visit.query('ROLLBACK TO SAVEPOINT scan');
      makeDirty(table);
      table.readTookMs = Math.max(table.readTookMs, projectionLimits.lockMs);
      table.readStartedMs = performance.now();
      return undefined;
    }
  }

  #takeShapes(shapes: ReadonlyMap<number, TableShape>): void {
    for (const [oid, table] of this.tables) {
      if (shapes.has(oid)) continue;
      this.#gone.push(table);
      this.tables.delete(oid);
    }
    for (const [oid, shape] of shapes) {
      const known = this.tables.get(oid);
      if (known === undefined) this.tables.set(oid, newTable(shape, rowOf(shape)));
      else {
        known.shape = shape;
        if (known.row.fingerprint === shape.fingerprint) continue;
        makeDirty(known);
        known.readTookMs = 0;
        const { columns, keyColumns, fingerprint } = shape;
        known.row = { ...known.row, columns, keyColumns, fingerprint };
      }
    }
    this.#byName = new Map([...this.tables.values()].map((table) => [nameOf(table.shape), table]));
  }

  /** @returns whether anything changed */
  async #write({ lines, isWhole, scanned }: Found, target: Lsn): Promise<boolean> {
    const writer = new RecordWriter(this.#store, this, this.watermark?.lsn, this.#pace);
    const gone = this.#gone.splice(0);
    for (const table of gone) await writer.wipe(table);
    for (const table of this.tables.values()) {
      if (!table.isInDoubt) continue;
      await writer.wipe(table);
      table.isInDoubt = false;
    }
    const context: LineContext = { writer, byName: (name) => this.#byName.get(nameOf(name)), makeDirty };
    for (const line of lines) await applyLine(line, context);
    for (const { scan, rows } of scanned) await this.#writeScanned(writer, scan, rows);
    const lsn = Math.max(target, this.watermark?.lsn ?? 0);
    const tables = [...this.tables.values()];
    for (const table of tables) {
      const isSettled = !table.isDirty && table.scan === undefined && lsn >= table.settledFrom && isWhole;
      if (isSettled) table.filter = table.lastFilter = undefined;
      if (isSettled !== (table.row.state === 'current') && (isWhole || table.isDirty))
        table.row = { ...table.row, state: isSettled ? 'current' : 'behind' };
    }
    const goneKeys = gone.flatMap(({ stored }) => (stored === undefined ? [] : [stored.key]));
    const shown = this.watermark;
    await writer.finish(lsn, isWhole, tables, goneKeys);
    this.#skip = isWhole ? 0 : this.#skip + lines.length;
    this.watermark = {
      state: isWhole ? 'current' : 'changing',
      databaseOid: this.oid,
      lsn: isWhole ? lsn : (shown?.lsn ?? 0),
    };
    return lines.length > 0 || scanned.length > 0 || gone.length > 0;
  }

  async #writeScanned(writer: RecordWriter, scan: TableScan, rows: ScannedRows['rows']): Promise<void> {
    const table = this.tables.get(scan.shape.oid);
    // A change that came before showed that what was read cannot be relied on.
    if (table === undefined || table.scan !== scan) return;
    for (const texts of rows) {
      const key = keyOf(scan.shape, texts);
      const count = scan.seen.add(key);
      const copies = scan.shape.keyColumns.length === 0 ? count : 1;
      await writer.put(table, key, { lsn: scan.endLsn, copies, values: valuesOf(texts) });
    }
    if (!scan.isDone) return;
    await writer.removeOthers(table, (sort) => scan.seen.has(sort));
    table.scan = undefined;
    table.settledFrom = scan.endLsn;
    table.readTookMs = performance.now() - table.readStartedMs;
  }

  /** All records of a database that is no more, or of one that has another name now. */
  async remove(isRenamed: boolean): Promise<void> {
    const { domain, tables, fence } = this.#store;
    const key = watermarkKey(this.name);
    if (!isRenamed) {
      const writer = new RecordWriter(this.#store, this, this.watermark?.lsn, this.#pace);
      const all = [...this.tables.values(), ...this.#gone];
      for (const table of all) await writer.wipe(table);
      const keys = all.flatMap(({ stored }) => (stored === undefined ? [] : [stored.key]));
      await writer.finish(this.watermark?.lsn ?? 0, true, [], keys);
    }
    const found = await domain.get(watermarksTable, key);
    if (found?.row.databaseOid !== this.oid) return;
    const write: DomainWrite = {
      kind: 'remove',
      domain,
      table: watermarksTable,
      key,
      condition: { revision: found.revision },
    };
    await tables.transact([write], { fence });
  }
}

export function makeDirty(table: ProjectedTable): void {
  table.isDirty = true;
  table.scan = undefined;
}

function isDue({ isDirty, readTookMs, readStartedMs }: ProjectedTable, force: boolean): boolean {
  if (!isDirty || force || readTookMs === 0) return isDirty;
  const wait = Math.max(projectionLimits.rescanMsMin, readTookMs * projectionLimits.rescanRatio);
  return performance.now() - readStartedMs - readTookMs >= wait;
}

function newTable(shape: TableShape, row: RelationRow): ProjectedTable {
  return {
    shape,
    row,
    stored: undefined,
    isDirty: true,
    isInDoubt: false,
    scan: undefined,
    filter: undefined,
    lastFilter: undefined,
    settledFrom: 0,
    readStartedMs: 0,
    readTookMs: 0,
  };
}

function rowOf({ oid, columns, keyColumns, fingerprint }: TableShape): RelationRow {
  return { state: 'behind', oid, lsn: 0, rows: 0, records: 0, buckets: 0, columns, keyColumns, fingerprint };
}

function nameOf({ schema, table }: { readonly schema: string; readonly table: string }): string {
  return `${schema}\0${table}`;
}

/** Behind everything that has been written. Where the next record would come behind a page's header, the page has not begun. */
async function writtenLsn(visit: Visit): Promise<Lsn> {
  const [row] = await visit.query('SELECT pg_catalog.pg_current_wal_insert_lsn()');
  const lsn = parseLsn(row?.[0] ?? '');
  const inPage = lsn % pageBytes;
  return inPage <= pageHeaderBytesMax ? lsn - inPage : lsn;
}

/**
 * A transaction that changes nothing: its commit brings what was written before it to the standby, for which PostgreSQL has no
 * reason otherwise when nothing happens.
 */
async function nudge(visit: Visit): Promise<void> {
  await visit.query('SET synchronous_commit = local');
  await visit.query('BEGIN READ WRITE');
  await visit.query('SELECT pg_catalog.pg_current_xact_id()');
  await visit.query('COMMIT');
}
