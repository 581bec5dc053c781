/**
 * The contract between the gateway and a service. A service is a folder under `services/` whose `index.ts` exports
 * `createService: ServiceFactory`; the composition root finds it there. Nothing else is edited to add one.
 */
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { AwsServiceDefinition } from './aws/definition.ts';
import type { Computations } from './computations.ts';

/** Who calls: made by authentication, never by a handler. */
export interface Principal {
  readonly kind: 'root' | 'user' | 'role' | 'anonymous';
  readonly accountId: string;
  /** Unique id shown as canonical owner id (S3) or user id (IAM). */
  readonly userId: string;
  readonly arn: string;
  readonly displayName: string;
  readonly accessKeyId: string;
}

export interface ServiceHealth {
  readonly ready: boolean;
  /** One sentence when not ready. */
  readonly reason?: string;
}

/** A TCP protocol of its own (Redis, CQL, PostgreSQL). AWS protocols share the AWS port instead. */
export interface ListenerSpec {
  readonly name: string;
  /** Name of the configuration value with the port: `redisPort`, `cqlPort`, `postgresPort`. */
  readonly portSetting: string;
  /**
   * The service gives sockets to another process: they come paused, nothing read from them, and where TLS is on the
   * handshake is the service's (`ServiceSettings.tls`).
   */
  readonly handsOver?: boolean;
  accept(socket: import('node:net').Socket, tls: boolean): void;
}

/** Tells the console, the docs and the index which tables a service keeps. */
export interface TableSummary {
  readonly name: string;
  readonly description: string;
}

/** What a service keeps in one domain: a bucket, a keyspace. */
export interface ContainerUsage {
  readonly name: string;
  /** Address of its domain, for what the node knows about it. */
  readonly domain: Uint8Array;
  readonly objects: number;
  /** Versions that are not current, without delete markers. */
  readonly versions: number;
  readonly deleteMarkers: number;
  /** Of objects and versions, as their users see them. */
  readonly logicalBytes: number;
  /** Uploads under way, and the bytes they have sent. */
  readonly uploads: number;
  readonly uploadBytes: number;
}

export interface UsageQuery {
  /** One container; all unless given. */
  readonly container?: string | undefined;
  /** Only what has this prefix. */
  readonly prefix?: string | undefined;
}

export interface ProofQuery {
  /** A URL as the user wrote it, with the service's name or `proofScheme` as scheme: `s3://bucket/key`. */
  readonly target: string;
  readonly versionId?: string | undefined;
  /** May disclose what a proof of absence needs. */
  readonly discloseAddressKeys: boolean;
  /** With the output of the delay function. */
  readonly delay: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Why a proof cannot be given, in one sentence. `status` is that of HTTP. */
export class ProofUnavailable extends Error {
  readonly status: 400 | 404 | 409 | 503;
  constructor(status: 400 | 404 | 409 | 503, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProofUnavailable';
    this.status = status;
  }
}

/** `Keys` is typed by the package that owns it, as `Node` and `Tables` of `ServiceModules` are. */
export interface Service<Keys = unknown> {
  readonly name: string;
  /** `admin`: it has none of its own, and is reached through the admin API. */
  readonly protocol: 'aws' | 'redis' | 'cql' | 'postgres' | 'admin';
  /** Requests of the AWS port; absent for other protocols. */
  readonly aws?: AwsServiceDefinition;
  readonly listeners: readonly ListenerSpec[];
  readonly tables: readonly TableSummary[];
  start(): Promise<void>;
  /** Finish what is under way, accept nothing new; the signal cuts it short. */
  drain(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
  health(): ServiceHealth;
  /** Counts what it keeps. Empty for a container it does not have. */
  usage?(query: UsageQuery): Promise<readonly ContainerUsage[]>;
  /**
   * Proves a record of its own, or that there is none, at a frame that shows all that was answered before.
   * @returns the proof document, a JSON text that `hypergate verify` checks
   * @throws ProofUnavailable
   */
  prove?(query: ProofQuery): Promise<string>;
  /** Of `ProofQuery.target`, when it is not the service's name; its verifying part exports the same. */
  readonly proofScheme?: string;
  /** Circuits and records of multi-party computations, if it keeps any. */
  readonly computations?: Computations;
  /** Keys that other services may use for their own callers, if it keeps any. */
  readonly keys?: Keys;
  /** Empties everything (developer mode only). */
  reset(): Promise<void>;
}

/** What the composition root hands to every service. `node`, `tables`, `custody` and `keys` are typed by the packages that own them. */
export interface ServiceModules<Node = unknown, Tables = unknown, Custody = unknown, Keys = unknown> {
  readonly node: Node;
  readonly tables: Tables;
  /** Custodians of keys; undefined when the gateway has none. */
  readonly custody?: Custody;
  /**
   * Keys of the service that has some; undefined where none runs. Asked for when they are used, not before: services start in any
   * order.
   */
  readonly keys?: () => Keys | undefined;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly settings: ServiceSettings;
}

export interface ServiceSettings {
  readonly region: string;
  readonly rootAccountId: string;
  readonly accounts: readonly Account[];
  readonly s3Domains: readonly string[];
  readonly lifecycleDayMs: number;
  readonly dataDir: string;
  /** Settings whose names begin with the service's, without that: `redisPassword` is `password`. */
  readonly own?: Readonly<Record<string, unknown>>;
  /** PEM; absent without TLS. For listeners that hand sockets over. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

export interface Account {
  readonly accountId: string;
  readonly userId: string;
  readonly displayName: string;
  readonly email: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
}

export interface RandomSource {
  bytes(length: number): Uint8Array;
}

export type ServiceFactory<Node = unknown, Tables = unknown, Keys = unknown> = (
  modules: ServiceModules<Node, Tables, Keys>,
) => Service<Keys>;
