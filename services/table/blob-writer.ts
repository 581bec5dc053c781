/**
 * Large data on its way in: cut into chunks of `chunkBytes`, each sealed as a stream of its own and staged while it
 * arrives. In memory are at most one piece of the source and what the node buffers of two chunks: one that is being read
 * and one that is being finished.
 */
import type { Bytes } from '@hypergate/node/api';
import { NodeError } from '@hypergate/node/api';
import { Purpose, type RandomSource, sealRecord } from '@hypergate/node/crypto';
import type { StagedBlob } from './api.ts';
import type { DomainKeys } from './domain-keys.ts';
import { TableMisuse } from './errors.ts';
import { encodeChunkKey } from './format/v1/chunk.ts';
import { tableLimits } from './limits.ts';
import { PieceSource } from './piece-source.ts';
import { type ChunkContent, type ChunkModules, ChunkStager } from './stage-chunk.ts';
import { type StagedChunk, StagedChunks } from './staged.ts';

const blobIdBytes = 16;
const incarnationBytes = 8;
const chunksInFlight = 2;

/**
 * Nothing is part of the domain before `put-blob` is applied; what was staged and is not named is collected by the node.
 * @throws NodeError `aborted`, `storage-full`; TableMisuse beyond `blobChunksMax`; whatever the source throws
 */
export async function stageBlob(
  keys: DomainKeys,
  input: AsyncIterable<Bytes>,
  modules: ChunkModules,
  signal?: AbortSignal,
): Promise<StagedBlob> {
  const id = newBlobId(modules.random);
  const source = new PieceSource(input);
  const failed = new AbortController();
  const giveUp = () => {
    const error = new NodeError('aborted', 'staging was given up', { cause: signal?.reason });
    failed.abort(error);
    source.interrupt(error);
  };
  signal?.addEventListener('abort', giveUp, { once: true });
  const finishing: Promise<StagedChunk>[] = [];
  const chunks: StagedChunk[] = [];
  let length = 0;
  try {
    if (signal?.aborted) giveUp();
    failed.signal.throwIfAborted();
    while (await source.more()) {
      failed.signal.throwIfAborted();
      if (chunks.length + finishing.length === tableLimits.blobChunksMax)
        throw new TableMisuse(`large data of more than ${tableLimits.blobChunksMax} chunks is several blobs`);
      if (finishing.length === chunksInFlight) chunks.push(await finishing.shift()!);
      const index = chunks.length + finishing.length;
      const chunk = new ChunkStager(modules);
      const staged = chunk
        .stage(source, failed.signal)
        .then((content) => sealedChunk(keys, keys.chunkSlot(id, index), content, modules.random));
      finishing.push(staged);
      // Awaited above or below; until then a failure must not count as unhandled.
      staged.catch(() => undefined);
      await Promise.race([chunk.read, staged]);
      length += chunk.plainLength;
    }
    for (const staged of finishing) chunks.push(await staged);
  } catch (error) {
    failed.abort(error);
    source.abandon();
    for (const end of await Promise.allSettled(finishing))
      if (end.status === 'fulfilled') chunks.push(end.value);
    unstageChunks(chunks, modules.node);
    throw error;
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }
  return { id, length, chunkBytes: tableLimits.chunkBytes, staged: new StagedChunks(keys.address, chunks) };
}

/** Nobody will name these chunks: their space may be given back without waiting. */
export function unstageChunks(chunks: readonly StagedChunk[], node: ChunkModules['node']): void {
  const refs = chunks.flatMap(({ ref }) => (ref === undefined ? [] : [ref]));
  if (refs.length > 0) node.unstage?.(refs);
}

export function newBlobId(random: RandomSource): Bytes {
  return Buffer.from(random.bytes(blobIdBytes));
}

/** The vertex of a chunk: its key, or its bytes when they are few, sealed for that place. */
export function sealedChunk(
  keys: DomainKeys,
  slot: Buffer,
  content: ChunkContent,
  random: RandomSource,
): StagedChunk {
  const incarnation = Buffer.from(random.bytes(incarnationBytes));
  const atom = { domain: keys.address, slot, incarnation };
  const payload = sealRecord(keys.current, Purpose.chunkKey, atom, encodeChunkKey(content), random);
  return { slot, incarnation, payload, ref: content.kind === 'sealed' ? content.ref : undefined };
}
