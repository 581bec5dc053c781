/** CreateAlias, GetAlias, ListAliases, UpdateAlias, DeleteAlias. */
import type { DomainWrite } from '@hypergate/table';
import { type AliasMembers, checkAliasMembers, checkRouting } from '../engine/alias-routing.ts';
import { qualifiedArn, readFunctionName } from '../engine/arn.ts';
import { functionNotFound, lambdaError } from '../engine/errors.ts';
import { type Members, structure, text } from '../engine/members.ts';
import { lambdaLimits } from '../limits.ts';
import type { FunctionRow } from '../model/function-rows.ts';
import { type AliasRow, aliasesTable, aliasKey } from '../store/aliases.ts';
import {
  aliasesOf,
  changeFunction,
  findAlias,
  findVersionRow,
  mustFindFunction,
} from '../store/functions.ts';
import { uuid } from '../store/ids.ts';
import { forgetSettings } from '../store/settings.ts';
import { type LambdaCall, onFunction } from './operation.ts';
import { readPage } from './pages.ts';
import { requireRevision } from './update-function.ts';

export const createAlias = onFunction('CreateAlias', async (call) => {
  const { context, input } = call;
  const name = nameOf(call);
  const members = readMembers(input);
  return changeFunction(context, name, async (current) => {
    const row: AliasRow = {
      functionId: current.id,
      name: members.name!,
      version: members.version!,
      description: members.description ?? '',
      ...(hasWeights(members) ? { weights: { ...members.weights } } : {}),
      revisionId: uuid(context.random),
    };
    await checkTargets(call, current, row);
    if ((await findAlias(context, current.id, row.name)) !== undefined) {
      throw lambdaError(
        'ResourceConflictException',
        `Alias already exists: ${qualifiedArn(current, row.name)}`,
      );
    }
    return { writes: [put(call, row)], result: view(current, row) };
  });
});

export const updateAlias = onFunction('UpdateAlias', async (call) => {
  const { context, input } = call;
  const name = nameOf(call);
  const members = readMembers(input);
  const shown = await changeFunction(context, name, async (current) => {
    const found = await findAlias(context, current.id, members.name!);
    if (found === undefined) {
      throw lambdaError(
        'ResourceNotFoundException',
        `Alias not found: ${qualifiedArn(current, members.name)}`,
      );
    }
    requireRevision(input, found.row);
    const { weights: before, ...rest } = found.row;
    const weights = members.weights ?? before;
    const row: AliasRow = {
      ...rest,
      version: members.version ?? rest.version,
      description: members.description ?? rest.description,
      ...(hasWeights({ weights }) ? { weights: { ...weights } } : {}),
      revisionId: uuid(context.random),
    };
    await checkTargets(call, current, row);
    return { writes: [put(call, row)], result: { functionId: current.id, view: view(current, row) } };
  });
  context.provisioning.recheck(shown.functionId);
  return shown.view;
});

export const deleteAlias = onFunction('DeleteAlias', async (call) => {
  const { context, input } = call;
  const name = nameOf(call);
  const members = readMembers(input);
  const functionId = await changeFunction(context, name, async (current) => {
    const found = await findAlias(context, current.id, members.name!);
    if (found === undefined) return { unchanged: undefined };
    const key = aliasKey(current.id, members.name!);
    const remove: DomainWrite = { kind: 'remove', domain: context.domain, table: aliasesTable, key };
    const settings = await forgetSettings(context, current, members.name!);
    return { writes: [remove, ...settings], result: current.id };
  });
  if (functionId !== undefined) context.provisioning.recheck(functionId);
  return undefined;
});

export const getAlias = onFunction('GetAlias', async (call) => {
  const { context, input } = call;
  const { name } = readMembers(input);
  const { row } = await mustFindFunction(context, nameOf(call));
  const found = await findAlias(context, row.id, name!);
  if (found === undefined) {
    throw lambdaError('ResourceNotFoundException', `Cannot find alias arn: ${qualifiedArn(row, name)}`);
  }
  return view(row, found.row);
});

export const listAliases = onFunction('ListAliases', async (call) => {
  const { context, input } = call;
  const { version } = readMembers(input);
  const { row } = await mustFindFunction(context, nameOf(call));
  const listing = ['ListAliases', row.id, version ?? ''];
  const page = await readPage(input, listing, lambdaLimits.aliasPageMax, async function* (after) {
    for await (const alias of aliasesOf(context, row.id, after?.[0])) {
      const isShown =
        version === undefined || alias.version === version || alias.weights?.[version] !== undefined;
      if (isShown) yield { at: [alias.name], item: view(row, alias) };
    }
  });
  return { Aliases: page.items, NextMarker: page.marker };
});

function nameOf({ input, scope }: LambdaCall) {
  return readFunctionName(text(input, 'FunctionName')!, undefined, scope);
}

function readMembers(input: Members): AliasMembers {
  const routing = structure(input, 'RoutingConfig');
  const members: AliasMembers = {
    name: text(input, 'Name'),
    version: text(input, 'FunctionVersion'),
    description: text(input, 'Description'),
    weights:
      routing === undefined
        ? undefined
        : ((structure(routing, 'AdditionalVersionWeights') ?? {}) as Record<string, number>),
  };
  checkAliasMembers(members);
  return members;
}

const hasWeights = ({ weights }: AliasMembers): boolean => Object.keys(weights ?? {}).length > 0;

/** @throws AwsError InvalidParameterValueException, ResourceNotFoundException */
async function checkTargets({ context }: LambdaCall, current: FunctionRow, row: AliasRow): Promise<void> {
  checkRouting(row);
  for (const version of [row.version, ...Object.keys(row.weights ?? {})]) {
    if ((await findVersionRow(context, current.id, version)) === undefined)
      throw functionNotFound(qualifiedArn(current, version));
  }
}

function put({ context }: LambdaCall, row: AliasRow): DomainWrite {
  const key = aliasKey(row.functionId, row.name);
  return { kind: 'put', domain: context.domain, table: aliasesTable, key, row };
}

function view(row: FunctionRow, alias: AliasRow): Members {
  return {
    AliasArn: qualifiedArn(row, alias.name),
    Name: alias.name,
    FunctionVersion: alias.version,
    Description: alias.description,
    ...(alias.weights === undefined ? {} : { RoutingConfig: { AdditionalVersionWeights: alias.weights } }),
    RevisionId: alias.revisionId,
  };
}
