/** CreateFunction: the function, its `$LATEST` and, if asked for, its first version in one transaction. */
import { ConditionFailed, type DomainWrite } from '@hypergate/table';
import { functionArn, readNewFunctionName } from '../engine/arn.ts';
import { configuration } from '../engine/configuration-view.ts';
import { Constraints } from '../engine/constraints.ts';
import { lambdaError } from '../engine/errors.ts';
import { type Members, structure, text, textMap, texts } from '../engine/members.ts';
import { checkTags } from '../engine/tags.ts';
import { checkConfiguration, newConfiguration } from '../engine/validate-configuration.ts';
import { lambdaLimits } from '../limits.ts';
import type { FunctionRow, VersionRow } from '../model/function-rows.ts';
import { functionKey, functionsTable } from '../model/tables.ts';
import { attachCodeSigning, requireTrustedCode } from '../store/code-signing.ts';
import { findFunction, latest, putVersion, retried } from '../store/functions.ts';
import { uuid } from '../store/ids.ts';
import { PackageUses } from '../store/package-uses.ts';
import { requireRoom } from '../store/usage.ts';
import { circuitOf } from './circuit.ts';
import { checkUnpackedSize, stageCode, withStaged } from './code.ts';
import { useLayers } from './layer-uses.ts';
import { type LambdaCall, onFunction } from './operation.ts';
import { publishedFrom } from './published-version.ts';

export const createFunction = onFunction('CreateFunction', create, {
  bodyBytesMax: lambdaLimits.createBodyMax,
});

async function create(call: LambdaCall): Promise<Members> {
  const { context, input, scope } = call;
  new Constraints().required(text(input, 'Role'), 'role').check();
  const name = readNewFunctionName(text(input, 'FunctionName')!, scope);
  checkConfiguration(input, scope);
  const tags = textMap(input, 'Tags') ?? {};
  checkTags(tags);
  const settings = newConfiguration(input, name.name);
  const existing = () => lambdaError('ResourceConflictException', `Function already exist: ${name.name}`);
  if ((await findFunction(context, name)) !== undefined) throw existing();
  const codeSigningConfigArn = text(input, 'CodeSigningConfigArn');
  await requireTrustedCode(context, scope, codeSigningConfigArn, undefined);
  const staged = await stageCode(call, structure(input, 'Code') ?? {});
  return withStaged(staged, async () => {
    const circuit = await circuitOf(call, settings.runtime, staged);
    const isPublished = input.Publish === true;
    await requireRoom(context, scope, staged.ref.size * (isPublished ? 2 : 1), 1);
    const nowMs = context.clock.now();
    const row: FunctionRow = {
      account: name.account,
      region: name.region,
      name: name.name,
      id: uuid(context.random),
      createdMs: nowMs,
      nextVersion: isPublished ? 2 : 1,
      tags: { ...tags },
      policies: {},
      recursiveLoop: 'Terminate',
      ...(codeSigningConfigArn === undefined ? {} : { codeSigningConfigArn }),
    };
    let shown: VersionRow | undefined;
    const takesStaged = await retried(async () => {
      const layers = await useLayers(call, texts(input, 'Layers') ?? [], []);
      checkUnpackedSize(staged.ref, layers);
      const version: VersionRow = {
        ...settings,
        version: latest,
        functionName: row.name,
        functionId: row.id,
        revisionId: uuid(context.random),
        lastModifiedMs: nowMs,
        code: staged.ref,
        ...circuit,
        layers,
      };
      const versions = isPublished ? [version, publishedFrom(context, version, 1)] : [version];
      const uses = new PackageUses();
      for (const one of versions) uses.version(one, 1);
      const packages = await uses.writes(context.packages, staged);
      const own: DomainWrite = {
        kind: 'put',
        domain: context.domain,
        table: functionsTable,
        key: functionKey(name, name.name),
        row,
        condition: 'absent',
      };
      try {
        const versionWrites = versions.map((one) => putVersion(context, one));
        const signing =
          codeSigningConfigArn === undefined
            ? []
            : [await attachCodeSigning(context, scope, codeSigningConfigArn)];
        await context.tables.transact([own, ...versionWrites, ...packages.writes, ...signing]);
      } catch (error) {
        const isTaken = error instanceof ConditionFailed && (await findFunction(context, name)) !== undefined;
        throw isTaken ? existing() : error;
      }
      shown = versions.at(-1);
      return packages.takesStaged;
    });
    // Also the answer about a version has the ARN of the function.
    return {
      result: { ...configuration(row, shown!, undefined), FunctionArn: functionArn(row) },
      takesStaged,
    };
  });
}
