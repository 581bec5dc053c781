/** Tables of the control plane, all in the registry domain. Their names are input of the address function: never renamed. */
import { jsonFormat, type RecordKey, type SecondaryEntry, type TableDefinition } from '@hypergate/table';
import type { z } from 'zod';
import {
  clusterRecord,
  eventRecord,
  instanceRecord,
  noteRecord,
  parameterGroupRecord,
  type SnapshotRecord,
  secretRecord,
  snapshotRecord,
  subnetGroupRecord,
} from './control-records.ts';

/** An account's names of one region are together. */
export interface Scope {
  readonly account: string;
  readonly region: string;
}

const nothing = Buffer.alloc(0);

export const scopePartition = ({ account, region }: Scope): Buffer => Buffer.from(`${account}/${region}`);

export function nameKey(scope: Scope, name: string): RecordKey {
  return { partition: scopePartition(scope), sort: Buffer.from(name) };
}

const width = 8;

/** In the order of time; several of one millisecond are told apart by their number. */
export function eventKey(scope: Scope, ms: number, number: number): RecordKey {
  return { partition: scopePartition(scope), sort: eventSort(ms, number) };
}

export function eventSort(ms: number, number = 0): Buffer {
  const sort = Buffer.alloc(width + 4);
  sort.writeBigUInt64BE(BigInt(Math.max(0, Math.floor(ms))));
  sort.writeUInt32BE(number, width);
  return sort;
}

export const noteKey = (name: string): RecordKey => ({ partition: nothing, sort: Buffer.from(name) });

/** Index over all accounts and regions, for what the service goes over at its start. */
export const everywhere = (table: { readonly name: string }): string => `${table.name}.everywhere`;

function everywhereEntry(table: string, { account, region, name }: Scope & { name: string }): SecondaryEntry {
  const sort = Buffer.from(`${account}/${region}/${name}`);
  return { index: everywhere({ name: table }), partition: nothing, sort, projection: nothing };
}

function namedTable<Row extends Scope & { readonly name: string }>(
  name: string,
  description: string,
  schema: z.ZodType<Row>,
  more: (row: Row) => readonly SecondaryEntry[] = () => [],
): TableDefinition<Row> {
  return {
    name,
    description,
    formats: [jsonFormat(schema)],
    index: () => nothing,
    secondary: (row) => [everywhereEntry(name, row), ...more(row)],
  };
}

/** Snapshots by their data: it is given up with the last one that has it. */
export const snapshotsByData = 'rds.snapshots.by-data';

function byData(table: string) {
  return (row: SnapshotRecord): readonly SecondaryEntry[] => [
    {
      index: snapshotsByData,
      partition: Buffer.from(row.data),
      sort: Buffer.from(`${table}/${row.account}/${row.region}/${row.name}`),
      projection: nothing,
    },
  ];
}

/** Instances by their resource id: what changes its state is told by that. */
export const instancesById = 'rds.instances.by-id';

export const instanceTable = namedTable('rds.instances', 'DB instances', instanceRecord, (row) => [
  {
    index: instancesById,
    partition: Buffer.from(row.id),
    sort: Buffer.from(`${row.account}/${row.region}/${row.name}`),
    projection: nothing,
  },
]);
export const clusterTable = namedTable('rds.clusters', 'DB clusters', clusterRecord);
export const snapshotTable = namedTable(
  'rds.snapshots',
  'Snapshots of DB instances',
  snapshotRecord,
  byData('rds.snapshots'),
);
export const clusterSnapshotTable = namedTable(
  'rds.cluster-snapshots',
  'Snapshots of DB clusters',
  snapshotRecord,
  byData('rds.cluster-snapshots'),
);
export const parameterGroupTable = namedTable(
  'rds.parameter-groups',
  'DB parameter groups',
  parameterGroupRecord,
);
export const clusterParameterGroupTable = namedTable(
  'rds.cluster-parameter-groups',
  'DB cluster parameter groups',
  parameterGroupRecord,
);
export const subnetGroupTable = namedTable('rds.subnet-groups', 'DB subnet groups', subnetGroupRecord);
export const secretTable = namedTable(
  'rds.secrets',
  'Credentials that the Data API logs in with',
  secretRecord,
);
export const eventTable: TableDefinition<z.infer<typeof eventRecord>> = {
  name: 'rds.events',
  description: 'Events of the last 14 days',
  formats: [jsonFormat(eventRecord)],
  index: () => nothing,
};
export const noteTable: TableDefinition<z.infer<typeof noteRecord>> = {
  name: 'rds.notes',
  description: 'What the service did once',
  formats: [jsonFormat(noteRecord)],
  index: () => nothing,
};

export const controlTables = [
  instanceTable,
  clusterTable,
  snapshotTable,
  clusterSnapshotTable,
  parameterGroupTable,
  clusterParameterGroupTable,
  subnetGroupTable,
  secretTable,
  eventTable,
  noteTable,
] as const;
