/** Queues as other parts of the gateway use them: pollers of event sources, destinations, dead letters, notifications of S3. */
import type { ResourceRef } from '@hypergate/kit';

/** As Amazon SQS has it: `String`, `Number`, `Binary`, each with a label of the sender's behind a dot. */
export interface MessageAttribute {
  readonly dataType: string;
  readonly stringValue?: string;
  readonly binaryValue?: Uint8Array;
}

export interface OutgoingMessage {
  readonly body: string;
  readonly attributes?: Readonly<Record<string, MessageAttribute>>;
  /** Of the queue unless given. */
  readonly delayMs?: number;
  /** FIFO queues must have it. */
  readonly groupId?: string;
  readonly deduplicationId?: string;
  readonly traceHeader?: string;
  /** Unique id of the sender. */
  readonly senderId: string;
  /** Twice the same within an hour is once, in any queue: for senders who were interrupted. */
  readonly onceKey?: string;
}

export interface SentMessage {
  /** UUID. */
  readonly messageId: string;
  /** FIFO queues: twenty digits. */
  readonly sequenceNumber?: string;
}

export interface ReceivedMessage {
  readonly messageId: string;
  readonly receipt: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  /** `ApproximateReceiveCount`, `SentTimestamp`, …: all that there are, by AWS's names. */
  readonly system: Readonly<Record<string, string>>;
}

export interface ReceiveOptions {
  /** 1 to 10. */
  readonly max: number;
  /** Of the queue unless given. */
  readonly visibilityMs?: number;
  /** How long to wait when there is none; of the queue unless given. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

/** `stale`: it was given out again since, or the time is over; `gone`: the message is not there any more. */
export type ReceiptOutcome = 'done' | 'stale' | 'gone' | 'malformed';

export interface QueueFacts {
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly isFifo: boolean;
  readonly visibilityMs: number;
}

/** All but `find` and `accessOf` throw an AwsError `QueueDoesNotExist` when there is no such queue. */
export interface Queues {
  find(arn: string): Promise<QueueFacts | undefined>;
  /** All or none; durable when it resolves. */
  send(arn: string, messages: readonly OutgoingMessage[]): Promise<readonly SentMessage[]>;
  /** Empty when there is none in time, or the signal came. */
  receive(arn: string, options: ReceiveOptions): Promise<readonly ReceivedMessage[]>;
  /** What was done with each, in order. Those that are stale stay in the queue. */
  remove(arn: string, receipts: readonly string[]): Promise<readonly ReceiptOutcome[]>;
  /** They are visible again after so long; 0: at once. */
  returnTo(
    arn: string,
    receipts: readonly string[],
    visibilityMs: number,
  ): Promise<readonly ReceiptOutcome[]>;
  /** For authorisation. Never fails: what is not there has no owner and no policy. */
  accessOf(arn: string): Promise<ResourceRef>;
}
