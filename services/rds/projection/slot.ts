/**
 * The logical slot of a database: where its changes are read from. Used in short calls only, so that it is never in use when
 * nobody of ours is in the database; then it goes with the database when that is dropped.
 */
import { formatLsn, type Lsn, parseLsn } from '../model/lsn.ts';
import { projectionLimits } from './limits.ts';
import type { Visit } from './visit.ts';

export interface SlotState {
  /** Everything that committed before was given up. */
  readonly confirmed: Lsn;
  /** WAL from here on is held back. */
  readonly restart: Lsn;
}

export interface PeekedLine {
  readonly xid: number;
  readonly data: string;
  readonly lsn: Lsn;
}

export interface Peeked {
  readonly lines: readonly PeekedLine[];
  /** Nothing that may be shown comes behind these. */
  readonly isWhole: boolean;
}

export function slotName(databaseOid: number): string {
  return `hypergate_rows_${databaseOid}`;
}

/** Undefined when there is none that works. */
export async function readSlot(visit: Visit, databaseOid: number): Promise<SlotState | undefined> {
  const [row] = await visit.query(
    `SELECT confirmed_flush_lsn, restart_lsn FROM pg_catalog.pg_replication_slots
      WHERE slot_name = $1 AND wal_status IN ('reserved', 'extended')`,
    [slotName(databaseOid)],
  );
  const [confirmed, restart] = row ?? [];
  if (typeof confirmed !== 'string' || typeof restart !== 'string') return undefined;
  return { confirmed: parseLsn(confirmed), restart: parseLsn(restart) };
}

/**
 * What commits later is decoded. Waits for transactions that are under way: `statement_timeout` ends that.
 * @returns where it begins
 */
export async function makeSlot(visit: Visit, databaseOid: number): Promise<Lsn> {
  await visit.query(`SET LOCAL statement_timeout = ${projectionLimits.visitMs}`);
  const [row] = await visit.query(
    "SELECT lsn FROM pg_catalog.pg_create_logical_replication_slot($1, 'test_decoding')",
    [slotName(databaseOid)],
  );
  return parseLsn(row?.[0] ?? '');
}

export async function dropSlot(visit: Visit, databaseOid: number): Promise<void> {
  await visit.query(
    'SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots WHERE slot_name = $1',
    [slotName(databaseOid)],
  );
}

/** Gives up what committed before. */
export async function advanceSlot(visit: Visit, databaseOid: number, to: Lsn): Promise<void> {
  await visit.query('SELECT pg_catalog.pg_replication_slot_advance($1, $2)', [
    slotName(databaseOid),
    formatLsn(to),
  ]);
}

/**
 * Changes of transactions that committed up to an LSN, in the order of their commits. Whole, or the first megabytes behind
 * those that are skipped: decoded again from the same WAL they are the same.
 * @param to everything before it is certified
 */
export async function peekSlot(visit: Visit, databaseOid: number, to: Lsn, skip: number): Promise<Peeked> {
  // The server keeps what a transaction changed, on its disk when it is much. Messages are the customer's own matter.
  await visit.query(
    `DECLARE changes SCROLL CURSOR FOR
       SELECT lsn, xid, data FROM pg_catalog.pg_logical_slot_peek_changes(
         '${slotName(databaseOid)}', '${formatLsn(to)}', NULL, 'include-xids', '1', 'skip-empty-xacts', '0')
        WHERE pg_catalog.starts_with(data, 'message:') IS FALSE`,
  );
  // A commit that only begins before the limit is decoded too.
  const [last] = await visit.query('FETCH LAST FROM changes');
  if (last === undefined) return { lines: [], isWhole: true };
  const uncertified = parseLsn(last[0]!) > to ? last[1] : undefined;
  await visit.query(`MOVE ABSOLUTE ${skip} FROM changes`);
  const lines: PeekedLine[] = [];
  for (let bytes = 0; bytes < projectionLimits.visitBytes && !visit.isOver(); ) {
    const rows = await visit.query(`FETCH ${projectionLimits.fetchRows} FROM changes`);
    for (const [lsn, xid, data] of rows) {
      if (xid === uncertified) return { lines, isWhole: true };
      lines.push({ lsn: parseLsn(lsn!), xid: Number(xid), data: data! });
      bytes += data!.length;
    }
    if (rows.length < projectionLimits.fetchRows) return { lines, isWhole: true };
  }
  return { lines, isWhole: false };
}
