/**
 * Queues with the API of Amazon SQS: sources of functions, and where their failures go. Each message is a record, on the disk before its
 * sender is answered and until its receiver deletes it.
 *
 * Left out: tasks that move messages out of dead-letter queues; in the query protocol requests of more than 1 MiB, which a message of more than a
 * third of that may become; keys of KMS of one's own (all records are encrypted anyway); ReceiveRequestAttemptId, which is read and means nothing; fairness
 * between groups of a standard queue; callers without credentials. There is no limit of messages in flight, and no wait after a purge or
 * before a deleted queue's name is used again.
 */
import type { LambdaBase } from '../store/context.ts';
import { QueueService } from './queues.ts';

export type * from './api.ts';
export { queueDefinition } from './definition.ts';
export type { WithQueues } from './ops/row.ts';
export { queueQueryDefinition } from './query.ts';
export type { QueueService } from './queues.ts';
export { queueTables } from './tables.ts';

/** `start` begins its sweep, `stop` ends it and answers whoever waits. */
export function createQueues(base: LambdaBase): QueueService {
  return new QueueService(base);
}
