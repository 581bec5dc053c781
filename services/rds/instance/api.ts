/**
 * Database instances as the control plane and the Data API see them: what they can be told, and what became of it. Names, tags,
 * groups and events are the control plane's own records; here is what has a process, data or a port.
 */
import type { Client } from 'pg';
import type { EngineMajor } from '../engine/api.ts';

/** `DbiResourceId`: `db-` and 26 capital letters and digits. Never used twice. */
export type InstanceId = string;

export type InstanceState =
  | 'creating'
  /** Is served, or will be at the next connection: an idle engine is asleep, which nobody is told. */
  | 'available'
  | 'starting'
  | 'stopping'
  | 'stopped'
  | 'rebooting'
  | 'modifying'
  | 'restoring'
  | 'promoting'
  | 'deleting'
  | 'failed';

export interface InstanceStatus {
  readonly id: InstanceId;
  readonly state: InstanceState;
  /** One sentence, when something is wrong. */
  readonly reason?: string;
  /** Of 100, while data is restored. */
  readonly progress?: number;
  readonly endpoint: { readonly address: string; readonly port: number } | undefined;
  readonly major: EngineMajor;
  /** `15.18` */
  readonly engineVersion: string;
  /** Milliseconds since 1970; undefined until there is something to restore from. */
  readonly earliestRestorableMs: number | undefined;
  readonly latestRestorableMs: number | undefined;
  /** Source of a read replica, while it is one. */
  readonly replicaOf?: InstanceId;
  /** Certified position of the write-ahead log, as text. */
  readonly certifiedLsn?: string;
}

export interface InstanceSpec {
  readonly id: InstanceId;
  /** Name of DescribeDBInstances, for log lines and proofs' URLs; may change. */
  readonly name: string;
  readonly major: EngineMajor;
  readonly masterUser: string;
  /** Of an empty instance. Absent where the data comes from elsewhere: what the role has there stays. */
  readonly masterPassword?: string;
  /** Created with the instance; `postgres` is always there. */
  readonly database?: string;
  readonly port?: number;
  /** PostgreSQL's parameters that differ from its defaults: name -> value as in postgresql.conf, unquoted. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly iamAuthentication: boolean;
  /** Days that points in time are kept for; 0 keeps none but the newest state. */
  readonly retentionDays: number;
  readonly connectionsMax?: number;
}

/** Where the data of a new instance comes from. */
export type InstanceSource =
  | { readonly kind: 'empty' }
  | { readonly kind: 'snapshot'; readonly snapshot: SnapshotId }
  | { readonly kind: 'time'; readonly instance: InstanceId; readonly atMs: number | 'latest' }
  | { readonly kind: 'replica'; readonly of: InstanceId };

/** Changes of a running instance. What needs a reboot is done at the next one unless `restart` is given. */
export interface InstanceChange {
  readonly name?: string;
  readonly masterPassword?: string;
  readonly port?: number;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly iamAuthentication?: boolean;
  readonly retentionDays?: number;
  readonly restart?: boolean;
}

/** Random, made by the caller. */
export type SnapshotId = string;

export interface SnapshotInfo {
  readonly id: SnapshotId;
  readonly instance: InstanceId;
  readonly major: EngineMajor;
  readonly engineVersion: string;
  readonly createdMs: number;
  /** Of the data directory. */
  readonly bytes: number;
}

/** A call that cannot be done now or at all. The code is the control plane's to choose. */
export class InstanceRefusal extends Error {
  readonly reason:
    | 'unknown'
    | 'wrong-state'
    | 'no-such-time'
    | 'port-taken'
    | 'too-many'
    | 'storage-full'
    | 'not-ready';
  constructor(reason: InstanceRefusal['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InstanceRefusal';
    this.reason = reason;
  }
}

/**
 * Every call answers when what was asked for is decided and durable; the work goes on behind, and `status` tells how far it
 * came. After a restart it is taken up again.
 * @throws InstanceRefusal
 */
export interface Instances {
  create(spec: InstanceSpec, source: InstanceSource): Promise<void>;
  modify(id: InstanceId, change: InstanceChange): Promise<void>;
  start(id: InstanceId): Promise<void>;
  stop(id: InstanceId): Promise<void>;
  /** @param failover the instance moves to a new term and timeline, restored from the hypergraph alone */
  reboot(id: InstanceId, failover: boolean): Promise<void>;
  /** A replica becomes an instance of its own. */
  promote(id: InstanceId): Promise<void>;
  /** Its data is given up; snapshots stay. */
  delete(id: InstanceId): Promise<void>;
  /** Resolves when the snapshot is whole. */
  snapshot(id: InstanceId, snapshot: SnapshotId): Promise<SnapshotInfo>;
  deleteSnapshot(snapshot: SnapshotId): Promise<void>;
  status(id: InstanceId): InstanceStatus | undefined;
  list(): readonly InstanceStatus[];
  /** Called after every change of a state, with what it was before. */
  onState(listener: (status: InstanceStatus, before: InstanceState | undefined) => void): void;
  /**
   * A connection of its own for the Data API, which wakes the instance; as this role, whose password the caller has checked or
   * which the caller vouches for. It ends with `end()`.
   */
  connect(id: InstanceId, login: { readonly user: string; readonly database: string }): Promise<Client>;
  /** Whether the role has this password, as a login would check it. */
  checkPassword(id: InstanceId, user: string, password: string): Promise<boolean>;
}
