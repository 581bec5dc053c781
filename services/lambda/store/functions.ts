/**
 * Functions, versions and aliases in the store. Whatever changes a function's versions or aliases also writes the function's own record on
 * condition of its revision, so that all such changes of all gateways are in one order and none is lost.
 */
import type { ResourceRef } from '@hypergate/kit';
import {
  ConditionFailed,
  type DomainWrite,
  type RecordKey,
  type StoredRecord,
  type TableDefinition,
} from '@hypergate/table';
import { pickVersion } from '../engine/alias-routing.ts';
import {
  type FunctionName,
  isVersionNumber,
  namedFunction,
  qualifiedArn,
  readFunctionName,
} from '../engine/arn.ts';
import { functionNotFound } from '../engine/errors.ts';
import { lambdaLimits } from '../limits.ts';
import type { FunctionRow, VersionRow } from '../model/function-rows.ts';
import {
  functionKey,
  functionsTable,
  type Scope,
  versionKey,
  versionOfSort,
  versionsTable,
} from '../model/tables.ts';
import { type AliasRow, aliasesTable, aliasKey } from './aliases.ts';
import type { Functions, ResolvedFunction } from './api.ts';
import type { LambdaBase } from './context.ts';

export const latest = '$LATEST';

export function createFunctions(base: LambdaBase): Functions {
  return {
    resolve: (name, qualifier, scope) => resolve(base, readFunctionName(name, qualifier, scope)),
    access: (name, qualifier, scope) => access(base, name, qualifier, scope),
  };
}

/** What a name leads to, without a choice among versions. */
export interface FoundFunction {
  readonly function: FunctionRow;
  readonly version: VersionRow;
  readonly alias: AliasRow | undefined;
}

/** @throws AwsError ResourceNotFoundException */
export async function findVersion(base: LambdaBase, named: FunctionName): Promise<FoundFunction> {
  return locate(base, named, ({ version }) => version);
}

async function resolve(base: LambdaBase, named: FunctionName): Promise<ResolvedFunction> {
  const found = await locate(base, named, (alias) => pickVersion(alias, fraction(base)));
  return {
    function: found.function,
    version: found.version,
    invokedArn: qualifiedArn(named, named.qualifier),
    qualifier: named.qualifier,
  };
}

async function locate(
  base: LambdaBase,
  named: FunctionName,
  choose: (alias: AliasRow) => string,
): Promise<FoundFunction> {
  const missing = () => functionNotFound(qualifiedArn(named, named.qualifier));
  const row = await findFunction(base, named);
  if (row === undefined) throw missing();
  const qualifier = named.qualifier ?? latest;
  const isVersion = qualifier === latest || isVersionNumber(qualifier);
  const alias = isVersion ? undefined : await findAlias(base, row.row.id, qualifier);
  if (!isVersion && alias === undefined) throw missing();
  const version = await findVersionRow(base, row.row.id, alias === undefined ? qualifier : choose(alias.row));
  if (version === undefined) throw missing();
  return { function: row.row, version: version.row, alias: alias?.row };
}

/** 32 random bits as a share of all. */
function fraction(base: LambdaBase): number {
  return Buffer.from(base.random.bytes(4)).readUInt32BE() / 2 ** 32;
}

async function access(
  base: LambdaBase,
  name: string,
  qualifier: string | undefined,
  scope: Scope,
): Promise<ResourceRef> {
  const named = namedFunction(name, qualifier, scope);
  // What is no name is refused by the operation, in its words.
  if (named === undefined)
    return {
      arn: `arn:aws:lambda:${scope.region}:${scope.account}:function:*`,
      ownerAccountId: scope.account,
    };
  const arn = qualifiedArn(named, named.qualifier);
  const row = await findFunction(base, named);
  const statements = row?.row.policies[named.qualifier === latest ? '' : (named.qualifier ?? '')]?.statements;
  return {
    arn,
    // Also of what is not there: nobody learns, or makes, anything in an account that is another's.
    ownerAccountId: named.account,
    ...(statements === undefined || statements.length === 0
      ? {}
      : { policy: { Version: '2012-10-17', Id: 'default', Statement: statements } }),
  };
}

export function findFunction(base: LambdaBase, named: Scope & { readonly name: string }) {
  const { account, region, name } = named;
  return read(base, functionsTable, functionKey(named, name), `${account}/${region}/${name}`);
}

/** Records that calls ask for again and again, as they were read last. */
const readBefore = new WeakMap<LambdaBase['domain'], Map<string, StoredRecord<unknown>>>();
const readBeforeMax = 2000;

