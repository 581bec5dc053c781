/** PutFunctionConcurrency, GetFunctionConcurrency, DeleteFunctionConcurrency. */
import { parameterError, requireRange } from '../engine/requirements.ts';
import { lambdaLimits } from '../limits.ts';
import { type AccountConcurrency, changeConcurrency } from '../store/account-concurrency.ts';
import { functionRecord } from '../store/change.ts';
import { onFunction } from './operation.ts';
import { wholeTargetOf } from './target.ts';

/** @throws AwsError when too little is left for functions that reserve nothing */
export function requireUnreserved(others: AccountConcurrency, wanted: number, subject: string): void {
  const { concurrencyPerAccount, unreservedConcurrencyMin } = lambdaLimits;
  if (concurrencyPerAccount - others.reserved - wanted < unreservedConcurrencyMin)
    throw parameterError(
      `Specified ${subject} for function decreases account's UnreservedConcurrentExecution below its minimum value of [${unreservedConcurrencyMin}].`,
    );
}

const put = onFunction('PutFunctionConcurrency', async (call) => {
  const { context, input } = call;
  const wanted = Number(input.ReservedConcurrentExecutions);
  requireRange(wanted, 'reservedConcurrentExecutions', 0, Number.MAX_SAFE_INTEGER);
  const { function: known } = await wholeTargetOf(call);
  await changeConcurrency(context, known, (row, others, provisioned) => {
    requireUnreserved(others, wanted, 'ReservedConcurrentExecutions');
    const promised = provisioned.reduce((sum, { requested }) => sum + requested, 0);
    if (wanted < promised)
      throw parameterError(
        `ReservedConcurrentExecutions ${wanted} should not be lower than function's total provisioned concurrency [${promised}].`,
      );
    return { row: { ...row, reservedConcurrency: wanted }, writes: [] };
  });
  return { ReservedConcurrentExecutions: wanted };
});

const get = onFunction('GetFunctionConcurrency', async (call) => {
  const { function: known } = await wholeTargetOf(call);
  const { row } = await functionRecord(call.context, known);
  return row.reservedConcurrency === undefined
    ? {}
    : { ReservedConcurrentExecutions: row.reservedConcurrency };
});

const remove = onFunction('DeleteFunctionConcurrency', async (call) => {
  const { function: known } = await wholeTargetOf(call);
  await changeConcurrency(call.context, known, (row, others, provisioned) => {
    const promised = provisioned.reduce((sum, { requested }) => sum + requested, 0);
    // Without a reservation of the function, what is provisioned for it comes out of the account's.
    if (promised > 0) requireUnreserved(others, promised, 'ConcurrentExecutions');
    const { reservedConcurrency: _, ...rest } = row;
    return { row: rest, writes: [] };
  });
  return undefined;
});

export const concurrencyOperations = [put, get, remove];
