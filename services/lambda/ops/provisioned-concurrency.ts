/** Put, Get, Delete ProvisionedConcurrencyConfig and ListProvisionedConcurrencyConfigs. */
import { lambdaError } from '../engine/errors.ts';
import { parameterError, requireRange } from '../engine/requirements.ts';
import { lambdaLimits } from '../limits.ts';
import { changeConcurrency } from '../store/account-concurrency.ts';
import type { ResolvedFunction } from '../store/api.ts';
import { functionArn } from '../store/change.ts';
import type { LambdaContext } from '../store/context.ts';
import {
  type ProvisionedRow,
  provisionedKey,
  provisionedOf,
  provisionedTable,
} from '../store/provisioned.ts';
import type { ProvisionedPlace } from '../store/provisioning.ts';
import { requireUnreserved } from './concurrency.ts';
import { type LambdaCall, type Members, onFunction } from './operation.ts';
import { pageOf } from './setting-pages.ts';
import { targetOf, wholeTargetOf } from './target.ts';

/** As Lambda writes this one: without fractions, with an offset. */
const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}+0000`;

function show({ provisioning }: LambdaContext, row: ProvisionedRow): Members {
  const { account, region, functionName, functionId, qualifier } = row;
  const place = { scope: { account, region }, functionName, functionId, qualifier };
  const { status, reason, allocated, available } = provisioning.state(place, row.requested);
  return {
    RequestedProvisionedConcurrentExecutions: row.requested,
    AllocatedProvisionedConcurrentExecutions: allocated,
    AvailableProvisionedConcurrentExecutions: available,
    Status: status,
    ...(reason === undefined ? {} : { StatusReason: reason }),
    LastModified: timeOf(row.modifiedMs),
  };
}

async function publishedTargetOf(call: LambdaCall): Promise<ResolvedFunction & { qualifier: string }> {
  const target = await targetOf(call);
  const { qualifier } = target;
  if (qualifier === undefined || qualifier === '$LATEST' || target.version.version === '$LATEST')
    throw parameterError(
      'Provisioned Concurrency Configs cannot be applied to unpublished function versions.',
    );
  return { ...target, qualifier };
}

const placeOf = ({ function: { account, region, name, id }, qualifier = '' }: ResolvedFunction) =>
  ({
    scope: { account, region },
    functionName: name,
    functionId: id,
    qualifier,
  }) satisfies ProvisionedPlace;

/** An alias and the version it leads to cannot both have one. @throws AwsError */
async function requireAlone(
  { functions }: LambdaContext,
  target: ResolvedFunction,
  others: readonly ProvisionedRow[],
): Promise<void> {
  const { version } = target.version;
  for (const { qualifier, functionName, account, region } of others) {
    if (qualifier === target.qualifier) continue;
    if (qualifier === version)
      throw lambdaError(
        'ResourceConflictException',
        "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version",
      );
    const other = await functions.resolve(functionName, qualifier, { account, region });
    if (other.version.version === version)
      throw lambdaError('ResourceConflictException', 'Version is pointed by a Provisioned Concurrency alias');
  }
}

const put = onFunction('PutProvisionedConcurrencyConfig', async (call) => {
  const { context, input } = call;
  const wanted = Number(input.ProvisionedConcurrentExecutions);
  requireRange(wanted, 'provisionedConcurrentExecutions', 1, Number.MAX_SAFE_INTEGER);
  const target = await publishedTargetOf(call);
  const place = placeOf(target);
  const { account, region } = place.scope;
  const { functionId, functionName, qualifier } = place;
  const own = { account, region, functionId, functionName, qualifier };
  const row: ProvisionedRow = { ...own, requested: wanted, modifiedMs: context.clock.now() };
  await changeConcurrency(context, target.function, async (before, others, rows) => {
    await requireAlone(context, target, rows);
    const { reservedConcurrency } = before;
    const sum = rows.reduce((so, one) => (one.qualifier === qualifier ? so : so + one.requested), wanted);
    if (reservedConcurrency !== undefined && sum > reservedConcurrency)
      throw parameterError(
        'Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function',
      );
    if (reservedConcurrency === undefined) {
      const left = lambdaLimits.concurrencyPerAccount - others.reserved;
      if (sum > left)
        throw parameterError(
          `Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [${left}].`,
        );
      requireUnreserved(others, sum, 'ConcurrentExecutions');
    }
    const key = provisionedKey(functionId, qualifier);
    return {
      row: before,
      writes: [{ kind: 'put', domain: context.domain, table: provisionedTable, key, row }],
    };
  });
  context.provisioning.changed(place);
  return show(context, row);
});

const notFound = () =>
  lambdaError(
    'ProvisionedConcurrencyConfigNotFoundException',
    'No Provisioned Concurrency Config found for this function',
  );

const get = onFunction('GetProvisionedConcurrencyConfig', async (call) => {
  const { functionId, qualifier } = placeOf(await publishedTargetOf(call));
  const found = await call.context.domain.get(provisionedTable, provisionedKey(functionId, qualifier));
  if (found === undefined) throw notFound();
  return show(call.context, found.row);
});

const remove = onFunction('DeleteProvisionedConcurrencyConfig', async (call) => {
  const { context } = call;
  const target = await publishedTargetOf(call);
  const place = placeOf(target);
  const key = provisionedKey(place.functionId, place.qualifier);
  await changeConcurrency(context, target.function, (row) => ({
    row,
    writes: [{ kind: 'remove', domain: context.domain, table: provisionedTable, key }],
  }));
  context.provisioning.changed(place);
  return undefined;
});

const list = onFunction('ListProvisionedConcurrencyConfigs', async (call) => {
  const { context, input } = call;
  const { function: row } = await wholeTargetOf(call);
  const page = await pageOf(input, 'provisioned', (after) => provisionedOf(context, row, after));
  return {
    ProvisionedConcurrencyConfigs: page.items.map((one) => ({
      FunctionArn: functionArn(row, one.qualifier),
      ...show(context, one),
    })),
    ...page.next,
  };
});

export const provisionedOperations = [put, get, remove, list];
