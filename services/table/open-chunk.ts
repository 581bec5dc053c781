/** Chunks of large data as their vertices describe them: how each is opened, and where its ciphertext is. */
import type { ChunkRef, LocalNodePorts } from '@hypergate/node/api';
import {
  DecryptionError,
  dataPieceBytes,
  openAtomStream,
  openData,
  openRecord,
  Purpose,
  type SealedAtom,
  type StreamOpener,
  streamLength,
} from '@hypergate/node/crypto';
import type { BlobRef, DataRef } from './api.ts';
import type { DomainKeys } from './domain-keys.ts';
import { BlobUnknown } from './errors.ts';
import { type ChunkKey, decodeAtomSealedChunk, decodeChunkKey, isAtomSealed } from './format/v1/chunk.ts';

export interface OpenChunk {
  readonly plainLength: number;
  /** Of its first byte in the whole. */
  readonly start: number;
  readonly source:
    | { readonly kind: 'inline'; readonly plain: Buffer }
    | { readonly kind: 'sealed'; readonly opener: StreamOpener; readonly place: ChunkRef | Buffer };
  /** What a copy that shares the ciphertext needs; undefined for chunks sealed for their place. */
  readonly key: ChunkKey | undefined;
}

/** @throws BlobUnknown, DecryptionError */
export function openBlobChunk(
  keys: DomainKeys,
  blob: BlobRef,
  index: number,
  node: LocalNodePorts,
): OpenChunk {
  const slot = keys.chunkSlot(blob.id, index);
  const vertex = node.readSync({ domain: keys.address, slot });
  if (vertex === undefined) throw new BlobUnknown();
  const atom = { domain: keys.address, slot, incarnation: vertex.incarnation };
  const start = index * blob.chunkBytes;
  const { payload, chunks } = vertex;
  const chunk = isAtomSealed(payload)
    ? openAtomSealed(keys, atom, payload, chunks[0], start)
    : openKeyed(
        decodeChunkKey(openRecord(keys.contentKeys, Purpose.chunkKey, atom, payload)),
        chunks[0],
        start,
      );
  // The record that refers to the blob is authenticated, and so is this length by it.
  if (chunk.plainLength !== Math.min(blob.chunkBytes, blob.length - start))
    throw new DecryptionError('format');
  return chunk;
}

/** @throws DecryptionError `format` */
export function openDataChunk({ key, length, chunk }: DataRef): OpenChunk {
  return openKeyed({ kind: 'sealed', key, plainLength: length }, chunk, 0);
}

function openKeyed(key: ChunkKey, ref: ChunkRef | undefined, start: number): OpenChunk {
  if (key.kind === 'inline') {
    const plain = Buffer.from(key.plain.buffer, key.plain.byteOffset, key.plain.byteLength);
    return { plainLength: plain.length, start, source: { kind: 'inline', plain }, key };
  }
  const { plainLength } = key;
  if (ref?.length !== streamLength(plainLength, dataPieceBytes)) throw new DecryptionError('format');
  const opener = openData(key.key, plainLength);
  return { plainLength, start, source: { kind: 'sealed', opener, place: ref }, key };
}

function openAtomSealed(
  keys: DomainKeys,
  atom: SealedAtom,
  payload: Uint8Array,
  ref: ChunkRef | undefined,
  start: number,
): OpenChunk {
  const { header, pieceBytes, plainLength, inline } = decodeAtomSealedChunk(payload);
  const place = ref ?? Buffer.from(inline.buffer, inline.byteOffset, inline.byteLength);
  if (place.length !== streamLength(plainLength, pieceBytes)) throw new DecryptionError('format');
  const opener = openAtomStream(keys.contentKeys, Purpose.chunk, atom, header, pieceBytes, plainLength);
  return { plainLength, start, source: { kind: 'sealed', opener, place }, key: undefined };
}
