/** CreateFunctionUrlConfig, GetFunctionUrlConfig, UpdateFunctionUrlConfig, DeleteFunctionUrlConfig, ListFunctionUrlConfigs. */
import { ConditionFailed } from '@hypergate/table';
import { lambdaError } from '../engine/errors.ts';
import { requireOneOf } from '../engine/requirements.ts';
import { settingLimits } from '../engine/setting-limits.ts';
import { authTypes, corsOf, invokeModes, requireAlias, showCors } from '../engine/url-settings.ts';
import type { ResolvedFunction } from '../store/api.ts';
import { functionArn, functionRecord, retried, unchanged } from '../store/change.ts';
import type { LambdaContext } from '../store/context.ts';
import { randomName } from '../store/random-ids.ts';
import { putUrl, type UrlRow, urlKey, urlsOf, urlsTable } from '../store/urls.ts';
import { type LambdaCall, type Members, onFunction, textOf } from './operation.ts';
import { pageOf } from './setting-pages.ts';
import { settingNotFound, targetOf, wholeTargetOf } from './target.ts';

const show = ({ urlOf }: LambdaContext, row: UrlRow, arn: string): Members => ({
  FunctionUrl: urlOf(row.urlId, row.region),
  FunctionArn: arn,
  AuthType: row.authType,
  CreationTime: new Date(row.createdMs).toISOString(),
  LastModifiedTime: new Date(row.modifiedMs).toISOString(),
  InvokeMode: row.invokeMode,
  ...(row.cors === undefined ? {} : { Cors: showCors(row.cors) }),
});

const arnOf = (target: ResolvedFunction): string => functionArn(target.function, target.qualifier);
const keyOf = ({ function: { id }, qualifier }: ResolvedFunction) => urlKey(id, qualifier ?? '');

async function aliasTargetOf(call: LambdaCall): Promise<ResolvedFunction> {
  requireAlias(textOf(call.input, 'Qualifier'));
  const target = await targetOf(call);
  requireAlias(target.qualifier);
  return target;
}

/** What a call says about a URL; nothing of what it leaves out. */
function changesOf(input: Members): Partial<Pick<UrlRow, 'authType' | 'invokeMode' | 'cors'>> {
  const { AuthType, InvokeMode, Cors } = input;
  return {
    ...(AuthType === undefined ? {} : { authType: requireOneOf(String(AuthType), 'authType', authTypes) }),
    ...(InvokeMode === undefined
      ? {}
      : { invokeMode: requireOneOf(String(InvokeMode), 'invokeMode', invokeModes) }),
    ...(Cors === undefined ? {} : { cors: corsOf(Cors as Members) }),
  };
}

const create = onFunction('CreateFunctionUrlConfig', async (call) => {
  const { context, input } = call;
  const changes = changesOf(input);
  const target = await aliasTargetOf(call);
  const nowMs = context.clock.now();
  const row: UrlRow = {
    account: target.function.account,
    region: target.function.region,
    functionName: target.function.name,
    functionId: target.function.id,
    qualifier: target.qualifier ?? '',
    urlId: randomName(context.random, settingLimits.urlIdChars),
    authType: 'AWS_IAM',
    invokeMode: 'BUFFERED',
    createdMs: nowMs,
    modifiedMs: nowMs,
    ...changes,
  };
  await retried(async () => {
    const record = await functionRecord(context, target.function);
    if ((await context.domain.get(urlsTable, keyOf(target))) !== undefined)
      throw lambdaError(
        'ResourceConflictException',
        `Failed to create function url config for [functionArn = ${arnOf(target)}]. Error message:  FunctionUrlConfig exists for this Lambda function`,
      );
    await context.tables.transact([unchanged(context, record), putUrl(context, row, 'absent')]);
  });
  const { LastModifiedTime: _, ...shown } = show(context, row, arnOf(target));
  return shown;
});

const get = onFunction('GetFunctionUrlConfig', async (call) => {
  const target = await aliasTargetOf(call);
  const found = await call.context.domain.get(urlsTable, keyOf(target));
  if (found === undefined) throw settingNotFound();
  return show(call.context, found.row, arnOf(target));
});

const update = onFunction('UpdateFunctionUrlConfig', async (call) => {
  const { context, input } = call;
  const changes = changesOf(input);
  const target = await aliasTargetOf(call);
  const row = await retried(async () => {
    const found = await context.domain.get(urlsTable, keyOf(target));
    if (found === undefined) throw settingNotFound();
    const after = { ...found.row, ...changes, modifiedMs: context.clock.now() };
    await context.tables.transact([putUrl(context, after, { revision: found.revision })]);
    return after;
  });
  return show(context, row, arnOf(target));
});

const remove = onFunction('DeleteFunctionUrlConfig', async (call) => {
  const { context } = call;
  const target = await aliasTargetOf(call);
  const write = { domain: context.domain, table: urlsTable, key: keyOf(target) };
  try {
    await context.tables.transact([{ kind: 'remove', ...write, condition: 'present' }]);
  } catch (error) {
    if (error instanceof ConditionFailed) throw settingNotFound();
    throw error;
  }
  return undefined;
});

const list = onFunction('ListFunctionUrlConfigs', async (call) => {
  const { context, input } = call;
  const { function: row } = await wholeTargetOf(call);
  const { items, next } = await pageOf(input, 'urls', (after) => urlsOf(context, row, after));
  return {
    FunctionUrlConfigs: items.map((url) =>
      show(context, url, functionArn(row, url.qualifier === '' ? undefined : url.qualifier)),
    ),
    ...next,
  };
});

export const urlOperations = [create, get, update, remove, list];
