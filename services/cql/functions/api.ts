/**
 * Functions and aggregates as statements use them: found by name and arguments, called with values in their binary form. Behaviour:
 * Apache Cassandra 4.0, packages `cql3.functions`; the CQL reference, "Functions".
 */
import type { FunctionSchema, Schema } from '../schema/model.ts';
import type { CqlType, Value } from '../types/api.ts';
import type { UserFunctions } from './user-functions.ts';

export type Argument = Value | undefined;

/** What functions see of the world. */
export interface FunctionClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** A time UUID that was never given before: 16 bytes. */
  timeUuid(): Uint8Array;
  /** Version 4: 16 bytes. */
  randomUuid(): Uint8Array;
}

interface Signature {
  /** Undefined: the system's. */
  readonly keyspace: string | undefined;
  readonly name: string;
  readonly argumentTypes: readonly CqlType[];
  readonly returnType: CqlType;
  /** As results name it: `system.now`, `ks.f`. */
  readonly displayName: string;
}

export interface ScalarFunction extends Signature {
  readonly kind: 'scalar';
  /** Gives the same for the same arguments. */
  readonly isPure: boolean;
  /** It is called also when an argument is null; else the result is null then. */
  readonly calledOnNull: boolean;
  /** @throws CqlError `functionFailure` or `invalid` */
  call(args: readonly Argument[]): Argument;
}

/** The state of one group of rows. */
export interface AggregateState {
  add(args: readonly Argument[]): void;
  result(): Argument;
}

export interface AggregateFunction extends Signature {
  readonly kind: 'aggregate';
  /** Functions of users that it is made of: to call it takes permission for them too. */
  readonly calls: readonly FunctionSchema[];
  start(): AggregateState;
}

export type CqlFunction = ScalarFunction | AggregateFunction;

/** All functions of a process: ops/terms/functions.ts `statementFunctions({ clock?, user? })`. */
export interface Functions {
  readonly clock: FunctionClock;
  /** Undefined: functions of users cannot be called here. */
  readonly user: UserFunctions | undefined;
  /** Of this name: without `keyspace` the system's, then those of `current`. */
  candidates(
    schema: Schema,
    keyspace: string | undefined,
    name: string,
    current: string,
  ): readonly CqlFunction[];
}
