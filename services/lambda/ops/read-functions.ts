/** GetFunction, GetFunctionConfiguration, ListFunctions. */
import { readFunctionName } from '../engine/arn.ts';
import { configuration, listedConfiguration } from '../engine/configuration-view.ts';
import { Constraints } from '../engine/constraints.ts';
import { type Members, text } from '../engine/members.ts';
import { lambdaLimits } from '../limits.ts';
import { functionsTable, scopePartition } from '../model/tables.ts';
import { findFunction, findVersion, findVersionRow, latest, versionsOf } from '../store/functions.ts';
import { type LambdaCall, type LambdaOperation, onFunction } from './operation.ts';
import { type Entry, readPage } from './pages.ts';

async function find({ context, input, scope }: LambdaCall) {
  const name = readFunctionName(text(input, 'FunctionName')!, text(input, 'Qualifier'), scope);
  const found = await findVersion(context, name);
  return { found, shown: configuration(found.function, found.version, name.qualifier) };
}

export const getFunctionConfiguration = onFunction('GetFunctionConfiguration', async (call) => {
  const { shown } = await find(call);
  return shown;
});

export const getFunction = onFunction('GetFunction', async (call): Promise<Members> => {
  const { found, shown } = await find(call);
  const { tags, reservedConcurrency } = found.function;
  return {
    Configuration: shown,
    Code: { RepositoryType: 'S3', Location: await call.context.codeUrl(found.version.code) },
    ...(Object.keys(tags).length === 0 ? {} : { Tags: tags }),
    ...(reservedConcurrency === undefined
      ? {}
      : { Concurrency: { ReservedConcurrentExecutions: reservedConcurrency } }),
  };
});

export const listFunctions: LambdaOperation = {
  name: 'ListFunctions',
  resources: () => [],
  operate: async (call) => {
    const { input, scope } = call;
    const which = text(input, 'FunctionVersion');
    new Constraints().oneOf(which, 'functionVersion', ['ALL']).check();
    const listing = ['ListFunctions', scope.account, scope.region, which ?? ''];
    const page = await readPage(input, listing, lambdaLimits.pageMax, (after) =>
      which === 'ALL' ? allVersions(call, after) : latestVersions(call, after?.[0]),
    );
    return { output: { Functions: page.items, NextMarker: page.marker } };
  },
};

async function* functionNames({ context, scope }: LambdaCall, bound: { gt?: Buffer; gte?: Buffer }) {
  const cursor = context.domain.cursor(functionsTable, scopePartition(scope), bound);
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next())
    yield Buffer.from(entry.sort).toString();
}

async function* latestVersions(call: LambdaCall, after: string | undefined): AsyncGenerator<Entry> {
  const { context, scope } = call;
  for await (const name of functionNames(call, after === undefined ? {} : { gt: Buffer.from(after) })) {
    const found = await findFunction(context, { ...scope, name });
    const version = found && (await findVersionRow(context, found.row.id, latest));
    // Gone since the listing began.
    if (found === undefined || version === undefined) continue;
    yield { at: [name], item: listedConfiguration(found.row, version.row, undefined) };
  }
}

async function* allVersions(call: LambdaCall, after: readonly string[] | undefined): AsyncGenerator<Entry> {
  const { context, scope } = call;
  const [from, behind] = after ?? [];
  for await (const name of functionNames(call, from === undefined ? {} : { gte: Buffer.from(from) })) {
    const found = await findFunction(context, { ...scope, name });
    if (found === undefined) continue;
    const versions = versionsOf(context, found.row.id, name === from ? behind : undefined);
    for await (const version of versions) {
      const item = listedConfiguration(found.row, version, version.version);
      yield { at: [name, version.version], item };
    }
  }
}
