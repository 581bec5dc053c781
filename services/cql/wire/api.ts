/**
 * Requests as values, and what an answer says besides its rows.
 * Specification: "CQL BINARY PROTOCOL", v3 to v5.
 */
import type { CqlType } from '../types/api.ts';

export const protocolVersions = [3, 4, 5] as const;
export type ProtocolVersion = (typeof protocolVersions)[number];
export const highestVersion: ProtocolVersion = 5;

/** One request as it came, unpacked. The body is a view: who keeps a part of it longer than the request copies that part. */
export interface Frame {
  readonly version: ProtocolVersion;
  readonly flags: number;
  readonly stream: number;
  readonly opcode: number;
  readonly body: Buffer;
}

export const frameFlags = {
  compressed: 0x01,
  tracing: 0x02,
  payload: 0x04,
  warning: 0x08,
  beta: 0x10,
} as const;

export const opcodes = {
  error: 0x00,
  startup: 0x01,
  ready: 0x02,
  authenticate: 0x03,
  credentials: 0x04,
  options: 0x05,
  supported: 0x06,
  query: 0x07,
  result: 0x08,
  prepare: 0x09,
  execute: 0x0a,
  register: 0x0b,
  event: 0x0c,
  batch: 0x0d,
  authChallenge: 0x0e,
  authResponse: 0x0f,
  authSuccess: 0x10,
} as const;

/** The place of a name is its code. */
export const consistencies = [
  'ANY',
  'ONE',
  'TWO',
  'THREE',
  'QUORUM',
  'ALL',
  'LOCAL_QUORUM',
  'EACH_QUORUM',
  'SERIAL',
  'LOCAL_SERIAL',
  'LOCAL_ONE',
] as const;
export type Consistency = (typeof consistencies)[number];

/** Bound to a marker whose column is to stay as it is. */
export const unset = Symbol('unset');
/** Null is `undefined`. The bytes are a view of the request's body. */
export type BoundValue = Buffer | typeof unset | undefined;

export interface QueryParameters {
  readonly consistency: Consistency;
  readonly values: readonly BoundValue[];
  /** Of the values, in their order; undefined when they are bound by place. */
  readonly names: readonly string[] | undefined;
  readonly skipsMetadata: boolean;
  readonly pageSize: number | undefined;
  readonly pagingState: Buffer | undefined;
  readonly serialConsistency: Consistency | undefined;
  /** Microseconds, the client's. */
  readonly timestamp: bigint | undefined;
  readonly keyspace: string | undefined;
  readonly nowInSeconds: number | undefined;
}

export type Payload = ReadonlyMap<string, Buffer | undefined>;

interface Common {
  /** For custom handlers; undefined when there is none. */
  readonly payload: Payload | undefined;
}

export interface StartupRequest extends Common {
  readonly kind: 'startup';
  /** Names in upper case. */
  readonly options: ReadonlyMap<string, string>;
}

export interface OptionsRequest extends Common {
  readonly kind: 'options';
}

export interface AuthResponseRequest extends Common {
  readonly kind: 'authResponse';
  readonly token: Buffer | undefined;
}

export interface QueryRequest extends Common {
  readonly kind: 'query';
  readonly query: string;
  readonly parameters: QueryParameters;
}

export interface PrepareRequest extends Common {
  readonly kind: 'prepare';
  readonly query: string;
  readonly keyspace: string | undefined;
}

export interface ExecuteRequest extends Common {
  readonly kind: 'execute';
  readonly id: Buffer;
  /** Of v5: the columns that the client believes to get. */
  readonly resultMetadataId: Buffer | undefined;
  readonly parameters: QueryParameters;
}

export const batchKinds = ['LOGGED', 'UNLOGGED', 'COUNTER'] as const;
export type BatchKind = (typeof batchKinds)[number];

export interface BatchItem {
  /** Text, or the id of a prepared statement. */
  readonly statement: string | Buffer;
  readonly values: readonly BoundValue[];
}

export interface BatchRequest extends Common {
  readonly kind: 'batch';
  readonly batchKind: BatchKind;
  readonly items: readonly BatchItem[];
  readonly parameters: QueryParameters;
}

export const eventTypes = ['TOPOLOGY_CHANGE', 'STATUS_CHANGE', 'SCHEMA_CHANGE'] as const;
export type EventType = (typeof eventTypes)[number];

export interface RegisterRequest extends Common {
  readonly kind: 'register';
  readonly events: readonly EventType[];
}

export type Request =
  | StartupRequest
  | OptionsRequest
  | AuthResponseRequest
  | QueryRequest
  | PrepareRequest
  | ExecuteRequest
  | BatchRequest
  | RegisterRequest;

/** To which request an answer belongs, and what stands before its body. */
export interface AnswerHead {
  readonly stream: number;
  /** 16 bytes. */
  readonly tracingId?: Uint8Array | undefined;
  /** Not told to clients of v3. */
  readonly warnings?: readonly string[] | undefined;
  /** Not told to clients of v3. */
  readonly payload?: ReadonlyMap<string, Uint8Array | undefined> | undefined;
}

/** Of a result, or a marker. */
export interface ColumnSpec {
  readonly keyspace: string;
  readonly table: string;
  readonly name: string;
  readonly type: CqlType;
}

export type SchemaChange = {
  readonly change: 'CREATED' | 'UPDATED' | 'DROPPED';
  readonly keyspace: string;
} & (
  | { readonly target: 'KEYSPACE' }
  | { readonly target: 'TABLE' | 'TYPE'; readonly name: string }
  | {
      readonly target: 'FUNCTION' | 'AGGREGATE';
      readonly name: string;
      readonly argumentTypes: readonly string[];
    }
);

/** 4 or 16 bytes, and a port. */
export interface InetAddress {
  readonly address: Uint8Array;
  readonly port: number;
}

export type ServerEvent =
  | {
      readonly type: 'TOPOLOGY_CHANGE';
      readonly change: 'NEW_NODE' | 'REMOVED_NODE';
      readonly node: InetAddress;
    }
  | { readonly type: 'STATUS_CHANGE'; readonly change: 'UP' | 'DOWN'; readonly node: InetAddress }
  | { readonly type: 'SCHEMA_CHANGE'; readonly change: SchemaChange };
