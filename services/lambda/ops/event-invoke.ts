/** Put, Update, Get, Delete FunctionEventInvokeConfig and ListFunctionEventInvokeConfigs. */
import { requireDestination } from '../engine/destination.ts';
import { lambdaError } from '../engine/errors.ts';
import { parameterError, requireRange } from '../engine/requirements.ts';
import { settingLimits } from '../engine/setting-limits.ts';
import type { ResolvedFunction } from '../store/api.ts';
import { functionArn, functionRecord, retried, unchanged } from '../store/change.ts';
import {
  type EventInvokeRow,
  eventInvokeKey,
  eventInvokesOf,
  eventInvokeTable,
} from '../store/event-invoke.ts';
import { type LambdaCall, type Members, numberOf, onFunction, textOf } from './operation.ts';
import { pageOf } from './setting-pages.ts';
import { targetOf, wholeTargetOf } from './target.ts';

const arnOf = ({ function: row, qualifier = '$LATEST' }: ResolvedFunction): string =>
  functionArn(row, qualifier);
const keyOf = ({ function: { id }, qualifier }: ResolvedFunction) => eventInvokeKey(id, qualifier);

const notFound = (target: ResolvedFunction) =>
  lambdaError('ResourceNotFoundException', `The function ${arnOf(target)} doesn't have an EventInvokeConfig`);

function show(row: EventInvokeRow, arn: string): Members {
  const to = (Destination: string | undefined) => (Destination === undefined ? {} : { Destination });
  return {
    LastModified: new Date(row.modifiedMs),
    FunctionArn: arn,
    ...(row.maximumRetryAttempts === undefined ? {} : { MaximumRetryAttempts: row.maximumRetryAttempts }),
    ...(row.maximumEventAgeSeconds === undefined
      ? {}
      : { MaximumEventAgeInSeconds: row.maximumEventAgeSeconds }),
    DestinationConfig: { OnSuccess: to(row.onSuccess), OnFailure: to(row.onFailure) },
  };
}

type Changes = {
  -readonly [Name in 'maximumRetryAttempts' | 'maximumEventAgeSeconds' | 'onSuccess' | 'onFailure']?:
    | EventInvokeRow[Name]
    | undefined;
};

/** What a call says; a destination that is empty takes one away. @throws AwsError */
function changesOf(input: Members, { function: { name, account, region } }: ResolvedFunction): Changes {
  const changes: Changes = {};
  const retries = numberOf(input, 'MaximumRetryAttempts');
  const age = numberOf(input, 'MaximumEventAgeInSeconds');
  const destinations = input.DestinationConfig as Members | undefined;
  if (retries === undefined && age === undefined && destinations === undefined)
    throw parameterError('You must specify at least one of error handling or destination setting.');
  const { eventAgeSecondsMax, eventAgeSecondsMin, retryAttemptsMax } = settingLimits;
  if (retries !== undefined) {
    requireRange(retries, 'maximumRetryAttempts', 0, retryAttemptsMax);
    changes.maximumRetryAttempts = retries;
  }
  if (age !== undefined) {
    requireRange(age, 'maximumEventAgeInSeconds', eventAgeSecondsMin, eventAgeSecondsMax);
    changes.maximumEventAgeSeconds = age;
  }
  for (const [member, field] of [
    ['OnSuccess', 'onSuccess'],
    ['OnFailure', 'onFailure'],
  ] as const) {
    const given = destinations?.[member] as Members | undefined;
    if (given === undefined) continue;
    const destination = textOf(given, 'Destination') ?? '';
    if (destination !== '') requireDestination(destination, name, { account, region });
    changes[field] = destination === '' ? undefined : destination;
  }
  return changes;
}

async function write(call: LambdaCall, isUpdate: boolean): Promise<Members> {
  const { context } = call;
  const target = await targetOf(call);
  const changes = changesOf(call.input, target);
  const { account, region, name: functionName, id: functionId } = target.function;
  const blank = { account, region, functionName, functionId, qualifier: target.qualifier ?? '$LATEST' };
  const row = await retried(async () => {
    const record = await functionRecord(context, target.function);
    const found = await context.domain.get(eventInvokeTable, keyOf(target));
    if (isUpdate && found === undefined) throw notFound(target);
    const { onSuccess, onFailure, maximumEventAgeSeconds, maximumRetryAttempts } = {
      ...(isUpdate ? found?.row : {}),
      ...changes,
    };
    const after: EventInvokeRow = {
      ...blank,
      ...(maximumRetryAttempts === undefined ? {} : { maximumRetryAttempts }),
      ...(maximumEventAgeSeconds === undefined ? {} : { maximumEventAgeSeconds }),
      ...(onSuccess === undefined ? {} : { onSuccess }),
      ...(onFailure === undefined ? {} : { onFailure }),
      modifiedMs: context.clock.now(),
    };
    await context.tables.transact([
      unchanged(context, record),
      {
        kind: 'put',
        domain: context.domain,
        table: eventInvokeTable,
        key: keyOf(target),
        row: after,
        condition: found === undefined ? 'absent' : { revision: found.revision },
      },
    ]);
    return after;
  });
  return show(row, arnOf(target));
}

const put = onFunction('PutFunctionEventInvokeConfig', (call) => write(call, false));
const update = onFunction('UpdateFunctionEventInvokeConfig', (call) => write(call, true));

const get = onFunction('GetFunctionEventInvokeConfig', async (call) => {
  const target = await targetOf(call);
  const found = await call.context.domain.get(eventInvokeTable, keyOf(target));
  if (found === undefined) throw notFound(target);
  return show(found.row, arnOf(target));
});

const remove = onFunction('DeleteFunctionEventInvokeConfig', async (call) => {
  const { context } = call;
  const target = await targetOf(call);
  await retried(async () => {
    const found = await context.domain.get(eventInvokeTable, keyOf(target));
    if (found === undefined) throw notFound(target);
    const { revision } = found;
    const name = { domain: context.domain, table: eventInvokeTable, key: keyOf(target) };
    await context.tables.transact([{ kind: 'remove', ...name, condition: { revision } }]);
  });
  return undefined;
});

const list = onFunction('ListFunctionEventInvokeConfigs', async (call) => {
  const { context, input } = call;
  const { function: row } = await wholeTargetOf(call);
  const page = await pageOf(input, 'event-invoke', (after) => eventInvokesOf(context, row, after));
  return {
    FunctionEventInvokeConfigs: page.items.map((one) => show(one, functionArn(row, one.qualifier))),
    ...page.next,
  };
});

export const eventInvokeOperations = [put, update, get, remove, list];
