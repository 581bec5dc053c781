/** Invocations that nobody waits for. */
import type { Scope } from '../model/tables.ts';

export interface EventInvocation {
  readonly scope: Scope;
  readonly functionName: string;
  readonly qualifier: string | undefined;
  /** UUID. */
  readonly requestId: string;
  /** JSON, at most `asyncPayloadMax`. */
  readonly payload: Uint8Array;
  readonly traceId: string;
  /** Twice the same within an hour is once: for schedules and mappings that were interrupted. */
  readonly idempotencyKey?: string;
}

export interface EventQueue {
  /** Resolves when it is durable. @throws LambdaError */
  put(event: EventInvocation): Promise<void>;
}
