/**
 * A frame into outer frames of v5, packed or not. One that fits goes out from where it was written: room is kept before it for the
 * header. Specification: "CQL BINARY PROTOCOL v5", section 2.
 */
import { crc24, payloadCrc } from './checksums.ts';
import { wireLimits } from './limits.ts';
import { encodeLz4, lz4BytesMax } from './lz4.ts';

export const plainHeaderBytes = 6;
export const packedHeaderBytes = 8;
export const trailerBytes = 4;

/** Around a payload that stands in the buffer, with room on both sides. @returns where the segment begins */
export function wrapPlain(buffer: Buffer, from: number, to: number, isSelfContained: boolean): number {
  const at = from - plainHeaderBytes;
  buffer.writeUIntLE((to - from) | (isSelfContained ? 0x20000 : 0), at, 3);
  buffer.writeUIntLE(crc24(buffer, at, at + 3), at + 3, 3);
  buffer.writeUInt32LE(payloadCrc(buffer.subarray(from, to)), to);
  return at;
}

function wrapPacked(
  buffer: Buffer,
  from: number,
  to: number,
  unpackedBytes: number,
  isSelfContained: boolean,
): void {
  const at = from - packedHeaderBytes;
  const low = to - from + (unpackedBytes & 0x7f) * 2 ** 17;
  buffer.writeUIntLE(low, at, 3);
  buffer.writeUInt16LE((unpackedBytes >>> 7) | (isSelfContained ? 0x400 : 0), at + 3);
  buffer.writeUIntLE(crc24(buffer, at, at + 5), at + 5, 3);
  buffer.writeUInt32LE(payloadCrc(buffer.subarray(from, to)), to);
}

/** Segments in memory of their own: of a frame that is too long for one, or packed. */
export function segmentsOf(frame: Buffer, isPacked: boolean): Buffer {
  const { segmentBytesMax } = wireLimits;
  const count = Math.ceil(frame.length / segmentBytesMax);
  const overhead = (isPacked ? packedHeaderBytes + lz4BytesMax(0) : plainHeaderBytes) + trailerBytes;
  const packedMax = isPacked ? lz4BytesMax(frame.length) : frame.length;
  const out = Buffer.allocUnsafe(packedMax + count * overhead);
  let end = 0;
  for (let at = 0; at < frame.length; at += segmentBytesMax) {
    const part = frame.subarray(at, Math.min(at + segmentBytesMax, frame.length));
    end = isPacked ? putPacked(part, out, end, count === 1) : putPlain(part, out, end, count === 1);
  }
  return out.subarray(0, end);
}

function putPlain(part: Buffer, out: Buffer, at: number, isSelfContained: boolean): number {
  const from = at + plainHeaderBytes;
  part.copy(out, from);
  wrapPlain(out, from, from + part.length, isSelfContained);
  return from + part.length + trailerBytes;
}

function putPacked(part: Buffer, out: Buffer, at: number, isSelfContained: boolean): number {
  const from = at + packedHeaderBytes;
  const isWorthIt = part.length >= wireLimits.packedBytesMin;
  let to = isWorthIt ? encodeLz4(part, out, from) : from + part.length;
  let unpackedBytes = part.length;
  if (!isWorthIt || to - from >= part.length) {
    part.copy(out, from);
    to = from + part.length;
    unpackedBytes = 0;
  }
  wrapPacked(out, from, to, unpackedBytes, isSelfContained);
  return to + trailerBytes;
}
