/** CreateEventSourceMapping, GetEventSourceMapping, ListEventSourceMappings, UpdateEventSourceMapping, DeleteEventSourceMapping. */
import { AwsError } from '@hypergate/kit';
import { lambdaError } from '../engine/errors.ts';
import { type EventSource, eventSourceOf } from '../engine/mapping-kinds.ts';
import { mappingSettingsOf } from '../engine/mapping-settings.ts';
import { parameterError, requireLength } from '../engine/requirements.ts';
import { settingLimits } from '../engine/setting-limits.ts';
import { withTags } from '../engine/setting-tags.ts';
import type { MappingRow } from '../model/mapping-settings.ts';
import type { ResolvedFunction } from '../store/api.ts';
import { functionArn, functionRecord, retried, unchanged } from '../store/change.ts';
import {
  mappingKey,
  mappingPairsTable,
  mappingsOf,
  mappingsTable,
  pairKey,
  putMapping,
} from '../store/mappings.ts';
import { randomUuid } from '../store/random-ids.ts';
import { roomFor } from '../store/room.ts';
import { showMapping, type Transition } from './mapping-view.ts';
import { type LambdaCall, type LambdaOperation, type Members, onAccount, textOf } from './operation.ts';
import { pageOf } from './setting-pages.ts';
import { settingNotFound } from './target.ts';

const everyMapping = () => 'event-source-mapping:*';
const uuidOf = (input: Members): string => String(input.UUID).slice(0, 36);
const onMapping = (name: string, operate: (call: LambdaCall) => Promise<Members>): LambdaOperation =>
  onAccount(name, (input) => `event-source-mapping:${uuidOf(input)}`, operate);

/** Of the caller's account: a mapping calls its function in its own name. @throws AwsError */
async function ownFunction({ context, scope }: LambdaCall, name: string): Promise<ResolvedFunction> {
  try {
    const target = await context.functions.resolve(name, undefined, scope);
    const { account, region } = target.function;
    if (account === scope.account && region === scope.region) return target;
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'ResourceNotFoundException') throw error;
  }
  throw parameterError('Function does not exist');
}

async function recordOf({ context, scope, input }: LambdaCall) {
  const found = await context.domain.get(mappingsTable, mappingKey(scope, uuidOf(input)));
  if (found === undefined) throw settingNotFound();
  return found;
}

/** Keeps the mapping the only one of its source and function. @throws AwsError */
async function claimPair({ context }: LambdaCall, row: MappingRow) {
  const key = pairKey(row);
  const taken = await context.domain.get(mappingPairsTable, key);
  if (taken !== undefined)
    throw lambdaError(
      'ResourceConflictException',
      `An event source mapping with event source arn (" ${row.sourceArn ?? ''} ") and function (" ${row.functionName} ") already exists. Please update or delete the existing mapping with UUID ${taken.row.uuid}`,
    );
  const name = { domain: context.domain, table: mappingPairsTable, key };
  return { kind: 'put', ...name, row: { uuid: row.uuid }, condition: 'absent' } as const;
}

const releasePair = ({ context }: LambdaCall, row: MappingRow) =>
  ({ kind: 'remove', domain: context.domain, table: mappingPairsTable, key: pairKey(row) }) as const;

const create = onAccount('CreateEventSourceMapping', everyMapping, (call) => createMapping(call));

async function createMapping(call: LambdaCall): Promise<Members> {
  const { context, scope, input } = call;
  const sourceArn = textOf(input, 'EventSourceArn');
  const source = eventSourceOf(sourceArn, input.SelfManagedEventSource !== undefined);
  requireOwnSource(source, call);
  const settings = mappingSettingsOf(input, source, undefined);
  const tags = withTags({}, (input.Tags as Record<string, string> | undefined) ?? {});
  const target = await ownFunction(call, String(input.FunctionName));
  await requireQueue(call, source, target);
  const row: MappingRow = {
    ...scope,
    uuid: randomUuid(context.random),
    kind: source.rules.kind,
    ...(sourceArn === undefined ? {} : { sourceArn }),
    functionName: target.function.name,
    ...(target.qualifier === undefined ? {} : { qualifier: target.qualifier }),
    modifiedMs: context.clock.now(),
    settings,
    lastResult: 'No records processed',
    tags,
  };
  await retried(async () => {
    const record = await functionRecord(context, target.function);
    const { mappingsMax } = settingLimits;
    const room = await roomFor(context, scope, 'event source mappings', mappingsMax, mappingsOf);
    await context.tables.transact([
      ...room,
      unchanged(context, record),
      putMapping(context, row, 'absent'),
      ...(sourceArn === undefined ? [] : [await claimPair(call, row)]),
    ]);
  });
  return showMapping(row, 'Creating');
}

