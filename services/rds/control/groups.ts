/** Parameter groups by name: those that accounts made, and the default one of each family, which has no values of its own. */
import type { TableDefinition } from '@hypergate/table';
import type { InstanceRecord, ParameterGroupRecord } from '../model/control-records.ts';
import {
  clusterParameterGroupTable,
  clusterTable,
  parameterGroupTable,
  type Scope,
} from '../model/control-tables.ts';
import { familyOf } from './engines.ts';
import { invalidCombination, rdsError } from './errors.ts';
import { families } from './parameters/index.ts';
import type { ControlStore } from './store.ts';

export type GroupKind = 'db' | 'cluster';

export const groupTable = (kind: GroupKind): TableDefinition<ParameterGroupRecord> =>
  kind === 'db' ? parameterGroupTable : clusterParameterGroupTable;

export function defaultGroups(scope: Scope): ParameterGroupRecord[] {
  return families.map(({ name }) => ({
    account: scope.account,
    region: scope.region,
    name: `default.${name}`,
    createdMs: 0,
    tags: [],
    family: name,
    description: `Default parameter group for ${name}`,
    parameters: {},
  }));
}

export async function findGroup(
  store: ControlStore,
  scope: Scope,
  kind: GroupKind,
  name: string,
): Promise<ParameterGroupRecord | undefined> {
  const lower = name.toLowerCase();
  return defaultGroups(scope).find((one) => one.name === lower) ?? store.get(groupTable(kind), scope, lower);
}

/** @throws AwsError */
export async function requireGroup(
  store: ControlStore,
  scope: Scope,
  kind: GroupKind,
  name: string,
): Promise<ParameterGroupRecord> {
  const group = await findGroup(store, scope, kind, name);
  if (group !== undefined) return group;
  throw kind === 'db'
    ? rdsError('DBParameterGroupNotFound', `DBParameterGroup not found: ${name}`)
    : rdsError('DBClusterParameterGroupNotFound', `DBClusterParameterGroup not found: ${name}`);
}

/** The group that is asked for, or the family's default one. @throws AwsError */
export async function groupFor(
  store: ControlStore,
  scope: Scope,
  kind: GroupKind,
  name: string | undefined,
  engine: { readonly engine: string; readonly major: 15 | 16 | 17 | 18 },
): Promise<ParameterGroupRecord> {
  const family = familyOf(engine.engine, engine.major);
  const group = await requireGroup(store, scope, kind, name ?? `default.${family}`);
  if (group.family !== family) {
    throw invalidCombination(
      `The parameter group ${group.name} with DBParameterGroupFamily ${group.family} cannot be used for this instance. Please use a parameter group with DBParameterGroupFamily ${family}`,
    );
  }
  return group;
}

/** What an instance would be told now: its cluster's parameters, and its own over them. */
export async function wantedParameters(
  store: ControlStore,
  record: Pick<InstanceRecord, 'account' | 'region' | 'cluster' | 'parameterGroup'>,
): Promise<Record<string, string>> {
  const { cluster: name } = record;
  const cluster = name === undefined ? undefined : await store.get(clusterTable, record, name);
  const shared =
    cluster === undefined ? undefined : await findGroup(store, record, 'cluster', cluster.parameterGroup);
  const own = await findGroup(store, record, 'db', record.parameterGroup);
  return { ...shared?.parameters, ...own?.parameters };
}
