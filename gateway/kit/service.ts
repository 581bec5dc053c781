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
  /** What STS shows instead, of a session of a role. */
  readonly roleSessionId?: string;
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
  /** Sockets without TLS come paused, nothing read from them: the service decides when it listens to whom. */
  readonly isPaused?: boolean;
  accept(socket: import('node:net').Socket, tls: boolean): void;
  /** It listens, on this port: a busy default has moved, and 0 has become a number. */
  opened?(port: number): void;
}

/** A port that a service opens while it runs, on the addresses of the others. Sockets come paused, nothing read from them. */
export interface FurtherListener {
  readonly name: string;
  /** 0 for any. */
  readonly port: number;
  accept(socket: import('node:net').Socket): void;
}

export interface OpenListener {
  readonly port: number;
  /** Accepts nothing more. Connections that were accepted go on. */
  close(): Promise<void>;
}

/** What a service says to whoever starts the gateway: a connection string. Only secrets that everyone knows or nobody can have yet. */
export interface Hint {
  readonly label: string;
  readonly text: string;
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

/** What happened to something of a service, for a function or a queue that somebody named in its configuration. */
export interface TargetEvent {
  /** Delivered once, however often it is sent within an hour. */
  readonly id: string;
  /** What it is about, for the target's policy: `arn:aws:s3:::bucket`, its account, and who sends: `s3.amazonaws.com`. */
  readonly sourceArn: string;
  readonly sourceAccount: string;
  readonly principal: string;
  /** `X-Amzn-Trace-Id` of the request that led to it, if it had one: chains of functions are counted by it. */
  readonly traceId?: string;
  /** JSON. */
  readonly body: Uint8Array;
}

/** Functions and queues, for services that send them events. */
export interface EventTargets {
  /** Whether a target is there and lets itself be used from a source, asked when it is configured. */
  check(
    targetArn: string,
    from: Omit<TargetEvent, 'id' | 'traceId' | 'body'>,
  ): Promise<'ok' | 'absent' | 'forbidden'>;
  /**
   * @returns when it is durable there, or that the target is gone or does not let itself be used any more
   * @throws when it has to be sent again later
   */
  deliver(targetArn: string, event: TargetEvent): Promise<'delivered' | 'gone'>;
}

/** `Keys` is typed by the package that owns it, as `Node` and `Tables` of `ServiceModules` are. */
export interface Service<Keys = unknown> {
  readonly name: string;
  /** `admin`: it has none of its own, and is reached through the admin API. */
  readonly protocol: 'aws' | 'redis' | 'cql' | 'postgres' | 'admin';
  /** Requests of the AWS port, by signing name where a service has several endpoints (RDS and its Data API). */
  readonly aws?: AwsServiceDefinition | readonly AwsServiceDefinition[];
  readonly listeners: readonly ListenerSpec[];
  /** Asked for once everything listens. */
  hints?(): readonly Hint[];
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
  /** Where events of other services go, if it has functions or queues. */
  readonly targets?: EventTargets;
  /** Empties everything (developer mode only). */
  reset(): Promise<void>;
}

/** Of the AWS port; none for a service of other protocols. */
export function awsDefinitions({ aws }: Pick<Service, 'aws'>): readonly AwsServiceDefinition[] {
  return aws === undefined ? [] : 'signingName' in aws ? [aws] : aws;
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
  /** Likewise: circuits and records of computations. */
  readonly computations?: () => Computations | undefined;
  /** Likewise: where events go. */
  readonly targets?: () => EventTargets | undefined;
  readonly logger: Logger;
  readonly metrics: Registry;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly settings: ServiceSettings;
  /**
   * Serves a connection as those of the AWS port are served, without TLS: for callers who reach the gateway through a unix socket
   * of the service's. Undefined where there is no such port; nothing is served before it listens.
   */
  readonly serveAws?: (socket: import('node:net').Socket) => void;
  /** Opens a further port; undefined where there are none. @throws an error with one sentence when the port is busy */
  readonly listen?: (listener: FurtherListener) => Promise<OpenListener>;
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
  /** The same, or a self-signed one when TLS is off: for protocols in which a client asks for encryption on a plain port. */
  readonly certificate?: () => Promise<{ readonly cert: string; readonly key: string }>;
  /** What clients on this machine connect to. */
  readonly host?: string;
  /** Where the AWS protocols are, once they listen: for URLs that a service hands out. */
  readonly awsEndpoint?: () => { readonly scheme: 'http' | 'https'; readonly port: number } | undefined;
  /** Ports of other protocols that are open now. */
  readonly otherPorts?: () => readonly number[];
  /** Nothing listens on an address that other machines reach. */
  readonly isLoopback?: boolean;
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
