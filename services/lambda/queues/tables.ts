/**
 * Records of queues. Names of tables are input of the address function: never renamed.
 *
 * A message is one record under its queue's id. Its sort key is the order in which messages are given out: the time of sending in a
 * standard queue, a counter in a FIFO queue. The index carries what a receive has to know to choose: records of messages that are not
 * given out are not read.
 */
import {
  chunksOf,
  jsonFormat,
  numberBytes,
  type Piece,
  type RecordKey,
  readPiecesRow,
  rowFormat,
  type TableDefinition,
  writePieces,
} from '@hypergate/table';
import { z } from 'zod';
import { scopePartition } from '../model/tables.ts';
import type { QueueName } from './names.ts';

const none = Buffer.alloc(0);

export const queueRow = z.strictObject({
  account: z.string(),
  region: z.string(),
  name: z.string(),
  /** 16 bytes, hexadecimal: a queue that is made again under the same name is another. */
  id: z.string(),
  createdMs: z.number(),
  modifiedMs: z.number(),
  isFifo: z.boolean(),
  visibilitySeconds: z.number().int(),
  retentionSeconds: z.number().int(),
  delaySeconds: z.number().int(),
  waitSeconds: z.number().int(),
  messageBytesMax: z.number().int(),
  /** As it was given: shown so. */
  policy: z.string().optional(),
  redrive: z
    .strictObject({ targetArn: z.string(), maxReceiveCount: z.number().int(), text: z.string() })
    .optional(),
  redriveAllow: z.string().optional(),
  managedEncryption: z.boolean(),
  /** `alias/aws/sqs` was asked for: all records are encrypted anyway. */
  awsKey: z.boolean().optional(),
  keyReuseSeconds: z.number().int().optional(),
  contentBasedDeduplication: z.boolean(),
  deduplicationScope: z.enum(['queue', 'messageGroup']),
  throughputLimit: z.enum(['perQueue', 'perMessageGroupId']),
  tags: z.record(z.string(), z.string()),
});
export type QueueRow = z.output<typeof queueRow>;

export const queueKey = (queue: QueueName): RecordKey => ({
  partition: scopePartition(queue),
  sort: Buffer.from(queue.name),
});

/** Of all queues, for the sweep; and of those with a dead-letter queue, by its ARN. */
export const queueIndexes = { all: 'lambda.queues.all', byTarget: 'lambda.queues.target' } as const;

const fullName = (row: QueueName) => Buffer.from(`${row.account}/${row.region}/${row.name}`);

export const queuesTable: TableDefinition<QueueRow> = {
  name: 'lambda.queues',
  description: 'Queues: attributes, policies, tags',
  formats: [jsonFormat(queueRow)],
  index: () => none,
  secondary: (row) => [
    { index: queueIndexes.all, partition: none, sort: fullName(row), projection: none },
    ...(row.redrive === undefined
      ? []
      : [
          {
            index: queueIndexes.byTarget,
            partition: Buffer.from(row.redrive.targetArn),
            sort: fullName(row),
            projection: none,
          },
        ]),
  ],
};

const attribute = z.strictObject({
  dataType: z.string(),
  stringValue: z.string().optional(),
  /** Base64. */
  binaryValue: z.string().optional(),
});

const messageHead = z.strictObject({
  messageId: z.string(),
  sentMs: z.number(),
  senderId: z.string(),
  attributes: z.record(z.string(), attribute).optional(),
  groupId: z.string().optional(),
  deduplicationId: z.string().optional(),
  traceHeader: z.string().optional(),
  /** Nobody gets it before. */
  visibleMs: z.number(),
  receiveCount: z.number().int(),
  /** In this queue: a dead-letter queue counts anew for its own. */
  receivedHere: z.number().int(),
  firstReceivedMs: z.number().optional(),
  receivedMs: z.number().optional(),
  /** Of the newest receipt handle, base64; none before it was given out. */
  nonce: z.string().optional(),
  sourceArn: z.string().optional(),
});

export interface MessageRow extends z.output<typeof messageHead> {
  /** UTF-8. */
  readonly body: readonly Piece[];
}

/** Bytes of a message's sort key. */
export const sequenceBytes = 16;

export const messageKey = (queueId: string, sequence: Buffer): RecordKey => ({
  partition: Buffer.from(queueId, 'hex'),
  sort: sequence,
});

export const visibleIndex = 'lambda.messages.visible';

