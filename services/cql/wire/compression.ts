/**
 * Compression of frames. LZ4 in v3 and v4: four bytes with the length, then a block; in v5 a block per outer frame. Snappy in v3 and
 * v4. Lengths are checked before memory is taken. The codecs are our own and in plain TypeScript, since clients
 * send packed frames before they have logged in: no native code sees hostile bytes.
 * Specification: "CQL BINARY PROTOCOL", section 5.
 */
import { protocolError } from './frame-error.ts';
import { decodeLz4, encodeLz4, lz4BytesMax, lz4UnpackedMax } from './lz4.ts';
import { decodeSnappy, encodeSnappy, snappyBytesMax, snappyLength, snappyUnpackedMax } from './snappy.ts';

export const compressions = ['lz4', 'snappy'] as const;
export type Compression = (typeof compressions)[number];

const lengthBytes = 4;

/** What STARTUP asks for. @throws CqlError `protocol` when there is no such thing; v5 has LZ4 alone */
export function agreedCompression(version: number, name: string | undefined): Compression | undefined {
  if (name === undefined) return undefined;
  const known = compressions.find((compression) => compression === name.toLowerCase());
  if (known !== undefined && (known === 'lz4' || version < 5)) return known;
  throw protocolError(`Unknown compression algorithm: ${name}`);
}

/** @returns how long it says to be, and undefined when that is too much or the data makes no sense */
export function unpackBody(
  compression: Compression,
  packed: Buffer,
  bytesMax: number,
): { readonly bytes: number; readonly body: Buffer | undefined } {
  const isLz4 = compression === 'lz4';
  if (isLz4 && packed.length < lengthBytes) return { bytes: 0, body: undefined };
  const bytes = isLz4 ? packed.readUInt32BE(0) : snappyLength(packed);
  if (bytes < 0 || bytes > bytesMax) return { bytes, body: undefined };
  if (isLz4) return { bytes, body: unpackLz4(packed.subarray(lengthBytes), bytes) };
  if (bytes > snappyUnpackedMax(packed.length)) return { bytes, body: undefined };
  const target = Buffer.allocUnsafe(bytes);
  return { bytes, body: decodeSnappy(packed, target) ? target : undefined };
}

/** A block of LZ4 that gives exactly so many bytes, which the caller has found acceptable. */
export function unpackLz4(block: Buffer, bytes: number): Buffer | undefined {
  if (bytes > lz4UnpackedMax(block.length)) return undefined;
  const target = Buffer.allocUnsafe(bytes);
  return decodeLz4(block, target) ? target : undefined;
}

/** How long `packBody` may become. */
export function packedBytesMax(compression: Compression, bytes: number): number {
  return compression === 'lz4' ? lengthBytes + lz4BytesMax(bytes) : snappyBytesMax(bytes);
}

/** @returns where what was written to the target ends */
export function packBody(compression: Compression, body: Buffer, target: Buffer, at: number): number {
  if (compression === 'snappy') return encodeSnappy(body, target, at);
  target.writeUInt32BE(body.length, at);
  return encodeLz4(body, target, at + lengthBytes);
}
