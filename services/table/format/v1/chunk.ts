/**
 * The payload of a chunk's vertex is a sealed record of purpose `chunkKey` (version 2):
 *
 *   0 ‖ key (32) ‖ plain length (4): the ciphertext is the vertex's chunk, sealed as data (node/crypto/sealed-stream.ts)
 *   1 ‖ plaintext: too short for a chunk file
 *
 * Version 1, no longer written: sealed header (69, node/crypto/format/v1.ts) ‖ plain length (4) ‖ piece bytes (4) ‖
 * ciphertext, when it is too short for a chunk file. The first byte tells the versions apart.
 *
 * The payload of the hyperedge that orders chunks is a sealed record of purpose `relation`: version (1) ‖ blob length (8) ‖
 * chunk bytes (4).
 */
import type { Bytes } from '@hypergate/node/api';
import { DecryptionError, dataKeyBytes, headerBytes, Purpose } from '@hypergate/node/crypto';
import type { BlobRef } from '../../api.ts';
import type { ChunkContent } from '../../stage-chunk.ts';

/** Of version 1. */
export interface AtomSealedChunk {
  readonly header: Bytes;
  readonly plainLength: number;
  readonly pieceBytes: number;
  /** Empty when the ciphertext is in a chunk file. */
  readonly inline: Bytes;
}

/** Of version 2; the vertex names the chunk. */
export type ChunkKey =
  | { readonly kind: 'sealed'; readonly key: Bytes; readonly plainLength: number }
  | { readonly kind: 'inline'; readonly plain: Bytes };

const lengthsBytes = 8;
const relationVersion = 1;
const kindByte = { sealed: 0, inline: 1 } as const;

export function isAtomSealed(payload: Bytes): boolean {
  return payload[0] === Purpose.chunk;
}

export function encodeAtomSealedChunk({ header, plainLength, pieceBytes, inline }: AtomSealedChunk): Buffer {
  const lengths = Buffer.allocUnsafe(lengthsBytes);
  lengths.writeUInt32BE(plainLength, 0);
  lengths.writeUInt32BE(pieceBytes, 4);
  return Buffer.concat([header, lengths, inline]);
}

/** @throws DecryptionError `format` */
export function decodeAtomSealedChunk(payload: Bytes): AtomSealedChunk {
  if (payload.length < headerBytes + lengthsBytes) throw new DecryptionError('format');
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  return {
    header: bytes.subarray(0, headerBytes),
    plainLength: bytes.readUInt32BE(headerBytes),
    pieceBytes: bytes.readUInt32BE(headerBytes + 4),
    inline: bytes.subarray(headerBytes + lengthsBytes),
  };
}

export function encodeChunkKey(content: ChunkContent): Buffer {
  if (content.kind === 'inline') return Buffer.concat([Buffer.of(kindByte.inline), content.plain]);
  const bytes = Buffer.allocUnsafe(1 + dataKeyBytes + 4);
  bytes[0] = kindByte.sealed;
  bytes.set(content.key, 1);
  bytes.writeUInt32BE(content.plainLength, 1 + dataKeyBytes);
  return bytes;
}

/** @throws DecryptionError `format` */
export function decodeChunkKey(bytes: Buffer): ChunkKey {
  if (bytes[0] === kindByte.inline) return { kind: 'inline', plain: bytes.subarray(1) };
  if (bytes[0] !== kindByte.sealed || bytes.length !== 1 + dataKeyBytes + 4)
    throw new DecryptionError('format');
  const key = bytes.subarray(1, 1 + dataKeyBytes);
  return { kind: 'sealed', key, plainLength: bytes.readUInt32BE(1 + dataKeyBytes) };
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
