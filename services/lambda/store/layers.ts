/** Layers and their versions. A number is given once, also when its version is gone. */
import { jsonFormat, type RecordKey, type TableDefinition } from '@hypergate/table';
import { z } from 'zod';
import type { LayerName, LayerVersionName } from '../engine/layer-arn.ts';
import { packageRef } from '../model/function-rows.ts';
import { numberSort, type Scope, scopePartition } from '../model/tables.ts';
import type { LambdaBase } from './context.ts';

export const layerRow = z.strictObject({
  account: z.string(),
  region: z.string(),
  name: z.string(),
  nextVersion: z.number().int(),
});
export type LayerRow = z.output<typeof layerRow>;

const layerStatement = z.strictObject({
  Sid: z.string(),
  Effect: z.literal('Allow'),
  Principal: z.union([z.literal('*'), z.strictObject({ AWS: z.string() })]),
  Action: z.string(),
  Resource: z.string(),
  Condition: z.record(z.string(), z.record(z.string(), z.string())).optional(),
});
export type LayerStatement = z.output<typeof layerStatement>;

export const layerVersionRow = z.strictObject({
  account: z.string(),
  region: z.string(),
  name: z.string(),
  version: z.number().int(),
  createdMs: z.number(),
  description: z.string(),
  /** Undefined: not given; shown otherwise than none. */
  runtimes: z.array(z.string()).optional(),
  architectures: z.array(z.string()).optional(),
  licenseInfo: z.string().optional(),
  package: packageRef,
  policy: z.strictObject({ revisionId: z.string(), statements: z.array(layerStatement) }).optional(),
});
export type LayerVersionRow = z.output<typeof layerVersionRow>;

const none = Buffer.alloc(0);

export const layerKey = (layer: LayerName): RecordKey => ({
  partition: scopePartition(layer),
  sort: Buffer.from(layer.name),
});

export const layerVersionKey = (layer: LayerVersionName): RecordKey => ({
  partition: versionsPartition(layer),
  sort: numberSort(layer.version),
});

const versionsPartition = (layer: LayerName): Buffer =>
  Buffer.from(`${layer.account}/${layer.region}/${layer.name}`);

export const layersTable: TableDefinition<LayerRow> = {
  name: 'lambda.layers',
  description: 'Layers: the number of the next version',
  formats: [jsonFormat(layerRow)],
  index: () => none,
};

export const layerVersionsTable: TableDefinition<LayerVersionRow> = {
  name: 'lambda.layer-versions',
  description: 'Versions of layers: package and permissions',
  formats: [jsonFormat(layerVersionRow)],
  /** The size of the package: what an account stores is added up without reading records. */
  index: (row) => Buffer.from(String(row.package.size)),
};

export function findLayerVersion({ domain }: LambdaBase, layer: LayerVersionName) {
  return domain.get(layerVersionsTable, layerVersionKey(layer));
}

/** By name. */
export async function* layersOf(
  { domain }: LambdaBase,
  scope: Scope,
  after?: string,
): AsyncGenerator<LayerName> {
  const partition = scopePartition(scope);
  const cursor = domain.cursor(layersTable, partition, after === undefined ? {} : { gt: Buffer.from(after) });
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next())
    yield { ...scope, name: Buffer.from(entry.sort).toString() };
}

/** Newest first. @param before only those below this number */
export async function* layerVersionsOf(
  base: LambdaBase,
  layer: LayerName,
  before?: number,
): AsyncGenerator<LayerVersionRow> {
  const bound = before === undefined ? {} : { lt: numberSort(before) };
  const cursor = base.domain.cursor(layerVersionsTable, versionsPartition(layer), {
    ...bound,
    reverse: true,
  });
  for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
    const version = Number(Buffer.from(entry.sort).readBigUInt64BE());
    const found = await findLayerVersion(base, { ...layer, version });
    if (found !== undefined) yield found.row;
  }
}
