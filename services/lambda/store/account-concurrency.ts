/**
 * Changes of what an account's functions reserve. They bump one record of the account, so that of two that each leave enough for the others only
 * one is written on what it saw.
 */
import { type DomainWrite, jsonFormat, type TableDefinition } from '@hypergate/table';
import { z } from 'zod';
import type { FunctionRow } from '../model/function-rows.ts';
import { functionKey, functionsTable, scopePartition } from '../model/tables.ts';
import { functionRecord, functionsOf, retried } from './change.ts';
import type { LambdaBase } from './context.ts';
import { type ProvisionedRow, provisionedOf } from './provisioned.ts';

const changesRow = z.strictObject({ changes: z.number().int() });

export const concurrencyChangesTable: TableDefinition<z.output<typeof changesRow>> = {
  name: 'lambda.concurrency-changes',
  description: 'How often reservations of concurrency of an account changed',
  formats: [jsonFormat(changesRow)],
};

interface FunctionChange {
  readonly row: FunctionRow;
  readonly writes: readonly DomainWrite[];
}

export interface AccountConcurrency {
  /** What functions reserve, and what is provisioned for those that reserve nothing. */
  readonly reserved: number;
}

/**
 * @param change the function as it is to be, with further writes; `others` is what all other functions take
 * @throws AwsError
 */
export function changeConcurrency(
  base: LambdaBase,
  known: FunctionRow,
  change: (
    row: FunctionRow,
    others: AccountConcurrency,
    provisioned: readonly ProvisionedRow[],
  ) => FunctionChange | Promise<FunctionChange>,
): Promise<void> {
  const { domain } = base;
  const key = { partition: scopePartition(known), sort: Buffer.alloc(0) };
  return retried(async () => {
    const counted = await domain.get(concurrencyChangesTable, key);
    const { row: before, revision } = await functionRecord(base, known);
    let reserved = 0;
    for await (const one of functionsOf(base, known))
      if (one.id !== known.id) reserved += one.reservedConcurrency ?? total(await provisionedRows(base, one));
    const { row, writes } = await change(before, { reserved }, await provisionedRows(base, known));
    await base.tables.transact([
      {
        kind: 'put',
        domain,
        table: functionsTable,
        key: functionKey(row, row.name),
        row,
        condition: { revision },
      },
      {
        kind: 'put',
        domain,
        table: concurrencyChangesTable,
        key,
        row: { changes: (counted?.row.changes ?? 0) + 1 },
        condition: counted === undefined ? 'absent' : { revision: counted.revision },
      },
      ...writes,
    ]);
  });
}

async function provisionedRows(base: LambdaBase, row: FunctionRow): Promise<ProvisionedRow[]> {
  const rows: ProvisionedRow[] = [];
  for await (const [, one] of provisionedOf(base, row)) rows.push(one);
  return rows;
}

const total = (rows: readonly ProvisionedRow[]): number =>
  rows.reduce((sum, { requested }) => sum + requested, 0);
