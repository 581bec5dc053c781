/** The audit trail as it stands in the tables. */
import type { AuditRow } from '../../model/audit.ts';
import { auditTable } from '../../model/tables.ts';
import { type CallOutcome, outcomesTable } from '../../store/outcomes.ts';
import type { Gateway } from './gateway.ts';

const partition = Buffer.alloc(0);

/** In the order of their commits: of one moment by their names, so tests move the clock where it matters. */
export async function auditTrail({ domain }: Pick<Gateway, 'domain'>): Promise<readonly AuditRow[]> {
  const entries = await domain.scan(auditTable, partition, {});
  const rows = await Promise.all(
    entries.map(async ({ sort }) => await domain.get(auditTable, { partition, sort })),
  );
  return rows
    .flatMap((stored) => (stored === undefined ? [] : [stored]))
    .sort((left, right) => left.revision - right.revision)
    .map(({ row }) => row);
}

/** Ends that were recorded after their calls. */
export async function recordedOutcomes({ domain }: Pick<Gateway, 'domain'>): Promise<readonly CallOutcome[]> {
  const entries = await domain.scan(outcomesTable, partition, {});
  const rows = await Promise.all(
    entries.map(async ({ sort }) => await domain.get(outcomesTable, { partition, sort })),
  );
  return rows.flatMap((stored) => stored?.row ?? []);
}
