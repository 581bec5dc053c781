/** UpdateFunctionCode, UpdateFunctionConfiguration: what `$LATEST` is. */
import { type FunctionName, functionArn, readFunctionName } from '../engine/arn.ts';
import { configuration } from '../engine/configuration-view.ts';
import { Constraints } from '../engine/constraints.ts';
import { functionNotFound, lambdaError } from '../engine/errors.ts';
import { type Members, text, texts } from '../engine/members.ts';
import {
  type Architecture,
  changedConfiguration,
  checkArchitectures,
  checkConfiguration,
} from '../engine/validate-configuration.ts';
import { lambdaLimits } from '../limits.ts';
import type { FunctionRow, VersionRow } from '../model/function-rows.ts';
import { requireTrustedCode } from '../store/code-signing.ts';
import { changeFunction, findVersionRow, latest, mustFindFunction, putVersion } from '../store/functions.ts';
import { uuid } from '../store/ids.ts';
import { PackageUses } from '../store/package-uses.ts';
import { requireRoom } from '../store/usage.ts';
import { circuitOf, requireSameKind } from './circuit.ts';
import { checkUnpackedSize, stageCode, withStaged } from './code.ts';
import { useLayers } from './layer-uses.ts';
import { type LambdaCall, onFunction } from './operation.ts';
import { publishedFrom } from './published-version.ts';

export const updateFunctionCode = onFunction(
  'UpdateFunctionCode',
  async (call) => {
    const { context, input, scope } = call;
    const name = readFunctionName(text(input, 'FunctionName')!, undefined, scope);
    const architectures = texts(input, 'Architectures');
    const constraints = new Constraints();
    checkArchitectures(architectures, constraints);
    constraints.check();
    const { row } = await mustFindFunction(context, name);
    await requireTrustedCode(context, scope, row.codeSigningConfigArn, undefined);
    const known = await latestOf(call, row);
    requireRevision(input, known);
    const staged = await stageCode(call, input);
    const shown = await withStaged(staged, async () => {
      const isPublished = input.Publish === true;
      const circuit = await circuitOf(call, known.runtime, staged);
      if (input.DryRun !== true) await requireRoom(context, scope, staged.ref.size * (isPublished ? 2 : 1));
      return changeFunction(context, name, async (current) => {
        const before = await latestOf(call, current);
        requireRevision(input, before);
        checkUnpackedSize(staged.ref, before.layers);
        const after = renewed(call, {
          ...before,
          code: staged.ref,
          ...circuit,
          architecture: (architectures?.[0] ?? before.architecture) as Architecture,
        });
        if (input.DryRun === true)
          return { unchanged: { result: configuration(current, after, undefined), takesStaged: false } };
        const published = isPublished ? publishedFrom(context, after, current.nextVersion) : undefined;
        const uses = new PackageUses().count(before.code, -1).count(after.code, 1);
        if (published !== undefined) uses.version(published, 1);
        const packages = await uses.writes(context.packages, staged);
        const shown = published ?? after;
        return {
          row: { ...current, nextVersion: current.nextVersion + (isPublished ? 1 : 0) },
          writes: [
            putVersion(context, after),
            ...(published === undefined ? [] : [putVersion(context, published)]),
            ...packages.writes,
          ],
          result: {
            result: configuration(current, shown, published?.version),
            takesStaged: packages.takesStaged,
          },
        };
      });
    });
    return retired(call, row, shown);
  },
  { bodyBytesMax: lambdaLimits.createBodyMax },
);

export const updateFunctionConfiguration = onFunction('UpdateFunctionConfiguration', async (call) => {
  const { input, scope } = call;
  const name = readFunctionName(text(input, 'FunctionName')!, undefined, scope);
  checkConfiguration(input, scope);
  const { row, shown } = await changeConfiguration(call, name);
  return retired(call, row, shown);
});

async function changeConfiguration(
  call: LambdaCall,
  name: FunctionName,
): Promise<{ readonly row: FunctionRow; readonly shown: Members }> {
  const { context, input } = call;
  return changeFunction(context, name, async (current) => {
    const before = await latestOf(call, current);
    requireRevision(input, before);
    const asked = texts(input, 'Layers');
    const layers = asked === undefined ? before.layers : await useLayers(call, asked, before.layers);
    checkUnpackedSize(before.code, layers);
    const after = renewed(call, changedConfiguration(input, { ...before, layers }));
    requireSameKind(before.runtime, after.runtime);
    const uses = new PackageUses().version(before, -1).version(after, 1);
    const packages = await uses.writes(context.packages);
    return {
      writes: [putVersion(context, after), ...packages.writes],
      result: { row: current, shown: configuration(current, after, undefined) },
    };
  });
}

/** Environments of what `$LATEST` was end. */
function retired({ context, input }: LambdaCall, row: FunctionRow, shown: Members): Members {
  if (input.DryRun !== true) context.invoker.retire(row.id, latest);
  return shown;
}

function renewed({ context }: LambdaCall, row: VersionRow): VersionRow {
  return { ...row, revisionId: uuid(context.random), lastModifiedMs: context.clock.now() };
}

/** @throws AwsError ResourceNotFoundException */
export async function latestOf({ context }: LambdaCall, row: FunctionRow): Promise<VersionRow> {
  const found = await findVersionRow(context, row.id, latest);
  // It goes with its function only, which so has gone as well.
  if (found === undefined) throw functionNotFound(functionArn(row));
  return found.row;
}

/** @throws AwsError PreconditionFailedException */
export function requireRevision(input: Members, row: { readonly revisionId: string }): void {
  const asked = text(input, 'RevisionId');
  if (asked === undefined || asked === row.revisionId) return;
  throw lambdaError(
    'PreconditionFailedException',
    'The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id',
  );
}
