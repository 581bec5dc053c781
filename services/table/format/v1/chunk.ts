/**
 * The payload of a chunk's vertex (version 1): sealed header (69, node/crypto/format/v1.ts) ‖ plain length (4) ‖ piece
 * bytes (4) ‖ ciphertext, when it is too small for a chunk file. The header's purpose byte is the version marker.
 *
 * The payload of the hyperedge that orders chunks is a sealed record of purpose `relation`: version (1) ‖ blob length (8) ‖
 * chunk bytes (4).
 */
import type { Bytes } from '@hypergate/node/api';
import { DecryptionError, headerBytes } from '@hypergate/node/crypto';
import type { BlobRef } from '../../api.ts';

export interface ChunkContent {
  readonly header: Bytes;
  readonly plainLength: number;
  readonly pieceBytes: number;
  /** Empty when the ciphertext is in a chunk file. */
  readonly inline: Bytes;
}

const lengthsBytes = 8;
const relationVersion = 1;

export function encodeChunk({ header, plainLength, pieceBytes, inline }: ChunkContent): Buffer {
  const lengths = Buffer.allocUnsafe(lengthsBytes);
  lengths.writeUInt32BE(plainLength, 0);
  lengths.writeUInt32BE(pieceBytes, 4);
  return Buffer.concat([header, lengths, inline]);
}

/** @throws DecryptionError `format` */
export function decodeChunk(payload: Bytes): ChunkContent {
  if (payload.length < headerBytes + lengthsBytes) throw new DecryptionError('format');
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  return {
    header: bytes.subarray(0, headerBytes),
    plainLength: bytes.readUInt32BE(headerBytes),
    pieceBytes: bytes.readUInt32BE(headerBytes + 4),
    inline: bytes.subarray(headerBytes + lengthsBytes),
  };
}

export function encodeRelation({ length, chunkBytes }: BlobRef): Buffer {
  const bytes = Buffer.alloc(13);
  bytes[0] = relationVersion;
  bytes.writeBigUInt64BE(BigInt(length), 1);
  bytes.writeUInt32BE(chunkBytes, 9);
  return bytes;
}

/** @throws DecryptionError `format` */
export function decodeRelation(bytes: Buffer): { readonly length: number; readonly chunkBytes: number } {
  if (bytes.length !== 13 || bytes[0] !== relationVersion) throw new DecryptionError('format');
  const length = Number(bytes.readBigUInt64BE(1));
  if (!Number.isSafeInteger(length)) throw new DecryptionError('format');
  return { length, chunkBytes: bytes.readUInt32BE(9) };
}
