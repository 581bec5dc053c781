/** PublishVersion, ListVersionsByFunction. */
import { readFunctionName } from '../engine/arn.ts';
import { configuration, listedConfiguration } from '../engine/configuration-view.ts';
import { Constraints } from '../engine/constraints.ts';
import { lambdaError } from '../engine/errors.ts';
import { type Members, text } from '../engine/members.ts';
import { lambdaLimits } from '../limits.ts';
import {
  changeFunction,
  mustFindFunction,
  newestVersion,
  putVersion,
  versionsOf,
} from '../store/functions.ts';
import { PackageUses } from '../store/package-uses.ts';
import { requireRoom } from '../store/usage.ts';
import { onFunction } from './operation.ts';
import { readPage } from './pages.ts';
import { isSame, publishedFrom } from './published-version.ts';
import { latestOf, requireRevision } from './update-function.ts';

export const publishVersion = onFunction('PublishVersion', async (call): Promise<Members> => {
  const { context, input, scope } = call;
  const name = readFunctionName(text(input, 'FunctionName')!, undefined, scope);
  const description = text(input, 'Description');
  new Constraints().length(description, 'description', lambdaLimits.descriptionCharsMax).check();
  return changeFunction(context, name, async (current): Promise<Change> => {
    const source = await latestOf(call, current);
    requireRevision(input, source);
    requireCode(text(input, 'CodeSha256'), source.code.sha256);
    const newest = await newestVersion(context, current.id);
    if (newest !== undefined && isSame(newest, source))
      return { unchanged: configuration(current, newest, newest.version) };
    await requireRoom(context, scope, source.code.size);
    const row = publishedFrom(context, source, current.nextVersion, description);
    const packages = await new PackageUses().version(row, 1).writes(context.packages);
    return {
      row: { ...current, nextVersion: current.nextVersion + 1 },
      writes: [putVersion(context, row), ...packages.writes],
      result: configuration(current, row, row.version),
    };
  });
});

type Change = Awaited<ReturnType<Parameters<typeof changeFunction<Members>>[2]>>;

function requireCode(asked: string | undefined, sha256: string): void {
  if (asked === undefined || asked === sha256) return;
  throw lambdaError(
    'InvalidParameterValueException',
    `CodeSHA256 (${asked.slice(0, 128)}) is different from current CodeSHA256 in $LATEST (${sha256}). Please try again with the CodeSHA256 in $LATEST.`,
  );
}

export const listVersionsByFunction = onFunction(
  'ListVersionsByFunction',
  async ({ context, input, scope }) => {
    const name = readFunctionName(text(input, 'FunctionName')!, undefined, scope);
    const { row } = await mustFindFunction(context, name);
    const page = await readPage(
      input,
      ['ListVersionsByFunction', row.id],
      lambdaLimits.pageMax,
      async function* (after) {
        for await (const version of versionsOf(context, row.id, after?.[0]))
          yield { at: [version.version], item: listedConfiguration(row, version, version.version) };
      },
    );
    return { Versions: page.items, NextMarker: page.marker };
  },
);
