/** Groups, streams and batches of events: their rows, tables and keys. Names of tables are input of the address function: never renamed. */
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
import { type Scope, scopePartition } from '../model/tables.ts';

export const groupRow = z.strictObject({
  account: z.string(),
  region: z.string(),
  name: z.string(),
  /** 16 hexadecimal digits: a group that is made again under the same name is another. */
  id: z.string(),
  createdMs: z.number(),
  retentionDays: z.number().int().optional(),
  class: z.enum(['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY']),
  isProtected: z.boolean(),
  tags: z.record(z.string(), z.string()),
  /** Of all batches, as the last sweep counted them. */
  storedBytes: z.number(),
});
export type GroupRow = z.output<typeof groupRow>;

export const streamRow = z.strictObject({
  name: z.string(),
  /** 16 hexadecimal digits. */
  id: z.string(),
  groupId: z.string(),
  createdMs: z.number(),
  firstMs: z.number().optional(),
  lastMs: z.number().optional(),
  ingestedMs: z.number().optional(),
  /** Number of the next batch. */
  nextSequence: z.number().int(),
});
export type StreamRow = z.output<typeof streamRow>;

/** Events of one stream that were written together, by time. */
export interface BatchRow {
  readonly groupId: string;
  readonly streamName: string;
  readonly minMs: number;
  readonly maxMs: number;
  readonly ingestedMs: number;
  /** As AWS counts them. */
  readonly bytes: number;
  readonly pieces: readonly Piece[];
}

/** What a group or a stream left when it was deleted. */
export const doomedRow = z.strictObject({ kind: z.enum(['group', 'stream']), id: z.string() });
export type DoomedRow = z.output<typeof doomedRow>;

const none = Buffer.alloc(0);
const hex = (id: string) => Buffer.from(id, 'hex');

export const groupKey = (scope: Scope, name: string): RecordKey => ({
  partition: scopePartition(scope),
  sort: Buffer.from(name),
});
export const streamKey = (groupId: string, name: string): RecordKey => ({
  partition: hex(groupId),
  sort: Buffer.from(name),
});
/** By the time of the first event. */
export const batchKey = (streamId: string, minMs: number, sequence: number): RecordKey => ({
  partition: hex(streamId),
  sort: Buffer.concat([numberBytes(minMs), numberBytes(sequence)]),
});
export const doomedKey = (id: string): RecordKey => ({ partition: none, sort: hex(id) });

/** All groups: partition empty, sort account, region and name. */
export const allGroups = 'lambda.logs.groups.all';
/** DescribeLogStreams by LastEventTime: partition group, sort time of the last event (8) and name. */
export const streamsByTime = 'lambda.logs.streams.time';
/** Batches of a stream by the time of the last event: sort time (8), sequence (8); carries the time of the first event. */
export const batchesByEnd = 'lambda.logs.batches.end';
/** Batches of a group: sort time of the first event (8), stream (8), sequence (8); carries time of the last, bytes (4), name of the stream. */
export const batchesOfGroup = 'lambda.logs.batches.group';

export const groupsTable: TableDefinition<GroupRow> = {
  name: 'lambda.logs.groups',
  description: 'Log groups',
  formats: [jsonFormat(groupRow)],
  index: () => none,
  secondary: ({ account, region, name }) => [
    {
      index: allGroups,
      partition: none,
      sort: Buffer.from(`${account}/${region}/${name}`),
      projection: none,
    },
  ],
};

export const streamsTable: TableDefinition<StreamRow> = {
  name: 'lambda.logs.streams',
  description: 'Log streams',
  formats: [jsonFormat(streamRow)],
  index: () => none,
  secondary: ({ name, lastMs = 0 }, { partition }) => [
    {
      index: streamsByTime,
      partition,
      sort: Buffer.concat([numberBytes(lastMs), Buffer.from(name)]),
      projection: none,
    },
  ],
};

export const batchesTable: TableDefinition<BatchRow> = {
  name: 'lambda.logs.batches',
  description: 'Log events',
  formats: [
    rowFormat(
      (to, row) => {
        to.bytes(hex(row.groupId));
        to.bytes(Buffer.from(row.streamName));
        for (const number of [row.minMs, row.maxMs, row.ingestedMs, row.bytes]) to.u64(BigInt(number));
        writePieces(to, row.pieces);
      },
      (from) => ({
        groupId: from.bytes().toString('hex'),
        streamName: from.bytes().toString('utf8'),
        minMs: Number(from.u64()),
        maxMs: Number(from.u64()),
        ingestedMs: Number(from.u64()),
        bytes: Number(from.u64()),
        pieces: readPiecesRow(from),
      }),
      ({ pieces }) =>
        pieces.reduce((sum, piece) => sum + (piece.kind === 'inline' ? piece.bytes.length : 256), 1024),
    ),
  ],
  chunks: ({ pieces }) => chunksOf(pieces),
  index: ({ maxMs }) => numberBytes(maxMs),
  secondary: ({ groupId, streamName, minMs, maxMs, bytes }, { partition, sort }) => {
    const sequence = sort.subarray(8);
    const size = Buffer.alloc(4);
    size.writeUInt32BE(bytes);
    return [
      {
        index: batchesByEnd,
        partition,
        sort: Buffer.concat([numberBytes(maxMs), sequence]),
        projection: numberBytes(minMs),
      },
      {
        index: batchesOfGroup,
        partition: hex(groupId),
        sort: Buffer.concat([numberBytes(minMs), partition, sequence]),
        projection: Buffer.concat([numberBytes(maxMs), size, Buffer.from(streamName)]),
      },
    ];
  },
};

export const doomedTable: TableDefinition<DoomedRow> = {
  name: 'lambda.logs.doomed',
  description: 'Deleted log groups and streams whose events are still to be removed',
  formats: [jsonFormat(doomedRow)],
  index: () => none,
};

export const logTables = [groupsTable, streamsTable, batchesTable, doomedTable] as const;
