/** Changes of functions and of what belongs to them, so that of two gateways neither loses what the other wrote. */
import { ConditionFailed, type DomainWrite, type StoredRecord } from '@hypergate/table';
import { functionNotFound } from '../engine/errors.ts';
import { settingLimits } from '../engine/setting-limits.ts';
import type { FunctionRow } from '../model/function-rows.ts';
import { functionKey, functionsTable } from '../model/tables.ts';
import type { LambdaBase } from './context.ts';

/**
 * Reads and decides anew when somebody else wrote in between.
 * @param work reads, and writes under the conditions of what it read
 * @throws ConditionFailed when others were faster every time
 */
export async function retried<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ConditionFailed) || attempt === settingLimits.attemptsMax) throw error;
    }
  }
}

export const functionArn = (
  { account, region, name }: Pick<FunctionRow, 'account' | 'region' | 'name'>,
  qualifier?: string,
): string =>
  `arn:aws:lambda:${region}:${account}:function:${name}${qualifier === undefined ? '' : `:${qualifier}`}`;

/** As it is stored now. @throws AwsError when it is gone, or another has its name */
export async function functionRecord(
  base: LambdaBase,
  known: FunctionRow,
): Promise<StoredRecord<FunctionRow>> {
  const record = await base.domain.get(functionsTable, functionKey(known, known.name));
  if (record === undefined || record.row.id !== known.id) throw functionNotFound(functionArn(known));
  return record;
}

/** For a transaction about something of the function's: it is as it was read. */
export function unchanged(base: LambdaBase, { row, revision }: StoredRecord<FunctionRow>): DomainWrite {
  return {
    kind: 'check',
    domain: base.domain,
    table: functionsTable,
    key: functionKey(row, row.name),
    condition: { revision },
  };
}

/**
 * @param change the function with the change, or undefined if there is none, and what belongs into the same transaction. It may be asked
 * several times
 * @throws AwsError
 */
export function changeFunction(
  base: LambdaBase,
  known: FunctionRow,
  change: (
    row: FunctionRow,
  ) =>
    | FunctionRow
    | undefined
    | Promise<
        FunctionRow | undefined | { readonly row: FunctionRow; readonly writes: readonly DomainWrite[] }
      >,
): Promise<FunctionRow> {
  return retried(async () => {
    const { row: before, revision } = await functionRecord(base, known);
    const changed = await change(before);
    if (changed === undefined) return before;
    const { row, writes } = 'writes' in changed ? changed : { row: changed, writes: [] };
    await base.tables.transact([
      {
        kind: 'put',
        domain: base.domain,
        table: functionsTable,
        key: functionKey(row, row.name),
        row,
        condition: { revision },
      },
      ...writes,
    ]);
    return row;
  });
}

/** All functions of an account and region. */
export async function* functionsOf(
  base: LambdaBase,
  scope: Parameters<typeof functionKey>[0],
): AsyncGenerator<FunctionRow> {
  const { partition } = functionKey(scope, '');
  const cursor = base.domain.cursor(functionsTable, partition, {});
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
    const found = await base.domain.get(functionsTable, { partition, sort: entry.sort });
    if (found !== undefined) yield found.row;
  }
}
