/**
 * Positions in PostgreSQL's write-ahead log, and the names of the files that hold it ("Write-Ahead Logging internals" of its
 * manual). An LSN has 64 bits; as a safe integer it reaches nine million gigabytes, more than an instance writes in its life.
 */

/** Byte position in the write-ahead log. A safe integer. */
export type Lsn = number;

/** Number of a timeline: each recovery that ends begins another. 1 to 2^32 - 1. */
export type Timeline = number;

/** Of one file in pg_wal, as initdb makes them. */
export const walSegmentBytes = 16 * 1024 * 1024;

const word = 2 ** 32;
const segmentsPerWord = word / walSegmentBytes;
const text = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/;

/** `0/1A2B3C4`, as PostgreSQL writes it. */
export function formatLsn(lsn: Lsn): string {
  const high = Math.floor(lsn / word);
  return `${high.toString(16).toUpperCase()}/${(lsn % word).toString(16).toUpperCase()}`;
}

/** @throws RangeError for what is none, and beyond a safe integer */
export function parseLsn(from: string): Lsn {
  const parts = text.exec(from);
  const lsn =
    parts === null ? Number.NaN : Number.parseInt(parts[1]!, 16) * word + Number.parseInt(parts[2]!, 16);
  if (!Number.isSafeInteger(lsn))
    throw new RangeError(`${JSON.stringify(from)} is no position of the write-ahead log`);
  return lsn;
}

/** Eight bytes, most significant first, as the protocol has them. @throws RangeError beyond a safe integer */
export function readLsn(bytes: Buffer, at: number): Lsn {
  const lsn = bytes.readUInt32BE(at) * word + bytes.readUInt32BE(at + 4);
  if (!Number.isSafeInteger(lsn)) throw new RangeError('a position of the write-ahead log that is too large');
  return lsn;
}

export function writeLsn(bytes: Buffer, lsn: Lsn, at: number): void {
  bytes.writeUInt32BE(Math.floor(lsn / word), at);
  bytes.writeUInt32BE(lsn % word, at + 4);
}

/** Name of the file in pg_wal that holds the byte at this position. */
export function walFileName(timeline: Timeline, lsn: Lsn): string {
  const segment = Math.floor(lsn / walSegmentBytes);
  return [timeline, Math.floor(segment / segmentsPerWord), segment % segmentsPerWord]
    .map((part) => part.toString(16).toUpperCase().padStart(8, '0'))
    .join('');
}

/** First byte of the file in pg_wal that holds this position. */
export function walFileStart(lsn: Lsn): Lsn {
  return lsn - (lsn % walSegmentBytes);
}

/** Of a timeline's history, in pg_wal. */
export function historyFileName(timeline: Timeline): string {
  return `${timeline.toString(16).toUpperCase().padStart(8, '0')}.history`;
}