/** Always as it is in the store; what has not changed since is not opened again. @param name of the record among those of its table */
async function read<Row>(
  { domain }: LambdaBase,
  table: TableDefinition<Row>,
  key: RecordKey,
  name: string,
): Promise<StoredRecord<Row> | undefined> {
  const all = readBefore.get(domain) ?? new Map<string, StoredRecord<unknown>>();
  readBefore.set(domain, all);
  const full = `${table.name}/${name}`;
  const known = all.get(full) as StoredRecord<Row> | undefined;
  const found = await domain.get(table, key, known);
  if (found === known) return found;
  all.delete(full);
  if (found === undefined) return undefined;
  all.set(full, found);
  if (all.size > readBeforeMax) all.delete(all.keys().next().value!);
  return found;
}

/** @throws AwsError ResourceNotFoundException */
export async function mustFindFunction(
  base: LambdaBase,
  named: FunctionName,
): Promise<StoredRecord<FunctionRow>> {
  const found = await findFunction(base, named);
  if (found === undefined) throw functionNotFound(qualifiedArn(named, undefined));
  return found;
}

/** @param version a number in any spelling is not one of ours: `01` is none */
export async function findVersionRow(
  base: LambdaBase,
  functionId: string,
  version: string,
): Promise<StoredRecord<VersionRow> | undefined> {
  if (version !== latest && !/^[1-9]\d{0,15}$/.test(version)) return undefined;
  return read(base, versionsTable, versionKey(functionId, version), `${functionId}/${version}`);
}

export function findAlias(base: LambdaBase, functionId: string, name: string) {
  return base.domain.get(aliasesTable, aliasKey(functionId, name));
}

/** `$LATEST` first, then numbers. */
export async function* versionsOf(
  base: LambdaBase,
  functionId: string,
  after?: string,
): AsyncGenerator<VersionRow> {
  const { partition, sort } = versionKey(functionId, after ?? latest);
  const cursor = base.domain.cursor(versionsTable, partition, after === undefined ? {} : { gt: sort });
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
    const found = await findVersionRow(base, functionId, versionOfSort(entry.sort));
    if (found !== undefined) yield found.row;
  }
}

/** @returns undefined when none is published */
export async function newestVersion(base: LambdaBase, functionId: string): Promise<VersionRow | undefined> {
  const { partition } = versionKey(functionId, latest);
  const [entry] = await base.domain.scan(versionsTable, partition, { reverse: true, limit: 1 });
  if (entry === undefined || entry.sort.length === 0) return undefined;
  return (await findVersionRow(base, functionId, versionOfSort(entry.sort)))?.row;
}

export async function* aliasesOf(
  base: LambdaBase,
  functionId: string,
  after?: string,
): AsyncGenerator<AliasRow> {
  const { partition, sort } = aliasKey(functionId, after ?? '');
  const cursor = base.domain.cursor(aliasesTable, partition, after === undefined ? {} : { gt: sort });
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
    const found = await findAlias(base, functionId, Buffer.from(entry.sort).toString());
    if (found !== undefined) yield found.row;
  }
}

/** What becomes of a function: its record (as it was, unless given), and what else is written with it. */
export interface FunctionChange<Result> {
  readonly row?: FunctionRow;
  /** The function itself goes. */
  readonly isRemoved?: boolean;
  readonly writes: readonly DomainWrite[];
  readonly result: Result;
}

/**
 * Decides a change on what is there, and again when somebody else was first.
 * @param decide without effects, as it may be asked again
 * @throws AwsError ResourceNotFoundException and what `decide` throws; ConditionFailed when others were first too often
 */
export async function changeFunction<Result>(
  base: LambdaBase,
  named: FunctionName,
  decide: (current: FunctionRow) => Promise<FunctionChange<Result> | { readonly unchanged: Result }>,
): Promise<Result> {
  const key = functionKey(named, named.name);
  return retried(async () => {
    const current = await mustFindFunction(base, named);
    const change = await decide(current.row);
    if ('unchanged' in change) return change.unchanged;
    const condition = { revision: current.revision };
    const own = { domain: base.domain, table: functionsTable, key, condition };
    await base.tables.transact([
      change.isRemoved === true
        ? { kind: 'remove', ...own }
        : { kind: 'put', ...own, row: change.row ?? current.row },
      ...change.writes,
    ]);
    return change.result;
  });
}

/** @throws ConditionFailed when others were first too often */
export async function retried<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ConditionFailed) || attempts === lambdaLimits.changeAttemptsMax) throw error;
    }
  }
}

export function putVersion(base: LambdaBase, row: VersionRow): DomainWrite {
  const key = versionKey(row.functionId, row.version);
  return { kind: 'put', domain: base.domain, table: versionsTable, key, row };
}

export function removeVersion(base: LambdaBase, row: VersionRow): DomainWrite {
  const key = versionKey(row.functionId, row.version);
  return { kind: 'remove', domain: base.domain, table: versionsTable, key };
}
