/** DeleteFunction: all of it, or one version that no alias points to. */
import type { DomainWrite } from '@hypergate/table';
import { isVersionNumber, readFunctionName } from '../engine/arn.ts';
import { lambdaError } from '../engine/errors.ts';
import { text } from '../engine/members.ts';
import type { FunctionRow } from '../model/function-rows.ts';
import { aliasesTable, aliasKey } from '../store/aliases.ts';
import type { LambdaContext } from '../store/context.ts';
import {
  aliasesOf,
  changeFunction,
  findVersionRow,
  latest,
  removeVersion,
  versionsOf,
} from '../store/functions.ts';
import { PackageUses } from '../store/package-uses.ts';
import { forgetSettings } from '../store/settings.ts';
import { onFunction } from './operation.ts';

export const deleteFunction = onFunction('DeleteFunction', async ({ context, input, scope }) => {
  const name = readFunctionName(text(input, 'FunctionName')!, text(input, 'Qualifier'), scope);
  const { qualifier } = name;
  if (qualifier === latest) refuse('$LATEST version cannot be deleted without deleting the function.');
  if (qualifier !== undefined && !isVersionNumber(qualifier) && !qualifier.startsWith('$'))
    refuse('Deletion of aliases is not currently supported.');
  const goneId = await changeFunction(context, name, async (current) => {
    if (qualifier !== undefined) return removeOne(context, current, qualifier);
    return removeAll(context, current);
  });
  if (goneId !== undefined) {
    context.invoker.retire(goneId, qualifier);
    context.provisioning.recheck(goneId);
  }
  return { StatusCode: 204 };
});

async function removeOne(context: LambdaContext, current: FunctionRow, version: string) {
  const found = await findVersionRow(context, current.id, version);
  // To delete what is not there is no error, as on AWS.
  if (found === undefined) return { unchanged: undefined };
  for await (const alias of aliasesOf(context, current.id)) {
    if (alias.version !== version && alias.weights?.[version] === undefined) continue;
    throw lambdaError(
      'ResourceConflictException',
      `Version ${version} is what the alias ${alias.name} points to: point it elsewhere, or delete it, first.`,
    );
  }
  const writes = [removeVersion(context, found.row)];
  const packages = await new PackageUses().version(found.row, -1).writes(context.packages);
  const attached = await forgetSettings(context, current, version);
  return { writes: [...writes, ...packages.writes, ...attached], result: current.id };
}

async function removeAll(context: LambdaContext, current: FunctionRow) {
  const writes: DomainWrite[] = [];
  const uses = new PackageUses();
  for await (const version of versionsOf(context, current.id)) {
    writes.push(removeVersion(context, version));
    uses.version(version, -1);
  }
  for await (const { name } of aliasesOf(context, current.id)) {
    const key = aliasKey(current.id, name);
    writes.push({ kind: 'remove', domain: context.domain, table: aliasesTable, key });
  }
  const packages = await uses.writes(context.packages);
  const attached = await forgetSettings(context, current);
  return {
    isRemoved: true,
    writes: [...writes, ...packages.writes, ...attached],
    result: current.id,
  };
}

function refuse(message: string): never {
  throw lambdaError('InvalidParameterValueException', message);
}
