/** One row of each kind that events, queues and schedules keep, with all that may be in it. */
import type { AnyTable, RecordKey } from '@hypergate/table';
import {
  type EventRow,
  eventKey,
  eventOnceKey,
  eventOnceTable,
  eventsTable,
  laneOf,
} from '../../events/event-table.ts';
import { fifoSequence } from '../../queues/sequences.ts';
import {
  choreKey,
  choresTable,
  fifoHeadKey,
  fifoHeadsTable,
  type MessageRow,
  messageKey,
  messagesTable,
  onceKey,
  onceTable,
  type QueueRow,
  queueKey,
  queuesTable,
} from '../../queues/tables.ts';
import {
  groupKey,
  scheduleGroupsTable,
  scheduleKey,
  schedulesTable,
  scheduleTokensTable,
} from '../../schedules/rows.ts';

const scope = { account: '000000000000', region: 'eu-central-1' };
const bytes = (length: number, fill: number) => Buffer.alloc(length, fill);
const queueId = bytes(16, 7).toString('hex');
const chunk = {
  key: bytes(32, 3),
  length: 200_000,
  chunk: { hash: bytes(33, 4), length: 200_016 },
};

const event: EventRow = {
  ...scope,
  target: { kind: 'function', name: 'hello', qualifier: 'live' },
  requestId: '00000000-0000-4000-8000-000000000001',
  traceId: 'Root=1-2-3;Lineage=0a1b2c3d:1',
  acceptedMs: 1_767_225_600_123,
  dueMs: 1_767_225_660_123,
  failures: 1,
  delays: 2,
  payload: [{ kind: 'inline', bytes: Buffer.from('{"a":1}') }],
};
const letter: EventRow = {
  ...event,
  target: {
    kind: 'queue',
    arn: 'arn:aws:sqs:eu-central-1:000000000000:dead',
    attributes: { ErrorCode: { dataType: 'Number', stringValue: '200' } },
  },
  payload: [{ kind: 'data', data: chunk }],
};
const queue: QueueRow = {
  ...scope,
  name: 'q.fifo',
  id: queueId,
  createdMs: 1_767_225_600_000,
  modifiedMs: 1_767_225_600_001,
  isFifo: true,
  visibilitySeconds: 30,
  retentionSeconds: 345_600,
  delaySeconds: 0,
  waitSeconds: 20,
  messageBytesMax: 1_048_576,
  policy: '{}',
  redrive: { targetArn: 'arn:aws:sqs:eu-central-1:000000000000:dead.fifo', maxReceiveCount: 3, text: '{}' },
  redriveAllow: '{}',
  managedEncryption: true,
  contentBasedDeduplication: true,
  deduplicationScope: 'messageGroup',
  throughputLimit: 'perMessageGroupId',
  tags: { a: 'b' },
};
const message: MessageRow = {
  messageId: '00000000-0000-4000-8000-000000000002',
  sentMs: 1_767_225_600_123,
  senderId: 'sender',
  attributes: {
    text: { dataType: 'String', stringValue: 'a' },
    bytes: { dataType: 'Binary.x', binaryValue: 'Yg==' },
  },
  groupId: 'g',
  deduplicationId: 'd',
  traceHeader: 'Root=1',
  visibleMs: 1_767_225_630_123,
  receiveCount: 2,
  receivedHere: 1,
  firstReceivedMs: 1_767_225_600_200,
  receivedMs: 1_767_225_600_300,
  nonce: 'AAAAAAAAAAA=',
  sourceArn: 'arn:aws:sqs:eu-central-1:000000000000:source',
  body: [{ kind: 'inline', bytes: Buffer.from('body') }],
};
const schedule = {
  ...scope,
  group: 'default',
  name: 'one',
  id: '00000000-0000-8000-8000-000000000003',
  createdMs: 1_767_225_600_000,
  modifiedMs: 1_767_225_600_001,
  expression: 'rate(5 minutes)',
  zone: 'Europe/Berlin',
  startMs: 1_767_225_600_002,
  endMs: 1_767_225_600_003,
  description: 'mornings',
  state: 'ENABLED',
  windowMinutes: 15,
  afterCompletion: 'DELETE',
  target: {
    arn: 'arn:aws:lambda:eu-central-1:000000000000:function:hello',
    roleArn: 'arn:aws:iam::000000000000:role/r',
    input: '{"a":1}',
    deadLetterArn: 'arn:aws:sqs:eu-central-1:000000000000:dead',
    retry: { ageSeconds: 60, attempts: 2 },
  },
  anchorMs: 1_767_225_600_004,
  lastDueMs: 1_767_225_600_005,
  next: { dueMs: 1_767_225_900_005, fireMs: 1_767_225_900_006, attempts: 1 },
};

export interface GoldenRow {
  readonly name: string;
  readonly table: AnyTable;
  readonly key: RecordKey;
  readonly row: unknown;
}

export const goldenRows: readonly GoldenRow[] = [
  {
    name: 'event for a function',
    table: eventsTable,
    key: eventKey({ lane: laneOf(event), id: bytes(16, 1) }),
    row: event,
  },
  {
    name: 'event for a queue',
    table: eventsTable,
    key: eventKey({ lane: laneOf(letter), id: bytes(16, 2) }),
    row: letter,
  },
  {
    name: 'key of an event',
    table: eventOnceTable,
    key: eventOnceKey(laneOf(event), 'key'),
    row: { untilMs: 1_767_229_200_000 },
  },
  { name: 'queue', table: queuesTable, key: queueKey(queue), row: queue },
  { name: 'message', table: messagesTable, key: messageKey(queueId, fifoSequence(5)), row: message },
  {
    name: 'message in a chunk',
    table: messagesTable,
    key: messageKey(queueId, bytes(16, 9)),
    row: {
      messageId: message.messageId,
      sentMs: 1,
      senderId: 's',
      visibleMs: 2,
      receiveCount: 0,
      receivedHere: 0,
      body: [{ kind: 'data', data: chunk }],
    },
  },
  { name: 'counter of a queue', table: fifoHeadsTable, key: fifoHeadKey(queueId), row: { next: 300 } },
  {
    name: 'what was sent lately',
    table: onceTable,
    key: onceKey(queueId, bytes(32, 6)),
    row: { messageId: message.messageId, sequenceNumber: '1'.repeat(20), untilMs: 1_767_225_900_000 },
  },
  {
    name: 'what is left of a queue',
    table: choresTable,
    key: choreKey(bytes(16, 8)),
    row: { queueId, below: bytes(16, 9).toString('hex') },
  },
  { name: 'schedule', table: schedulesTable, key: scheduleKey(scope, 'default', 'one'), row: schedule },
  {
    name: 'group of schedules',
    table: scheduleGroupsTable,
    key: groupKey(scope, 'team'),
    row: {
      ...scope,
      name: 'team',
      state: 'DELETING',
      createdMs: 1,
      modifiedMs: 2,
      tags: [{ key: 'a', value: 'b' }],
    },
  },
  {
    name: 'token of a client',
    table: scheduleTokensTable,
    key: groupKey(scope, 'token'),
    row: { operation: 'CreateSchedule', hash: '00', output: '{}', expiresMs: 1_767_225_900_000 },
  },
];
