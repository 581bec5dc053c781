/** Errors that the protocol knows. Specification: native protocol v5, section 9. */

export const errorCodes = {
  server: 0x0000,
  protocol: 0x000a,
  badCredentials: 0x0100,
  unavailable: 0x1000,
  overloaded: 0x1001,
  bootstrapping: 0x1002,
  truncate: 0x1003,
  writeTimeout: 0x1100,
  readTimeout: 0x1200,
  readFailure: 0x1300,
  functionFailure: 0x1400,
  writeFailure: 0x1500,
  syntax: 0x2000,
  unauthorized: 0x2100,
  invalid: 0x2200,
  config: 0x2300,
  alreadyExists: 0x2400,
  unprepared: 0x2500,
} as const;

export type ErrorName = keyof typeof errorCodes;

/** What some errors say besides. */
export type ErrorDetails =
  | { readonly kind: 'alreadyExists'; readonly keyspace: string; readonly table: string }
  | { readonly kind: 'unprepared'; readonly id: Uint8Array }
  | {
      readonly kind: 'functionFailure';
      readonly keyspace: string;
      readonly function: string;
      readonly argumentTypes: readonly string[];
    }
  | {
      /** Of `unavailable`, and of timeouts and failures of reads and writes. */
      readonly kind: 'replicas';
      /** As the protocol numbers it. */
      readonly consistency: number;
      /** Alive, or those that answered. */
      readonly received: number;
      readonly required: number;
      /** Of writes: SIMPLE, BATCH, UNLOGGED_BATCH, COUNTER, BATCH_LOG, CAS, VIEW or CDC. */
      readonly writeType?: string;
      /** Of reads. */
      readonly hasData?: boolean;
      /** Of `readFailure` and `writeFailure`. */
      readonly failures?: number;
    };

/** A statement or request that is answered with an error. Its message is for the client. */
export class CqlError extends Error {
  readonly code: ErrorName;
  readonly details: ErrorDetails | undefined;
  constructor(code: ErrorName, message: string, details?: ErrorDetails, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CqlError';
    this.code = code;
    this.details = details;
  }
}

/** The commonest: what was asked makes no sense. */
export function invalid(message: string): CqlError {
  return new CqlError('invalid', message);
}
