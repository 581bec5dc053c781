/**
 * Events that were accepted and have not come to their end, and what is on its way to queues. Names of tables are input of the address
 * function: never renamed.
 *
 * All of a function, and all of a queue, is a lane: the keys begin with it, so that lanes are found by leaping from one to the next, and each
 * has an index by when its events are due. What waits in one lane costs the others nothing.
 */
import { createHash } from 'node:crypto';
import {
  chunksOf,
  type DomainWrite,
  jsonFormat,
  type Piece,
  pieceRowBytesMax,
  type RecordKey,
  readPiecesRow,
  rowFormat,
  type TableDefinition,
  writePieces,
} from '@hypergate/table';
import { z } from 'zod';
import { timeSort } from '../invoke/record-table.ts';
import type { LambdaBase } from '../store/context.ts';
import { eventLimits } from './limits.ts';

const none = Buffer.alloc(0);

const target = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('function'), name: z.string(), qualifier: z.string().optional() }),
  z.strictObject({
    kind: z.literal('queue'),
    arn: z.string(),
    attributes: z.record(z.string(), z.strictObject({ dataType: z.string(), stringValue: z.string() })),
    groupId: z.string().optional(),
  }),
]);

const eventHead = z.strictObject({
  account: z.string(),
  region: z.string(),
  target,
  requestId: z.string(),
  traceId: z.string(),
  acceptedMs: z.number(),
  dueMs: z.number(),
  /** Invocations that ended with an error of the function. */
  failures: z.number().int(),
  /** Attempts since then that failed by no fault of the function. */
  delays: z.number().int(),
});

export interface EventRow extends z.output<typeof eventHead> {
  readonly payload: readonly Piece[];
}

/** Of an event: which lane it is in, and its id there. */
export interface EventName {
  readonly lane: string;
  /** 16 bytes. */
  readonly id: Buffer;
}

export const eventIdBytes = 16;

/** Nothing in it is a zero byte. */
export const laneOf = ({ account, region, target: to }: Omit<EventRow, 'payload'>): string =>
  to.kind === 'function'
    ? `${account}/${region}/function/${to.name}`
    : `${account}/${region}/queue/${to.arn}`;

export const eventKey = ({ lane, id }: EventName): RecordKey => ({
  partition: none,
  sort: Buffer.concat([Buffer.from(`${lane}\0`), id]),
});

/** Before whatever stands in the lane that follows. */
export const behindLane = (lane: string): Buffer => Buffer.from(`${lane}\u0001`);

/** @param sort of a key */
export function laneOfKey(sort: Uint8Array): string {
  const bytes = Buffer.from(sort.buffer, sort.byteOffset, sort.byteLength);
  return bytes.toString('utf8', 0, bytes.length - eventIdBytes - 1);
}

export const dueIndex = 'lambda.events.due';
const timeBytes = 6;

/** @param sort of an entry of `dueIndex`, whose partition is the lane */
export function dueOf(sort: Uint8Array): { readonly dueMs: number; readonly id: Buffer } {
  const bytes = Buffer.from(sort);
  return { dueMs: bytes.readUIntBE(0, timeBytes), id: bytes.subarray(timeBytes) };
}

/** Not yet due. */
export const isPutOff = (dueMs: number, nowMs: number): boolean =>
  dueMs > nowMs && dueMs <= nowMs + eventLimits.putOffMsMax;

export const eventsTable: TableDefinition<EventRow> = {
  name: 'lambda.events',
  description: 'Asynchronous invocations until they have come to their end',
  formats: [
    rowFormat<EventRow>(
      (to, { payload, ...head }) => {
        to.bytes(Buffer.from(JSON.stringify(eventHead.parse(head))));
        writePieces(to, payload);
      },
      (from) => ({
        ...eventHead.parse(JSON.parse(from.bytes().toString('utf8'))),
        payload: readPiecesRow(from),
      }),
      ({ payload }) =>
        payload.reduce((sum, piece) => sum + (piece.kind === 'inline' ? piece.bytes.length : 128), 1024),
    ),
  ],
  index: () => none,
  secondary: (row, { sort }) => [
    {
      index: dueIndex,
      partition: Buffer.from(laneOf(row)),
      sort: Buffer.concat([timeSort(row.dueMs), sort.subarray(sort.length - eventIdBytes)]),
      projection: none,
    },
  ],
  chunks: ({ payload }) => chunksOf(payload),
};

/** What a row may hold of a destination's document. */
export const documentBytesMax = pieceRowBytesMax;

export function putEvent(
  { domain }: Pick<LambdaBase, 'domain'>,
  id: Buffer,
  row: EventRow,
  condition: 'absent' | { readonly revision: number },
): DomainWrite {
  return {
    kind: 'put',
    domain,
    table: eventsTable,
    key: eventKey({ lane: laneOf(row), id }),
    row,
    condition,
  };
}

const onceRow = z.strictObject({ untilMs: z.number() });
export type OnceRow = z.output<typeof onceRow>;

export const onceIndex = 'lambda.event-once.until';

/** Which events were accepted lately, by the keys that their senders gave them. */
export const eventOnceTable: TableDefinition<OnceRow> = {
  name: 'lambda.event-once',
  description: 'Keys of events that are accepted once',
  formats: [jsonFormat(onceRow)],
  secondary: (row, { sort }) => [
    {
      index: onceIndex,
      partition: none,
      sort: Buffer.concat([timeSort(row.untilMs), sort]),
      projection: none,
    },
  ],
};

export const eventOnceKey = (lane: string, idempotencyKey: string): RecordKey => ({
  partition: none,
  sort: createHash('sha256').update(`${lane}\0${idempotencyKey}`).digest(),
});

/** @param sort of an entry of `onceIndex` */
export const onceKeyOf = (sort: Uint8Array): RecordKey => ({
  partition: none,
  sort: Buffer.from(sort.subarray(timeBytes)),
});

export const eventTables = [eventsTable, eventOnceTable] as const;
