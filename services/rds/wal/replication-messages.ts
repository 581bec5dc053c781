/** Messages of PostgreSQL's streaming replication protocol (its manual, "Streaming Replication Protocol"). */
import { type Lsn, readLsn, writeLsn } from '../model/lsn.ts';
import { ProtocolError } from './frame-reader.ts';

export const types = {
  authentication: 'R'.charCodeAt(0),
  backendKeyData: 'K'.charCodeAt(0),
  commandComplete: 'C'.charCodeAt(0),
  copyBoth: 'W'.charCodeAt(0),
  copyData: 'd'.charCodeAt(0),
  copyDone: 'c'.charCodeAt(0),
  copyFail: 'f'.charCodeAt(0),
  dataRow: 'D'.charCodeAt(0),
  emptyQuery: 'I'.charCodeAt(0),
  error: 'E'.charCodeAt(0),
  notice: 'N'.charCodeAt(0),
  parameterStatus: 'S'.charCodeAt(0),
  password: 'p'.charCodeAt(0),
  query: 'Q'.charCodeAt(0),
  ready: 'Z'.charCodeAt(0),
  rowDescription: 'T'.charCodeAt(0),
  terminate: 'X'.charCodeAt(0),
} as const;

/** First byte of what stands in CopyData. */
export const copied = {
  data: 'w'.charCodeAt(0),
  keepalive: 'k'.charCodeAt(0),
  status: 'r'.charCodeAt(0),
  feedback: 'h'.charCodeAt(0),
} as const;

const dataHeadBytes = 1 + 8 + 8 + 8;
const keepaliveBytes = 1 + 8 + 8 + 1;
const statusBytes = 1 + 8 + 8 + 8 + 8 + 1;
/** PostgreSQL counts microseconds from 2000 on. */
const epochMs = 946_684_800_000;

export function message(type: number, body: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(5 + body.length);
  bytes[0] = type;
  bytes.writeUInt32BE(4 + body.length, 1);
  bytes.set(body, 5);
  return bytes;
}

export function query(text: string): Buffer {
  return message(types.query, Buffer.from(`${text}\0`));
}

/** `parameters` as the first message of a connection, protocol 3.0. */
export function startup(parameters: Readonly<Record<string, string>>): Buffer {
  const text = Object.entries(parameters)
    .map(([name, value]) => `${name}\0${value}\0`)
    .join('');
  const body = Buffer.from(`${text}\0`);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length, 0);
  head.writeUInt32BE(3 << 16, 4);
  return Buffer.concat([head, body]);
}

/** `start` and the bytes, a view. @throws ProtocolError */
export function readData(body: Buffer): { readonly start: Lsn; readonly bytes: Buffer } {
  if (body.length < dataHeadBytes) throw new ProtocolError('XLogData that is cut short');
  return { start: lsnAt(body, 1), bytes: body.subarray(dataHeadBytes) };
}

/** Head of a CopyData message with so many bytes of the log behind it. */
export function dataHead(start: Lsn, end: Lsn, nowMs: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(5 + dataHeadBytes);
  bytes[0] = types.copyData;
  bytes.writeUInt32BE(4 + dataHeadBytes + length, 1);
  bytes[5] = copied.data;
  writeLsn(bytes, start, 6);
  writeLsn(bytes, end, 14);
  writeTime(bytes, nowMs, 22);
  return bytes;
}

/** @throws ProtocolError */
export function keepaliveWantsReply(body: Buffer): boolean {
  if (body.length < keepaliveBytes) throw new ProtocolError('a keepalive that is cut short');
  return body[keepaliveBytes - 1] === 1;
}

export function keepalive(end: Lsn, nowMs: number, wantsReply: boolean): Buffer {
  const bytes = Buffer.allocUnsafe(keepaliveBytes);
  bytes[0] = copied.keepalive;
  writeLsn(bytes, end, 1);
  writeTime(bytes, nowMs, 9);
  bytes[17] = wantsReply ? 1 : 0;
  return message(types.copyData, bytes);
}

/** Standby status update: written, flushed and applied up to one position. */
export function status(lsn: Lsn, nowMs: number, wantsReply = false): Buffer {
  const bytes = Buffer.allocUnsafe(statusBytes);
  bytes[0] = copied.status;
  for (const at of [1, 9, 17]) writeLsn(bytes, lsn, at);
  writeTime(bytes, nowMs, 25);
  bytes[33] = wantsReply ? 1 : 0;
  return message(types.copyData, bytes);
}

/** @throws ProtocolError */
export function readStatus(body: Buffer): { readonly flushed: Lsn; readonly wantsReply: boolean } {
  if (body.length < statusBytes) throw new ProtocolError('a status that is cut short');
  return { flushed: lsnAt(body, 9), wantsReply: body[33] === 1 };
}

/** Columns as text. */
export function dataRow(values: readonly (string | undefined)[]): Buffer {
  const count = Buffer.alloc(2);
  count.writeUInt16BE(values.length);
  const parts: Buffer[] = [count];
  for (const value of values) {
    const bytes = value === undefined ? undefined : Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeInt32BE(bytes?.length ?? -1);
    parts.push(length, bytes ?? Buffer.alloc(0));
  }
  return message(types.dataRow, Buffer.concat(parts));
}

/** @throws ProtocolError */
export function readDataRow(body: Buffer): (string | undefined)[] {
  const values: (string | undefined)[] = [];
  let at = 2;
  const need = (bytes: number) => {
    if (bytes > body.length - at) throw new ProtocolError('a row that is cut short');
  };
  if (body.length < 2) throw new ProtocolError('a row that is cut short');
  for (let left = body.readUInt16BE(0); left > 0; left--) {
    need(4);
    const length = body.readInt32BE(at);
    at += 4;
    need(Math.max(0, length));
    values.push(length < 0 ? undefined : body.toString('utf8', at, at + length));
    at += Math.max(0, length);
  }
  return values;
}

/** Text columns. */
export function rowDescription(names: readonly string[]): Buffer {
  const textType = 25;
  const parts = names.map((name) => {
    const facts = Buffer.alloc(18);
    facts.writeUInt32BE(textType, 6);
    facts.writeInt16BE(-1, 10);
    facts.writeInt32BE(-1, 12);
    return Buffer.concat([Buffer.from(`${name}\0`), facts]);
  });
  const count = Buffer.alloc(2);
  count.writeUInt16BE(names.length);
  return message(types.rowDescription, Buffer.concat([count, ...parts]));
}

/** Fields of an ErrorResponse by their letters. */
export function readFields(body: Buffer): Map<string, string> {
  const fields = new Map<string, string>();
  for (let at = 0; at < body.length && body[at] !== 0; ) {
    const end = body.indexOf(0, at + 1);
    if (end < 0) break;
    fields.set(String.fromCharCode(body[at]!), body.toString('utf8', at + 1, end));
    at = end + 1;
  }
  return fields;
}

export function errorResponse(code: string, text: string, severity: 'ERROR' | 'FATAL'): Buffer {
  return message(types.error, Buffer.from(`S${severity}\0V${severity}\0C${code}\0M${text}\0\0`));
}

function lsnAt(body: Buffer, at: number): Lsn {
  try {
    return readLsn(body, at);
  } catch (error) {
    throw new ProtocolError(error instanceof Error ? error.message : 'no position');
  }
}

function writeTime(bytes: Buffer, nowMs: number, at: number): void {
  bytes.writeBigInt64BE(BigInt(Math.round(nowMs - epochMs)) * 1000n, at);
}
