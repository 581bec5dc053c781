/**
 * What the control plane remembers: one record per thing that has a name, as JSON that is checked when it is read. What an
 * instance does at the moment is not here: `Instances` knows.
 */
import { z } from 'zod';

/** Members of answers that are given back as they were asked for: class, storage, windows. */
const settings = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

const tag = z.strictObject({ key: z.string(), value: z.string() });

/** A name belongs to an account in a region. */
const named = {
  account: z.string(),
  region: z.string(),
  name: z.string(),
  createdMs: z.number(),
  tags: z.array(tag),
};

const major = z.union([z.literal(15), z.literal(16), z.literal(17), z.literal(18)]);

const source = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('empty') }),
  z.strictObject({ kind: z.literal('snapshot'), snapshot: z.string() }),
  z.strictObject({
    kind: z.literal('time'),
    instance: z.string(),
    atMs: z.union([z.number(), z.literal('latest')]),
  }),
  z.strictObject({ kind: z.literal('replica'), of: z.string() }),
]);

const change = z.strictObject({
  name: z.string().optional(),
  masterPassword: z.string().optional(),
  port: z.number().optional(),
  parameters: z.record(z.string(), z.string()).optional(),
  iamAuthentication: z.boolean().optional(),
  retentionDays: z.number().optional(),
  restart: z.boolean().optional(),
});

/**
 * What the instance has still to be told. It is written with the record before, and taken away after: whatever stands here at
 * a start is done once more.
 */
const intent = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('create'), source, password: z.string().optional() }),
  z.strictObject({ kind: z.literal('change'), change }),
  z.strictObject({ kind: z.literal('promote'), retentionDays: z.number() }),
  /** After a snapshot, if one is named. */
  z.strictObject({ kind: z.literal('stop'), snapshot: z.string().optional() }),
  z.strictObject({ kind: z.literal('delete'), snapshot: z.string().optional(), keepsData: z.boolean() }),
]);

export const instanceRecord = z.strictObject({
  ...named,
  /** `DbiResourceId`, and the name by which `Instances` knows it. */
  id: z.string(),
  engine: z.string(),
  major,
  version: z.string(),
  masterUser: z.string(),
  database: z.string().optional(),
  port: z.number().optional(),
  parameterGroup: z.string(),
  /** PostgreSQL's parameters as the instance was told them: others of the group wait for a reboot. */
  parameters: z.record(z.string(), z.string()),
  subnetGroup: z.string().optional(),
  securityGroups: z.array(z.string()),
  retentionDays: z.number(),
  iamAuthentication: z.boolean(),
  deletionProtection: z.boolean(),
  cluster: z.string().optional(),
  /** Name of the instance whose read replica it is. */
  replicaOf: z.string().optional(),
  /** Secret that is kept for the master user, when it is managed. */
  managedSecret: z.string().optional(),
  settings,
  /** Changes that wait for the maintenance window, by their names in `PendingModifiedValues`. */
  pending: settings,
  intent: intent.optional(),
});
export type InstanceRecord = z.infer<typeof instanceRecord>;
export type InstanceIntent = z.infer<typeof intent>;

export const clusterRecord = z.strictObject({
  ...named,
  /** `DbClusterResourceId`. */
  id: z.string(),
  engine: z.string(),
  major,
  version: z.string(),
  masterUser: z.string(),
  database: z.string().optional(),
  port: z.number().optional(),
  parameterGroup: z.string(),
  subnetGroup: z.string().optional(),
  securityGroups: z.array(z.string()),
  availabilityZones: z.array(z.string()),
  retentionDays: z.number(),
  iamAuthentication: z.boolean(),
  deletionProtection: z.boolean(),
  httpEndpoint: z.boolean(),
  managedSecret: z.string().optional(),
  settings,
  /** The instance that has the cluster's data: its writer's, or that of the last writer while there is no member. */
  volume: z.string().optional(),
  /** Where the first writer's data comes from. */
  source,
  /** Of a cluster whose members the service makes (Multi-AZ DB clusters): their number. */
  ownMembers: z.number(),
  stopped: z.boolean(),
  deleting: z.strictObject({ snapshot: z.string().optional() }).optional(),
});
export type ClusterRecord = z.infer<typeof clusterRecord>;

export const snapshotRecord = z.strictObject({
  ...named,
  /** Of the instance, or the cluster. */
  source: z.string(),
  sourceId: z.string(),
  /** The instance whose data it is. */
  instance: z.string(),
  /** Name of the data at `Instances`: copies of a snapshot have it in common. */
  data: z.string(),
  state: z.enum(['creating', 'available', 'failed', 'deleting']),
  engine: z.string(),
  major,
  version: z.string(),
  masterUser: z.string(),
  /** What the master user's secret held, for the secret of what is restored. */
  password: z.string().optional(),
  database: z.string().optional(),
  port: z.number().optional(),
  iamAuthentication: z.boolean(),
  instanceCreatedMs: z.number(),
  finishedMs: z.number().optional(),
  bytes: z.number().optional(),
  copyOf: z.string().optional(),
  /** Accounts that may restore it; `all` for everybody. */
  sharedWith: z.array(z.string()),
  settings,
});
export type SnapshotRecord = z.infer<typeof snapshotRecord>;

export const parameterGroupRecord = z.strictObject({
  ...named,
  family: z.string(),
  description: z.string(),
  parameters: z.record(z.string(), z.string()),
});
export type ParameterGroupRecord = z.infer<typeof parameterGroupRecord>;

export const subnetGroupRecord = z.strictObject({
  ...named,
  description: z.string(),
  subnets: z.array(z.string()),
});
export type SubnetGroupRecord = z.infer<typeof subnetGroupRecord>;

export const eventRecord = z.strictObject({
  account: z.string(),
  region: z.string(),
  ms: z.number(),
  number: z.number(),
  sourceType: z.string(),
  source: z.string(),
  arn: z.string(),
  categories: z.array(z.string()),
  message: z.string(),
});
export type EventRecord = z.infer<typeof eventRecord>;

export const secretRecord = z.strictObject({
  account: z.string(),
  region: z.string(),
  name: z.string(),
  createdMs: z.number(),
  user: z.string(),
  password: z.string(),
  /** The instance or cluster it was made for; one that a user made has none. */
  resource: z.string().optional(),
});
export type SecretRecord = z.infer<typeof secretRecord>;

/** What the service did once and does not do again. */
export const noteRecord = z.strictObject({ name: z.string(), ms: z.number() });
export type NoteRecord = z.infer<typeof noteRecord>;

export type Tag = z.infer<typeof tag>;
export type Settings = z.infer<typeof settings>;
export type Scalar = Settings[string];
export type RecordSource = z.infer<typeof source>;
