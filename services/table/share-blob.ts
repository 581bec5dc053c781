/**
 * A new blob over ciphertext that is there already: its chunk vertices name the same chunks and hold the same keys, sealed
 * for their own places, also in another domain. The node keeps a chunk until the last vertex that names it is gone.
 */
import type { LocalNodePorts } from '@hypergate/node/api';
import type { RandomSource } from '@hypergate/node/crypto';
import type { BlobStretch, DataRef, StagedBlob } from './api.ts';
import { newBlobId, sealedChunk } from './blob-writer.ts';
import type { DomainKeys } from './domain-keys.ts';
import { tableLimits } from './limits.ts';
import { type OpenChunk, openBlobChunk, openDataChunk } from './open-chunk.ts';
import type { ChunkContent } from './stage-chunk.ts';
import { type StagedChunk, StagedChunks } from './staged.ts';

/**
 * @returns undefined when the stretch does not consist of whole chunks, or they were sealed for their places
 * @throws BlobUnknown, DecryptionError
 */
export function shareBlob(
  source: DomainKeys,
  { blob, offset, length }: Omit<BlobStretch, 'domain'>,
  target: DomainKeys,
  node: LocalNodePorts,
  random: RandomSource,
): StagedBlob | undefined {
  const { chunkBytes } = blob;
  const end = offset + length;
  const isWhole = offset % chunkBytes === 0 && (end % chunkBytes === 0 || end === blob.length);
  if (!isWhole || length === 0 || end > blob.length || chunkBytes !== tableLimits.chunkBytes)
    return undefined;
  const chunks: OpenChunk[] = [];
  for (let at = offset; at < end; at += chunkBytes)
    chunks.push(openBlobChunk(source, blob, at / chunkBytes, node));
  return shared(chunks, length, target, random);
}

/** The same for data that a record holds. */
export function shareData(data: DataRef, target: DomainKeys, random: RandomSource): StagedBlob {
  return shared([openDataChunk(data)], data.length, target, random)!;
}

function shared(
  chunks: readonly OpenChunk[],
  length: number,
  target: DomainKeys,
  random: RandomSource,
): StagedBlob | undefined {
  const id = newBlobId(random);
  const staged: StagedChunk[] = [];
  for (const chunk of chunks) {
    const content = contentOf(chunk);
    if (content === undefined) return undefined;
    staged.push(sealedChunk(target, target.chunkSlot(id, staged.length), content, random));
  }
  const { chunkBytes } = tableLimits;
  return { id, length, chunkBytes, staged: new StagedChunks(target.address, staged) };
}

function contentOf({ key, source }: OpenChunk): ChunkContent | undefined {
  if (key === undefined || key.kind === 'inline') return key;
  const ref = source.kind === 'sealed' && !(source.place instanceof Uint8Array) ? source.place : undefined;
  return ref && { ...key, ref };
}
