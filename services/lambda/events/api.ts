/** Invocations that nobody waits for. */
import type { DomainWrite } from '@hypergate/table';
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

/** A message for a queue that is sent as soon as the queue takes it, once. */
export interface EventMessage {
  readonly scope: Scope;
  readonly queueArn: string;
  /** Text; at most `documentBytesMax`. */
  readonly body: Buffer;
  readonly attributes: Readonly<Record<string, { readonly dataType: string; readonly stringValue: string }>>;
  /** FIFO queues must have it. */
  readonly groupId?: string;
  readonly traceId: string;
}

export interface EventQueue {
  /**
   * Resolves when it is durable.
   * @param also written in the same transaction: so what an event comes from, and the event, are there together or not at all
   * @throws LambdaError; ConditionFailed of `also`
   */
  put(event: EventInvocation, also?: readonly DomainWrite[]): Promise<void>;
  /** As `put`. */
  tell(message: EventMessage, also?: readonly DomainWrite[]): Promise<void>;
}
