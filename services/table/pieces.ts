/**
 * Bytes of any length in rows (version 1): short ones stand in the row, longer ones in chunks that the row holds alive.
 *   pieces = count ‖ piece…
 *   piece  = 0 ‖ bytes | 1 ‖ key (32) ‖ length ‖ chunk hash (33) ‖ chunk length
 * Counts and lengths are LEB128.
 */
import { type ByteReader, type ByteWriter, FormatError } from '@hypergate/kit/bytes';
import type { ChunkRef, DataRef, TableStore } from './api.ts';

export type Piece =
  | { readonly kind: 'inline'; readonly bytes: Buffer }
  | { readonly kind: 'data'; readonly data: DataRef };

/** Longer bytes go to chunks: a row must fit into a transaction with others. */
export const inlineBytesMax = 192 * 1024;
const chunkBytes = 8 * 1024 * 1024;
const chunkBytesMin = 64 * 1024;
const keyBytes = 32;
const hashBytes = 33;
/** Chunks of one row: what a vertex may hold. */
export const piecesMax = 16;
export const pieceRowBytesMax = piecesMax * chunkBytes;

/** @param bytes at most `pieceRowBytesMax` */
export async function stagePieces(tables: TableStore, bytes: Buffer): Promise<Piece[]> {
  if (bytes.length <= inlineBytesMax) return [{ kind: 'inline', bytes }];
  const pieces: Piece[] = [];
  for (let at = 0; at < bytes.length; ) {
    const left = bytes.length - at;
    // No last piece that is too short for a chunk.
    const length =
      left > chunkBytes && left - chunkBytes < chunkBytesMin
        ? left - chunkBytesMin
        : Math.min(left, chunkBytes);
    pieces.push({ kind: 'data', data: await tables.stageData(bytes.subarray(at, at + length)) });
    at += length;
  }
  return pieces;
}

export async function readPieces(tables: TableStore, pieces: readonly Piece[]): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for (const piece of pieces) {
    if (piece.kind === 'inline') parts.push(piece.bytes);
    else
      for await (const part of tables.readData(piece.data, 0, piece.data.length))
        parts.push(Buffer.from(part));
  }
  return parts.length === 1 && parts[0] instanceof Buffer ? parts[0] : Buffer.concat(parts);
}

/** No record took them: their space is given back soon. */
export function unstagePieces(tables: TableStore, pieces: readonly Piece[]): void {
  for (const piece of pieces) if (piece.kind === 'data') tables.unstage?.(piece.data);
}

export function chunksOf(pieces: readonly Piece[]): ChunkRef[] {
  return pieces.flatMap((piece) => (piece.kind === 'data' ? [piece.data.chunk] : []));
}

export function writePieces(to: ByteWriter, pieces: readonly Piece[]): void {
  to.varint(pieces.length);
  for (const piece of pieces) {
    if (piece.kind === 'inline') {
      to.u8(0);
      to.bytes(piece.bytes);
    } else {
      const { key, length, chunk } = piece.data;
      to.u8(1);
      to.raw(key);
      to.varint(length);
      to.raw(chunk.hash);
      to.varint(chunk.length);
    }
  }
}

/** @throws FormatError */
export function readPiecesRow(from: ByteReader): Piece[] {
  const count = from.varint();
  if (count > piecesMax) throw new FormatError('too many pieces');
  const pieces: Piece[] = [];
  for (let i = 0; i < count; i++) {
    const kind = from.u8();
    if (kind === 0) pieces.push({ kind: 'inline', bytes: Buffer.from(from.bytes()) });
    else if (kind === 1) {
      const key = Buffer.from(from.raw(keyBytes));
      const length = from.varint();
      const hash = Buffer.from(from.raw(hashBytes));
      pieces.push({ kind: 'data', data: { key, length, chunk: { hash, length: from.varint() } } });
    } else throw new FormatError('a piece of an unknown kind');
  }
  return pieces;
}