/** What the index knows of a message. */
export interface MessageHint {
  readonly visibleMs: number;
  readonly sentMs: number;
  /** It was given out and did not come back; else it is delayed until it is visible. */
  readonly isOut: boolean;
  /** UTF-8; empty without. */
  readonly groupId: string;
}

function hintOf(row: MessageRow): Buffer {
  const group = Buffer.from(row.groupId ?? '');
  const hint = Buffer.alloc(17 + group.length);
  hint.writeDoubleBE(row.visibleMs, 0);
  hint.writeDoubleBE(row.sentMs, 8);
  hint[16] = row.nonce === undefined ? 0 : 1;
  hint.set(group, 17);
  return hint;
}

export function readHint(projection: Uint8Array): MessageHint {
  const bytes = Buffer.from(projection.buffer, projection.byteOffset, projection.byteLength);
  return {
    visibleMs: bytes.readDoubleBE(0),
    sentMs: bytes.readDoubleBE(8),
    isOut: bytes[16] === 1,
    groupId: bytes.toString('utf8', 17),
  };
}

/** Of the index of standard queues by when they are visible: the sequence is what follows the time. */
export const visibleSort = (visibleMs: number, sequence: Buffer = none): Buffer =>
  Buffer.concat([numberBytes(visibleMs), sequence]);

export const messagesTable: TableDefinition<MessageRow> = {
  name: 'lambda.messages',
  description: 'Messages of queues, with who holds them until when',
  formats: [
    rowFormat<MessageRow>(
      (to, { body, ...head }) => {
        to.bytes(Buffer.from(JSON.stringify(messageHead.parse(head))));
        writePieces(to, body);
      },
      (from) => ({
        ...messageHead.parse(JSON.parse(from.bytes().toString('utf8'))),
        body: readPiecesRow(from),
      }),
      ({ body }) =>
        body.reduce((sum, piece) => sum + (piece.kind === 'inline' ? piece.bytes.length : 128), 1024),
    ),
  ],
  index: hintOf,
  secondary: (row, { partition, sort }) => [
    {
      index: visibleIndex,
      partition,
      sort: visibleSort(row.visibleMs, Buffer.from(sort)),
      projection: hintOf(row),
    },
  ],
  chunks: ({ body }) => chunksOf(body),
};

const fifoHead = z.strictObject({ next: z.number().int() });
export type FifoHead = z.output<typeof fifoHead>;

/** Gateways that send at the same time agree on one order by it. */
export const fifoHeadsTable: TableDefinition<FifoHead> = {
  name: 'lambda.queue-counters',
  description: 'Next sequence numbers of FIFO queues',
  formats: [jsonFormat(fifoHead)],
};

export const fifoHeadKey = (queueId: string): RecordKey => ({
  partition: Buffer.from(queueId, 'hex'),
  sort: none,
});

const onceRow = z.strictObject({
  messageId: z.string(),
  sequenceNumber: z.string().optional(),
  untilMs: z.number(),
});
export type OnceRow = z.output<typeof onceRow>;

export const onceIndex = 'lambda.queue-once.until';

/** Messages that were sent lately, by deduplication id or by the key of who sent them. */
export const onceTable: TableDefinition<OnceRow> = {
  name: 'lambda.queue-once',
  description: 'What was sent to queues lately, so that it is not sent twice',
  formats: [jsonFormat(onceRow)],
  secondary: (row, { partition, sort }) => [
    {
      index: onceIndex,
      partition,
      sort: Buffer.concat([numberBytes(row.untilMs), sort]),
      projection: none,
    },
  ],
};

/** @param hash of what tells messages apart: it may be long, and keys are not */
export const onceKey = (queueId: string, hash: Buffer): RecordKey => ({
  partition: Buffer.from(queueId, 'hex'),
  sort: hash,
});

const choreRow = z.strictObject({
  queueId: z.string(),
  /** Messages below are removed, hexadecimal; with the queue itself, all and what else it had. */
  below: z.string().optional(),
});
export type ChoreRow = z.output<typeof choreRow>;

/** What a purge or the end of a queue left to be removed: goes on after a restart. */
export const choresTable: TableDefinition<ChoreRow> = {
  name: 'lambda.queue-chores',
  description: 'Messages of purged and deleted queues that are being removed',
  formats: [jsonFormat(choreRow)],
  index: () => none,
};

export const choreKey = (id: Buffer): RecordKey => ({ partition: none, sort: id });

export const queueTables = [queuesTable, messagesTable, fifoHeadsTable, onceTable, choresTable] as const;
