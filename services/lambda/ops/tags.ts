/** TagResource, UntagResource, ListTags: of functions, event source mappings and code signing configurations. */
import type { ResourceRef } from '@hypergate/kit';
import type { DomainWrite } from '@hypergate/table';
import { lambdaError } from '../engine/errors.ts';
import { parameterError, requirePattern } from '../engine/requirements.ts';
import { type Tags, withoutTags, withTags } from '../engine/setting-tags.ts';
import type { MappingRow } from '../model/mapping-settings.ts';
import { functionKey, functionsTable } from '../model/tables.ts';
import { functionRecord, retried } from '../store/change.ts';
import { findCodeSigning, putCodeSigning } from '../store/code-signing.ts';
import { mappingKey, mappingsTable, putMapping } from '../store/mappings.ts';
import { mappingArn } from './mapping-view.ts';
import type { LambdaCall, LambdaOperation, Members } from './operation.ts';

const arnForm =
  /^arn:aws[a-zA-Z-]*:lambda:[a-z]{2}(?:-[a-z]+)+-\d:\d{12}:(function|layer|code-signing-config|event-source-mapping|capacity-provider):\S{1,200}$/;
const shownForm =
  'arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})';

interface Tagged {
  readonly tags: Tags;
  with(tags: Record<string, string>): DomainWrite;
}

const arnOf = ({ input }: LambdaCall): string => String(input.Resource);

/** @throws AwsError */
async function taggedOf(call: LambdaCall): Promise<Tagged> {
  const arn = arnOf(call);
  requirePattern(arn, 'resource', arnForm, shownForm);
  const kind = arn.split(':')[5];
  if (kind === 'function') return taggedFunction(call, arn);
  if (kind === 'code-signing-config') return taggedConfig(call, arn);
  if (kind === 'event-source-mapping') return taggedMapping(call, arn);
  throw parameterError(`Tags of resources of this kind are not supported: ${kind}`);
}

async function taggedFunction({ context, scope }: LambdaCall, arn: string): Promise<Tagged> {
  const { function: known, qualifier } = await context.functions.resolve(arn, undefined, scope);
  if (qualifier !== undefined)
    throw parameterError(
      'Tags on function aliases and versions are not supported. Please specify a function ARN.',
    );
  const { row, revision } = await functionRecord(context, known);
  const name = { domain: context.domain, table: functionsTable, key: functionKey(row, row.name) };
  return {
    tags: row.tags,
    with: (tags) => ({ kind: 'put', ...name, row: { ...row, tags }, condition: { revision } }),
  };
}

async function taggedConfig({ context, scope }: LambdaCall, arn: string): Promise<Tagged> {
  const found = await findCodeSigning(context, scope, arn);
  if (found === undefined) throw notFound(arn);
  const { row, revision } = found;
  return { tags: row.tags, with: (tags) => putCodeSigning(context, { ...row, tags }, { revision }) };
}

async function taggedMapping({ context, scope }: LambdaCall, arn: string): Promise<Tagged> {
  const uuid = arn.split(':').slice(6).join(':');
  const found = await context.domain.get(mappingsTable, mappingKey(scope, uuid));
  // One of another account or region has another ARN.
  if (found === undefined || mappingArn(found.row) !== arn) throw notFound(arn);
  const row: MappingRow = found.row;
  const { revision } = found;
  return { tags: row.tags, with: (tags) => putMapping(context, { ...row, tags }, { revision }) };
}

const notFound = (arn: string) =>
  lambdaError('ResourceNotFoundException', `The resource you requested does not exist: ${arn}`);

function onResource(
  name: string,
  operate: (call: LambdaCall) => Promise<Members | undefined>,
): LambdaOperation {
  return { name, resources: resourcesOf, operate: async (call) => ({ output: (await operate(call)) ?? {} }) };
}

async function resourcesOf(call: LambdaCall): Promise<readonly ResourceRef[]> {
  const arn = arnOf(call);
  const { context, scope } = call;
  if (arnForm.exec(arn)?.[1] === 'function') return [await context.functions.access(arn, undefined, scope)];
  // What is found is of the caller's account.
  return [{ arn, ownerAccountId: scope.account }];
}

async function change(call: LambdaCall, changed: (tags: Tags) => Record<string, string>): Promise<undefined> {
  await retried(async () => {
    const tagged = await taggedOf(call);
    await call.context.tables.transact([tagged.with(changed(tagged.tags))]);
  });
}

const tag = onResource('TagResource', (call) =>
  change(call, (tags) => withTags(tags, call.input.Tags as Tags)),
);

const untag = onResource('UntagResource', (call) =>
  change(call, (tags) => withoutTags(tags, (call.input.TagKeys as unknown[]).map(String))),
);

const list = onResource('ListTags', async (call) => ({ Tags: (await taggedOf(call)).tags }));

export const tagOperations = [tag, untag, list];
