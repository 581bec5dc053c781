/**
 * What the gateway knows about each instance beside its data, in the registry's domain: `rds.instance-data`, by id. Format v1 is JSON
 * of the fields below. A row is written before anything is done, so that a crash leaves a row to go on from.
 */
import { jsonFormat, type RecordKey, type TableDefinition } from '@hypergate/table';
import { z } from 'zod';
import { engineMajors } from '../engine/api.ts';

const id = z.string().min(1).max(255);
const milliseconds = z.number().int().nonnegative();

const source = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('empty') }),
  z.strictObject({ kind: z.literal('snapshot'), snapshot: id }),
  z.strictObject({
    kind: z.literal('time'),
    instance: id,
    atMs: z.union([milliseconds, z.literal('latest')]),
  }),
  z.strictObject({ kind: z.literal('replica'), of: id }),
]);

const instance = z.strictObject({
  name: z.string(),
  major: z.union(engineMajors.map((major) => z.literal(major))),
  /** Hexadecimal address of the domain of its data; a replica has none of its own. */
  domain: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
  /**
   * `planned`: nothing of it was made; it is when somebody connects. `making`: its data is being made from its source. `made`: there
   * is a checkpoint, and all that was acknowledged since. `deleting`: its data is being given up.
   */
  phase: z.enum(['planned', 'making', 'made', 'deleting']),
  source,
  /** Has the listener of the protocol instead of a port of its own. */
  isDefault: z.boolean().optional(),
  /** Whether it may be served: stopped by its owner or not. */
  isStopped: z.boolean(),
  /** It was served last, and that did not end as it should: it is served again when the gateway starts. */
  isServing: z.boolean().optional(),
  /** When the owner stopped it. Milliseconds since 1970. */
  stoppedMs: milliseconds.optional(),
  createdMs: milliseconds,
  masterUser: z.string(),
  /** Until the database has it; never kept longer. */
  newPassword: z.string().optional(),
  database: z.string().optional(),
  /** Given by its owner; without one it keeps the first that was free. */
  port: z.number().int().optional(),
  parameters: z.record(z.string(), z.string()),
  iamAuthentication: z.boolean(),
  retentionDays: z.number().int().nonnegative(),
  connectionsMax: z.number().int().positive().optional(),
  /** `15.18`, of the programs that ran it last. */
  engineVersion: z.string().optional(),
  /** Domains of earlier attempts to make it, hexadecimal, to be given up. */
  leftovers: z.array(z.string()).optional(),
});

export type InstanceRow = z.output<typeof instance>;

const none = Buffer.alloc(0);

export const instancesTable: TableDefinition<InstanceRow> = {
  name: 'rds.instance-data',
  description: 'Database instances: engine, settings, and where their data is kept',
  formats: [jsonFormat(instance)],
  index: () => none,
};

export function instanceKey(instanceId: string): RecordKey {
  return { partition: none, sort: Buffer.from(instanceId, 'utf8') };
}

const snapshot = z.strictObject({
  instance: id,
  /** Hexadecimal address of the domain that holds its data. */
  domain: z.string().regex(/^[0-9a-f]{64}$/),
  phase: z.enum(['making', 'made', 'deleting']),
  major: z.union(engineMajors.map((major) => z.literal(major))),
  engineVersion: z.string(),
  createdMs: milliseconds,
  bytes: z.number().int().nonnegative(),
});

export type SnapshotRow = z.output<typeof snapshot>;

export const snapshotDomainsTable: TableDefinition<SnapshotRow> = {
  name: 'rds.snapshot-domains',
  description: 'Snapshots of instances, and where their data is kept',
  formats: [jsonFormat(snapshot)],
  index: () => none,
};

export const snapshotKey = instanceKey;
