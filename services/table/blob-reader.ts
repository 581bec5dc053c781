/**
 * Large data on its way out: pieces are fetched, authenticated and given out one after another, one piece ahead of the
 * reader. Which chunks there are is looked up at the call, so that a reader of a blob that is replaced meanwhile reads on
 * as long as the node keeps the chunk files.
 */
import type { Bytes, ChunkRef, NodePorts } from '@hypergate/node/api';
import { type LocalNodePorts, NodeError } from '@hypergate/node/api';
import { DecryptionError, Purpose, StreamOpener, streamLength } from '@hypergate/node/crypto';
import type { BlobRef } from './api.ts';
import type { DomainKeys } from './domain-keys.ts';
import { BlobUnknown } from './errors.ts';
import { type ChunkContent, decodeChunk } from './format/v1/chunk.ts';
import { giveBack } from './give-back.ts';
import { tableLimits } from './limits.ts';

interface FoundChunk {
  readonly content: ChunkContent;
  readonly ref: ChunkRef | undefined;
  readonly slot: Buffer;
  readonly incarnation: Bytes;
  /** Offset in the blob. */
  readonly start: number;
}

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
  const end = offset + length;
  const isWhole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
  if (!isWhole || offset < 0 || length < 0 || end > blob.length)
    throw new RangeError('the range is outside the blob');
  if (Math.ceil(blob.length / blob.chunkBytes) > tableLimits.blobChunksMax) throw new BlobUnknown();
  const chunks: FoundChunk[] = [];
  for (
    let index = Math.floor(offset / blob.chunkBytes);
    length > 0 && index * blob.chunkBytes < end;
    index += 1
  )
    chunks.push(findChunk(keys, blob, index, node));
  return readPieces(keys, chunks, offset, end, node, signal);
}

function findChunk(keys: DomainKeys, blob: BlobRef, index: number, node: LocalNodePorts): FoundChunk {
  const slot = keys.chunkSlot(blob.id, index);
  const atom = node.readSync({ domain: keys.address, slot });
  if (atom === undefined) throw new BlobUnknown();
  const content = decodeChunk(atom.payload);
  const start = index * blob.chunkBytes;
  const ref = atom.chunks[0];
  const stored = ref?.length ?? content.inline.length;
  // The record that refers to the blob is authenticated, and so are these lengths by it.
  const isExpected =
    content.plainLength === Math.min(blob.chunkBytes, blob.length - start) &&
    stored === streamLength(content.plainLength, content.pieceBytes);
  if (!isExpected) throw new DecryptionError('format');
  return { content, ref, slot, incarnation: atom.incarnation, start };
}

interface Piece {
  readonly chunk: FoundChunk;
  readonly opener: StreamOpener;
  readonly index: number;
  /** Of its first byte in the blob. */
  readonly start: number;
}

function* piecesBetween(
  keys: DomainKeys,
  chunks: readonly FoundChunk[],
  offset: number,
  end: number,
): Iterable<Piece> {
  for (const chunk of chunks) {
    const { header, pieceBytes, plainLength } = chunk.content;
    const atom = { domain: keys.address, slot: chunk.slot, incarnation: chunk.incarnation };
    const opener = new StreamOpener(keys.contentKeys, Purpose.chunk, atom, header, pieceBytes, plainLength);
    const first = Math.max(0, Math.floor((offset - chunk.start) / pieceBytes));
    for (let index = first; index < opener.pieces; index += 1) {
      const start = chunk.start + index * pieceBytes;
      if (start >= end) return;
      yield { chunk, opener, index, start };
    }
  }
}

async function openPiece({ chunk, opener, index }: Piece, node: Pick<NodePorts, 'fetch'>): Promise<Buffer> {
  const { offset, length } = opener.extent(index);
  const { ref, content } = chunk;
  if (ref === undefined) return opener.open(index, content.inline.subarray(offset, offset + length));
  const sealed = await node.fetch(ref, offset, length);
  const opened = opener.open(index, sealed);
  giveBack(sealed);
  return opened;
}

async function* readPieces(
  keys: DomainKeys,
  chunks: readonly FoundChunk[],
  offset: number,
  end: number,
  node: Pick<NodePorts, 'fetch'>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Bytes> {
  const pieces = piecesBetween(keys, chunks, offset, end)[Symbol.iterator]();
  const begin = (): { readonly piece: Piece; readonly opened: Promise<Buffer> } | undefined => {
    const result = pieces.next();
    if (result.done === true) return undefined;
    const opened = openPiece(result.value, node);
    // Awaited in its turn or at the end; until then a failure must not count as unhandled.
    opened.catch(() => undefined);
    return { piece: result.value, opened };
  };
  let ahead = begin();
  try {
    while (ahead !== undefined) {
      if (signal?.aborted) throw new NodeError('aborted', 'reading was given up', { cause: signal.reason });
      const { piece, opened } = ahead;
      const plain = await opened;
      ahead = begin();
      const from = Math.max(0, offset - piece.start);
      yield plain.subarray(from, Math.min(plain.length, end - piece.start));
    }
  } finally {
    await ahead?.opened.catch(() => undefined);
  }
}