/** Pollers read in nobody's name, so they must not be sent to what is another account's. @throws AwsError */
function requireOwnSource(
  { account, region }: { readonly account: string | undefined; readonly region: string | undefined },
  { scope }: LambdaCall,
): void {
  if (account !== undefined && account !== scope.account)
    throw parameterError('The event source has to be of the account of the function.');
  if (region !== undefined && region !== scope.region)
    throw parameterError('The event source has to be of the region of the function.');
}

/**
 * A queue has to be there, and to keep a message away from others for as long as the function may take with it.
 * @throws AwsError
 */
async function requireQueue(
  { context, input }: LambdaCall,
  { rules }: EventSource,
  { version }: ResolvedFunction,
): Promise<void> {
  if (rules.kind !== 'sqs') return;
  const queue = await context.queues.find(String(input.EventSourceArn));
  if (queue === undefined)
    throw parameterError(
      'Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.',
    );
  const visibilitySeconds = queue.visibilityMs / 1000;
  if (visibilitySeconds < version.timeoutSeconds)
    throw parameterError(
      `Queue visibility timeout: ${visibilitySeconds} seconds is less than Function timeout: ${version.timeoutSeconds} seconds`,
    );
}

const get = onMapping('GetEventSourceMapping', async (call) => showMapping((await recordOf(call)).row));

const list = onAccount('ListEventSourceMappings', everyMapping, async (call) => {
  const { context, scope, input } = call;
  const sourceArn = textOf(input, 'EventSourceArn');
  const functionName = textOf(input, 'FunctionName');
  if (sourceArn !== undefined) requireLength(sourceArn, 'eventSourceArn', settingLimits.sourceArnMax);
  const target = functionName === undefined ? undefined : await ownFunctionListed(call, functionName);
  const arn = target === undefined ? undefined : functionArn(target.function, target.qualifier);
  const page = await pageOf(input, 'mappings', async function* (after) {
    for await (const [uuid, row] of mappingsOf(context, scope, after)) {
      if (sourceArn !== undefined && row.sourceArn !== sourceArn) continue;
      const own = functionArn({ ...row, name: row.functionName }, row.qualifier);
      if (arn === undefined || arn === own) yield [uuid, row] as const;
    }
  });
  return { EventSourceMappings: page.items.map((row) => showMapping(row)), ...page.next };
});

async function ownFunctionListed(call: LambdaCall, name: string): Promise<ResolvedFunction> {
  const target = await call.context.functions.resolve(name, undefined, call.scope);
  if (target.function.account !== call.scope.account || target.function.region !== call.scope.region)
    throw parameterError('Mappings of functions of other accounts and regions are not shown.');
  return target;
}

const update = onMapping('UpdateEventSourceMapping', async (call) => {
  const { context, input } = call;
  const named = textOf(input, 'FunctionName');
  const target = named === undefined ? undefined : await ownFunction(call, named);
  const { UUID: _uuid, FunctionName: _name, ...given } = input;
  return retried(async () => {
    const { row: before, revision } = await recordOf(call);
    const source = eventSourceOf(before.sourceArn, before.kind === 'self-managed-kafka');
    const settings = mappingSettingsOf(given, source, before.settings);
    const { qualifier: _, ...rest } = before;
    const row: MappingRow = {
      ...(target === undefined ? before : { ...rest, functionName: target.function.name }),
      ...(target?.qualifier === undefined ? {} : { qualifier: target.qualifier }),
      settings,
      modifiedMs: context.clock.now(),
    };
    const isMoved = !Buffer.from(pairKey(row).sort).equals(pairKey(before).sort);
    const pairs =
      isMoved && row.sourceArn !== undefined ? [releasePair(call, before), await claimPair(call, row)] : [];
    await context.tables.transact([putMapping(context, row, { revision }), ...pairs]);
    return showMapping(row, transitionOf(before, row));
  });
});

function transitionOf({ settings: before }: MappingRow, { settings: after }: MappingRow): Transition {
  if (before.enabled === after.enabled) return 'Updating';
  return after.enabled ? 'Enabling' : 'Disabling';
}

const remove = onMapping('DeleteEventSourceMapping', (call) =>
  retried(async () => {
    const { context } = call;
    const { row, revision } = await recordOf(call);
    const name = { domain: context.domain, table: mappingsTable, key: mappingKey(row, row.uuid) };
    await context.tables.transact([
      { kind: 'remove', ...name, condition: { revision } },
      ...(row.sourceArn === undefined ? [] : [releasePair(call, row)]),
    ]);
    return showMapping(row, 'Deleting');
  }),
);

export const mappingOperations = [create, get, list, update, remove];
