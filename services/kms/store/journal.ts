/**
 * The journal of control calls: the last one, and whether custodians have it. Earlier ones are in the audit trail, with their numbers; here
 * they are of no more use. There is never more than one that custodians lack: the next waits for it.
 */
import type { DomainWrite, TableDomain } from '@hypergate/table';
import type { AuditRow } from '../model/audit.ts';
import { decodeAudit, encodeAudit } from '../model/audit.ts';
import type { ControlRow } from '../model/journal.ts';
import { controlKey, controlTable } from '../model/tables.ts';
import { decodeUndo, encodeUndo, type Inverse } from '../model/undo.ts';

export interface JournalEntry {
  readonly row: AuditRow;
  readonly call: Uint8Array;
  /** What takes its changes back; undefined when that is not known. */
  readonly undo: readonly Inverse[] | undefined;
}

export interface JournalHead {
  /** 0 before the first. */
  readonly sequence: number;
  /** Of the last control call, milliseconds since 1970: the next is no earlier. */
  readonly nowMs: number;
  /** What custodians may not have. */
  readonly open: JournalEntry | undefined;
}

export async function readJournal(domain: TableDomain): Promise<JournalHead> {
  const { partition } = controlKey(0);
  const entry = await domain.cursor(controlTable, partition, { reverse: true, limit: 1 }).next();
  const stored =
    entry === undefined ? undefined : await domain.get(controlTable, { partition, sort: entry.sort });
  if (stored === undefined) return { sequence: 0, nowMs: 0, open: undefined };
  const { sequence, timeMs, open, audit, call, undo } = stored.row;
  if (!open) return { sequence, nowMs: timeMs, open: undefined };
  const known = undo === undefined ? undefined : decodeUndo(undo);
  return { sequence, nowMs: timeMs, open: { row: decodeAudit(audit), call, undo: known } };
}

/** The number is new: two gateways over one log cannot both give it. */
export const openWrite = (domain: TableDomain, entry: JournalEntry): DomainWrite => ({
  ...voidWrite(domain, entry),
  condition: 'absent',
});

/** In the place of the call that had the number. */
export const voidWrite = (domain: TableDomain, { row, call, undo }: JournalEntry) =>
  ({
    kind: 'put',
    domain,
    table: controlTable,
    key: controlKey(sequenceOf(row)),
    row: journalRow(row, {
      audit: encodeAudit(row),
      call,
      open: true,
      undo: undo === undefined ? undefined : encodeUndo(undo),
    }),
  }) as const satisfies DomainWrite;

export const closeWrite = (domain: TableDomain, row: AuditRow): DomainWrite => ({
  kind: 'put',
  domain,
  table: controlTable,
  key: controlKey(sequenceOf(row)),
  row: journalRow(row, { audit: nothing, call: nothing, open: false, undo: undefined }),
});

export const forgetWrite = (domain: TableDomain, sequence: number): DomainWrite => ({
  kind: 'remove',
  domain,
  table: controlTable,
  key: controlKey(sequence),
});

const nothing = new Uint8Array(0);

function journalRow(row: AuditRow, rest: Pick<ControlRow, 'audit' | 'call' | 'open' | 'undo'>): ControlRow {
  return {
    sequence: sequenceOf(row),
    timeMs: row.control?.nowMs ?? row.timeMs,
    requestId: row.requestId,
    ...rest,
  };
}

export function sequenceOf({ control }: AuditRow): number {
  if (control === undefined || control.sequence < 1) throw new Error('a control call without a number');
  return control.sequence;
}
