/**
 * Stored bytes of the store, version 1: never changed once released; golden files in test/golden prove it.
 * Integers are little endian (keys of the key-value store: big endian); u64 holds safe integers only.
 *
 * Segment file `<folder>/segment-<number, 10 digits>.log`: header sector, then batches. A batch starts at a sector
 * boundary and is padded with zeros to the next one, so a torn batch cannot hurt an earlier one.
 *
 *   segment header, one sector: 0 'HGLOGSEG' | 8 u32 version | 12 u32 header bytes | 16 u64 number
 *     | 24 u64 segment bytes | 32 log id (16) | 48 u32 crc of 0..48 | zeros
 *   record header, 32 bytes:    0 'HGR' version | 4 u32 payload length | 8 u64 position | 16 u64 attempt
 *     | 24 u32 index in batch * 2 + kind | 28 u32 crc; then the payload, then zeros to a multiple of 8
 *
 * A batch is written when everything before it is on the disk, so a valid record proves that all up to its `durable` =
 * position - index - 1 had been acknowledged. `attempt` counts writes of batches: what a failed write left is
 * recognised. Kind 0 is a record, 1 the mark of an orderly close (no payload, index 0, durable = position).
 *
 * Chunk file `<folder>/<number, 10 digits>.chunks`: header sector, then frames, each starting at a sector boundary.
 *
 *   file header, one sector: 0 'HGCHUNKS' | 8 u32 version | 12 u32 header bytes | 16 u64 number | 24 salt (16)
 *     | 40 u32 crc of 0..40 | zeros
 *   frame header, 64 bytes:  0 'HGC' version | 4 zero (4) | 8 u64 length | 16 tagged hash (33) | 49 zero (3)
 *     | 52 u64 offset of the frame | 60 u32 crc of 0..60; then the content
 *   frame footer, 32 bytes:  0 'HGE' version | 4 zero (4) | 8 u64 length | 16 u64 offset of the frame
 *     | 24 u32 crc of the header | 28 u32 crc of 0..28; then zeros to the sector boundary
 *
 * Checksums are CRC-32 (ISO-HDLC, as zlib), started from the CRC of log id and number or of salt and number, which
 * nobody outside knows: bytes that a client chose are not mistaken for a record.
 *
 * Key-value entries under 0x63 ('c'):
 *   63 ‖ tagged hash                 -> 01 | u64 file | u64 frame offset | u32 length
 *   63 00 ‖ u64 file (big endian)    -> 01 | u8 sealed | u64 end | u64 settled | u64 live bytes
 */
import { crc32 } from 'node:zlib';
import type { TaggedHash } from '../../api/index.ts';
import { storeLimits } from '../limits.ts';

export const formatVersion = 1;
export const segmentHeaderBytes: number = storeLimits.sectorBytes;
export const recordHeaderBytes = 32;
export const chunkFileHeaderBytes: number = storeLimits.sectorBytes;
export const frameHeaderBytes = 64;
export const frameFooterBytes = 32;
export const taggedHashBytes = 33;

const segmentMagic = Buffer.from('HGLOGSEG', 'latin1');
const chunkFileMagic = Buffer.from('HGCHUNKS', 'latin1');
const marker = (letters: string): number =>
  Buffer.from([...Buffer.from(letters, 'latin1'), formatVersion]).readUInt32LE(0);
export const recordMarker = marker('HGR');
const frameMarker = marker('HGC');
const footerMarker = marker('HGE');

export const recordKind = { record: 0, closeMark: 1 } as const;

export const alignUp = (offset: number, unit: number): number => Math.ceil(offset / unit) * unit;
export const sectorUp = (offset: number): number => alignUp(offset, storeLimits.sectorBytes);

