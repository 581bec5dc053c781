/**
 * An event that is still to be delivered. The record is written by the transaction of what it tells of and removed when its
 * destination has it, so what was answered is told, and what was refused is not. Format v2: v1 and the trace.
 */
import { createHash } from 'node:crypto';
import type { RecordKey, RowFormat, TableDefinition } from '@hypergate/table';
import { type Bytes, noBytes, utf8, viewOf } from '../engine/bytes.ts';
import { BinaryReader, BinaryWriter } from './binary.ts';

export interface OutboxRow {
  readonly targetArn: string;
  readonly bucket: string;
  /** Of the bucket's owner. */
  readonly accountId: string;
  /** Of the object; empty for what is about the bucket. */
  readonly key: Bytes;
  readonly createdMs: number;
  /** `X-Amzn-Trace-Id` of the request that changed it; empty without. */
  readonly traceId: string;
  /** JSON. */
  readonly body: Bytes;
}

/** Read only: events that an earlier version left. */
export const outboxFormatV1: RowFormat<OutboxRow> = {
  version: 1,
  encode(row) {
    const out = new BinaryWriter(estimate(row));
    writeFieldsV1(out, row);
    return out.take();
  },
  decode(bytes) {
    const input = new BinaryReader(bytes);
    const row = { ...readFieldsV1(input), traceId: '' };
    input.end();
    return row;
  },
};

export const outboxFormatV2: RowFormat<OutboxRow> = {
  version: 2,
  encode(row) {
    const out = new BinaryWriter(estimate(row));
    writeFieldsV1(out, row);
    out.text(row.traceId);
    return out.take();
  },
  decode(bytes) {
    const input = new BinaryReader(bytes);
    const row = { ...readFieldsV1(input), traceId: input.text() };
    input.end();
    return row;
  },
};

function estimate(row: OutboxRow): number {
  return row.body.length + row.key.length + row.traceId.length + 256;
}

function writeFieldsV1(out: BinaryWriter, row: OutboxRow): void {
  out.text(row.targetArn);
  out.text(row.bucket);
  out.text(row.accountId);
  out.bytes(row.key);
  out.varint(row.createdMs);
  out.bytes(row.body);
}

function readFieldsV1(input: BinaryReader): Omit<OutboxRow, 'traceId'> {
  return {
    targetArn: input.text(),
    bucket: input.text(),
    accountId: input.text(),
    key: input.bytes(),
    createdMs: input.varint(),
    body: input.bytes(),
  };
}

/** In the registry's domain, as events outlive their bucket. Key: see `outboxId`. The index carries the lane. */
export const outboxTable: TableDefinition<OutboxRow> = {
  name: 's3.outbox',
  description: 'Event notifications that were not delivered yet',
  formats: [outboxFormatV2, outboxFormatV1],
  index: laneOf,
};

const targetBytes = 16;
const tickBytes = 8;
const laneBytes = 8;
export const outboxRandomBytes = 8;

/** What the ids of all events of a destination begin with. */
export function targetPrefix(arn: string): Bytes {
  return createHash('sha256').update(arn).digest().subarray(0, targetBytes);
}

export function prefixOf(id: Bytes): Bytes {
  return id.subarray(0, targetBytes);
}

/** Destination, number (`EventTicks`), random bytes: what one destination gets stands together in order. */
export function outboxId(target: Bytes, tick: number, random: Bytes): Bytes {
  const id = Buffer.alloc(targetBytes + tickBytes + outboxRandomBytes);
  id.set(target);
  id.writeBigUInt64BE(BigInt(tick), targetBytes);
  id.set(random.subarray(0, outboxRandomBytes), targetBytes + tickBytes);
  return id;
}

export function tickOf(id: Bytes): number {
  return Number(viewOf(id).readBigUInt64BE(targetBytes));
}

export function outboxKey(id: Bytes): RecordKey {
  return { partition: noBytes, sort: id };
}

/** Events of one lane are delivered one after the other: those of one object. */
function laneOf(row: OutboxRow): Bytes {
  return createHash('sha256')
    .update(utf8(`${row.bucket}/`))
    .update(row.key)
    .digest()
    .subarray(0, laneBytes);
}
