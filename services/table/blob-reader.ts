/**
 * Large data on its way out: pieces are fetched, authenticated and given out one after another, one piece ahead of the
 * reader. Which chunks there are is looked up at the call, so that a reader of a blob that is replaced meanwhile reads on
 * as long as the node keeps the chunk files.
 */
import type { Bytes, NodePorts } from '@hypergate/node/api';
import { type LocalNodePorts, NodeError } from '@hypergate/node/api';
import type { StreamOpener } from '@hypergate/node/crypto';
import type { BlobRef, DataRef } from './api.ts';
import type { DomainKeys } from './domain-keys.ts';
import { BlobUnknown } from './errors.ts';
import { giveBack } from './give-back.ts';
import { tableLimits } from './limits.ts';
import { type OpenChunk, openBlobChunk, openDataChunk } from './open-chunk.ts';

type Fetch = Pick<NodePorts, 'fetch'>;

/**
 * @throws RangeError outside the blob; BlobUnknown; DecryptionError. While reading also NodeError and the signal's reason
 */
export function readBlob(
  keys: DomainKeys,
  blob: BlobRef,
  offset: number,
  length: number,
  node: LocalNodePorts,
  signal?: AbortSignal,
): AsyncIterable<Bytes> {
  const end = checkedEnd(offset, length, blob.length);
  if (Math.ceil(blob.length / blob.chunkBytes) > tableLimits.blobChunksMax) throw new BlobUnknown();
  const chunks: OpenChunk[] = [];
  const first = Math.floor(offset / blob.chunkBytes);
  for (let index = first; length > 0 && index * blob.chunkBytes < end; index += 1)
    chunks.push(openBlobChunk(keys, blob, index, node));
  return readPieces(chunks, offset, end, node, signal);
}

/** As `readBlob`, for data that a record holds. */
export function readData(
  data: DataRef,
  offset: number,
  length: number,
  node: Fetch,
  signal?: AbortSignal,
): AsyncIterable<Bytes> {
  const end = checkedEnd(offset, length, data.length);
  return readPieces(length === 0 ? [] : [openDataChunk(data)], offset, end, node, signal);
}

/** @throws RangeError */
function checkedEnd(offset: number, length: number, total: number): number {
  const end = offset + length;
  const isWhole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
  if (!isWhole || offset < 0 || length < 0 || end > total)
    throw new RangeError('the range is outside the data');
  return end;
}

interface Piece {
  /** Of its first byte in the whole. */
  readonly start: number;
  readonly open: (node: Fetch) => Promise<Buffer>;
}

function* piecesBetween(chunks: readonly OpenChunk[], offset: number, end: number): Iterable<Piece> {
  for (const { source, start } of chunks) {
    if (source.kind === 'inline') {
      yield { start, open: async () => source.plain };
      continue;
    }
    const { opener, place } = source;
    const first = Math.max(0, Math.floor((offset - start) / opener.pieceBytes));
    for (let index = first; index < opener.pieces; index += 1) {
      const pieceStart = start + index * opener.pieceBytes;
      if (pieceStart >= end) return;
      yield { start: pieceStart, open: (node) => openPiece(opener, index, place, node) };
    }
  }
}

async function openPiece(
  opener: StreamOpener,
  index: number,
  place: (OpenChunk['source'] & { readonly kind: 'sealed' })['place'],
  node: Fetch,
): Promise<Buffer> {
  const { offset, length } = opener.extent(index);
  if (place instanceof Uint8Array) return opener.open(index, place.subarray(offset, offset + length));
  const sealed = await node.fetch(place, offset, length);
  const opened = opener.open(index, sealed);
  giveBack(sealed);
  return opened;
}

async function* readPieces(
  chunks: readonly OpenChunk[],
  offset: number,
  end: number,
  node: Fetch,
  signal: AbortSignal | undefined,
): AsyncGenerator<Bytes> {
  const pieces = piecesBetween(chunks, offset, end)[Symbol.iterator]();
  const begin = (): { readonly start: number; readonly opened: Promise<Buffer> } | undefined => {
    const result = pieces.next();
    if (result.done === true) return undefined;
    const opened = result.value.open(node);
    // Awaited in its turn or at the end; until then a failure must not count as unhandled.
    opened.catch(() => undefined);
    return { start: result.value.start, opened };
  };
  let ahead = begin();
  try {
    while (ahead !== undefined) {
      if (signal?.aborted) throw new NodeError('aborted', 'reading was given up', { cause: signal.reason });
      const { start, opened } = ahead;
      const plain = await opened;
      ahead = begin();
      yield plain.subarray(Math.max(0, offset - start), Math.min(plain.length, end - start));
    }
  } finally {
    await ahead?.opened.catch(() => undefined);
  }
}