function putU64(target: Buffer, value: number, at: number): void {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a stored integer: ${value}`);
  target.writeUInt32LE(value % 2 ** 32, at);
  target.writeUInt32LE(Math.floor(value / 2 ** 32), at + 4);
}

/** A u64 that holds a safe integer, else NaN, which compares equal to nothing. */
function getU64(source: Buffer, at: number): number {
  const high = source.readUInt32LE(at + 4);
  return high < 2 ** 21 ? high * 2 ** 32 + source.readUInt32LE(at) : Number.NaN;
}

const sealed = (secret: Uint8Array, number: number): number => {
  const suffix = Buffer.alloc(8);
  putU64(suffix, number, 0);
  return crc32(suffix, crc32(secret));
};

export interface SegmentHeader {
  readonly number: number;
  readonly segmentBytes: number;
  /** Random, 16 bytes, the same in all segments of a log. */
  readonly logId: Uint8Array;
}

/** Where the checksums of a segment's records start. */
export const segmentSalt = (header: SegmentHeader): number => sealed(header.logId, header.number);

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(segmentHeaderBytes);
  segmentMagic.copy(bytes);
  bytes.writeUInt32LE(formatVersion, 8);
  bytes.writeUInt32LE(segmentHeaderBytes, 12);
  putU64(bytes, header.number, 16);
  putU64(bytes, header.segmentBytes, 24);
  bytes.set(header.logId.subarray(0, 16), 32);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 48)), 48);
  return bytes;
}

/** Undefined when these are not the bytes of a segment header of this version. */
export function decodeSegmentHeader(bytes: Buffer): SegmentHeader | undefined {
  if (bytes.length < segmentHeaderBytes || !bytes.subarray(0, 8).equals(segmentMagic)) return undefined;
  if (bytes.readUInt32LE(8) !== formatVersion || bytes.readUInt32LE(12) !== segmentHeaderBytes)
    return undefined;
  if (bytes.readUInt32LE(48) !== crc32(bytes.subarray(0, 48))) return undefined;
  return {
    number: getU64(bytes, 16),
    segmentBytes: getU64(bytes, 24),
    logId: Buffer.from(bytes.subarray(32, 48)),
  };
}

export interface RecordHeader {
  readonly kind: number;
  readonly position: number;
  readonly attempt: number;
  /** Of the record in its batch. */
  readonly index: number;
}

/** Bytes a record takes in its segment, without the padding at the end of its batch. */
export const recordBytes = (payloadLength: number): number => recordHeaderBytes + alignUp(payloadLength, 8);

export function encodeRecordHeader(
  target: Buffer,
  at: number,
  header: RecordHeader,
  payload: Uint8Array,
  salt: number,
): void {
  target.writeUInt32LE(recordMarker, at);
  target.writeUInt32LE(payload.length, at + 4);
  putU64(target, header.position, at + 8);
  putU64(target, header.attempt, at + 16);
  target.writeUInt32LE(header.index * 2 + header.kind, at + 24);
  const crc = crc32(payload, crc32(target.subarray(at, at + 28), salt));
  target.writeUInt32LE(crc, at + 28);
}

export interface DecodedRecord extends RecordHeader {
  readonly payload: Buffer;
  /** Last position that was on the disk when this was written. */
  readonly durable: number;
  /** Offsets in the window: of the header, and behind the padded payload. */
  readonly start: number;
  readonly end: number;
}

/**
 * The record at an offset of a window into a segment: undefined when there is none, or the number of bytes from
 * `at` that must be present to tell.
 * @param limit Bytes from `at` to the end of what may be read; a longer record is none.
 */
export function decodeRecord(
  window: Buffer,
  at: number,
  salt: number,
  limit: number,
): DecodedRecord | number | undefined {
  if (limit < recordHeaderBytes) return undefined;
  if (window.length - at < recordHeaderBytes) return recordHeaderBytes;
  if (window.readUInt32LE(at) !== recordMarker) return undefined;
  const length = window.readUInt32LE(at + 4);
  const bytes = recordBytes(length);
  if (bytes > limit) return undefined;
  if (window.length - at < bytes) return bytes;
  const payload = window.subarray(at + recordHeaderBytes, at + recordHeaderBytes + length);
  const crc = crc32(payload, crc32(window.subarray(at, at + 28), salt));
  if (crc !== window.readUInt32LE(at + 28)) return undefined;
  const last = window.readUInt32LE(at + 24);
  const position = getU64(window, at + 8);
  const kind = last & 1;
  const index = last >>> 1;
  return {
    kind,
    position,
    attempt: getU64(window, at + 16),
    index,
    durable: kind === recordKind.closeMark ? position : position - index - 1,
    payload,
    start: at,
    end: at + bytes,
  };
}

export interface ChunkFileHeader {
  readonly number: number;
  /** Random, 16 bytes, of this file alone. */
  readonly salt: Uint8Array;
}

/** Where the checksums of a chunk file's frames start. */
export const chunkFileSalt = (header: ChunkFileHeader): number => sealed(header.salt, header.number);

export function encodeChunkFileHeader(header: ChunkFileHeader): Buffer {
  const bytes = Buffer.alloc(chunkFileHeaderBytes);
  chunkFileMagic.copy(bytes);
  bytes.writeUInt32LE(formatVersion, 8);
  bytes.writeUInt32LE(chunkFileHeaderBytes, 12);
  putU64(bytes, header.number, 16);
  bytes.set(header.salt.subarray(0, 16), 24);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 40)), 40);
  return bytes;
}

export function decodeChunkFileHeader(bytes: Buffer): ChunkFileHeader | undefined {
  if (bytes.length < chunkFileHeaderBytes || !bytes.subarray(0, 8).equals(chunkFileMagic)) return undefined;
  if (bytes.readUInt32LE(8) !== formatVersion || bytes.readUInt32LE(12) !== chunkFileHeaderBytes)
    return undefined;
  if (bytes.readUInt32LE(40) !== crc32(bytes.subarray(0, 40))) return undefined;
  return { number: getU64(bytes, 16), salt: Buffer.from(bytes.subarray(24, 40)) };
}

export interface Frame {
  readonly hash: TaggedHash;
  readonly length: number;
  /** Of the frame in its file. */
  readonly offset: number;
}

/** Bytes a chunk takes in its file. */
export const frameBytes = (length: number): number => sectorUp(frameHeaderBytes + length + frameFooterBytes);

export function encodeFrameHeader(frame: Frame, salt: number): Buffer {
  if (frame.hash.length !== taggedHashBytes) throw new RangeError('not a tagged hash');
  const bytes = Buffer.alloc(frameHeaderBytes);
  bytes.writeUInt32LE(frameMarker, 0);
  putU64(bytes, frame.length, 8);
  bytes.set(frame.hash, 16);
  putU64(bytes, frame.offset, 52);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 60), salt), 60);
  return bytes;
}

export function decodeFrameHeader(bytes: Buffer, salt: number): Frame | undefined {
  if (bytes.length < frameHeaderBytes || bytes.readUInt32LE(0) !== frameMarker) return undefined;
  if (bytes.readUInt32LE(60) !== crc32(bytes.subarray(0, 60), salt)) return undefined;
  const hash = Buffer.from(bytes.subarray(16, 16 + taggedHashBytes));
  return { hash, length: getU64(bytes, 8), offset: getU64(bytes, 52) };
}

/** Footer and the zeros after it, up to the sector boundary. */
export function encodeFrameEnd(frame: Frame, header: Buffer, salt: number): Buffer {
  const bytes = Buffer.alloc(frameBytes(frame.length) - frameHeaderBytes - frame.length);
  bytes.writeUInt32LE(footerMarker, 0);
  putU64(bytes, frame.length, 8);
  putU64(bytes, frame.offset, 16);
  bytes.writeUInt32LE(header.readUInt32LE(60), 24);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 28), salt), 28);
  return bytes;
}

/** Whether these bytes end the frame. */
export function isFrameFooter(bytes: Buffer, frame: Frame, salt: number): boolean {
  if (bytes.length < frameFooterBytes || bytes.readUInt32LE(0) !== footerMarker) return false;
  if (bytes.readUInt32LE(28) !== crc32(bytes.subarray(0, 28), salt)) return false;
  const header = encodeFrameHeader(frame, salt);
  return (
    getU64(bytes, 8) === frame.length &&
    getU64(bytes, 16) === frame.offset &&
    bytes.readUInt32LE(24) === header.readUInt32LE(60)
  );
}

export interface ChunkLocation {
  readonly file: number;
  /** Of the frame, not of the content. */
  readonly offset: number;
  readonly length: number;
}

const keyPrefix = 0x63;
export const locationRange = {
  gte: Buffer.from([keyPrefix, 1]),
  lt: Buffer.from([keyPrefix + 1]),
} as const;
export const fileRecordRange = {
  gte: Buffer.from([keyPrefix, 0]),
  lt: Buffer.from([keyPrefix, 1]),
} as const;

export function locationKey(hash: TaggedHash): Buffer {
  const key = Buffer.allocUnsafe(1 + hash.length);
  key[0] = keyPrefix;
  key.set(hash, 1);
  return key;
}

export const hashOfLocationKey = (key: Uint8Array): TaggedHash => key.subarray(1);

export function encodeLocation(location: ChunkLocation): Buffer {
  const bytes = Buffer.allocUnsafe(21);
  bytes[0] = formatVersion;
  putU64(bytes, location.file, 1);
  putU64(bytes, location.offset, 9);
  bytes.writeUInt32LE(location.length, 17);
  return bytes;
}

/** @throws RangeError for bytes of another format: the key-value store is not ours or is damaged */
export function decodeLocation(value: Uint8Array): ChunkLocation {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (bytes.length !== 21 || bytes[0] !== formatVersion) throw new RangeError('not a chunk location');
  return { file: getU64(bytes, 1), offset: getU64(bytes, 9), length: bytes.readUInt32LE(17) };
}

export interface ChunkFileRecord {
  readonly sealed: boolean;
  readonly end: number;
  /** Every frame before this offset has its location entry or is garbage: recovery starts here. */
  readonly settled: number;
  readonly liveBytes: number;
}

export function fileRecordKey(number: number): Buffer {
  const key = Buffer.alloc(10);
  key[0] = keyPrefix;
  key.writeBigUInt64BE(BigInt(number), 2);
  return key;
}

export const numberOfFileRecordKey = (key: Uint8Array): number =>
  Number(Buffer.from(key.buffer, key.byteOffset, key.byteLength).readBigUInt64BE(2));

export function encodeFileRecord(record: ChunkFileRecord): Buffer {
  const bytes = Buffer.allocUnsafe(26);
  bytes[0] = formatVersion;
  bytes[1] = record.sealed ? 1 : 0;
  putU64(bytes, record.end, 2);
  putU64(bytes, record.settled, 10);
  putU64(bytes, record.liveBytes, 18);
  return bytes;
}

/** @throws RangeError for bytes of another format */
export function decodeFileRecord(value: Uint8Array): ChunkFileRecord {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (bytes.length !== 26 || bytes[0] !== formatVersion) throw new RangeError('not a chunk file record');
  return {
    sealed: bytes[1] === 1,
    end: getU64(bytes, 2),
    settled: getU64(bytes, 10),
    liveBytes: getU64(bytes, 18),
  };
}
