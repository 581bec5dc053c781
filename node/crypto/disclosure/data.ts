/**
 * Whether a file is what a proof names: the disclosed chunk keys seal its plaintext anew, and what comes out must have the
 * hashes of the chunks (sealing with a given key is deterministic, sealed-stream.ts). Reads the file once, in order, and
 * holds one piece (256 KiB) of it. Runs in browsers; asynchronous, because WebCrypto is.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { accepted, type Checked, refused } from '../checked.ts';
import { cryptoLimits } from '../limits.ts';
import { PieceReader } from './piece-reader.ts';
import { sameBytes } from './record.ts';
import { type PieceSealer, pieceSealer } from './seal-piece.ts';

const { streamPieceBytes } = cryptoLimits;
const dataKeyBytes = 32;

/** What the vertex of a chunk says, disclosed: services/table/format/v1/chunk.ts. */
export type DisclosedChunk =
  | {
      readonly kind: 'sealed';
      /** Key of this chunk's data, 32 bytes. */
      readonly key: Uint8Array;
      readonly plainLength: number;
      /** SHA-256 of the ciphertext, 32 bytes without a tag, and its length. */
      readonly hash: Uint8Array;
      readonly sealedLength: number;
    }
  | { readonly kind: 'inline'; readonly plain: Uint8Array };

export interface SealedDataHash {
  readonly hash: Uint8Array;
  readonly sealedLength: number;
  readonly plainLength: number;
}

export type DataSource = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** SHA-256 of a whole stream sealed under a data key. @param makeSealer for tests */
export async function sealedDataHash(
  key: Uint8Array,
  source: DataSource,
  makeSealer: (key: Uint8Array) => PieceSealer | Promise<PieceSealer> = pieceSealer,
): Promise<SealedDataHash> {
  if (key.length !== dataKeyBytes) throw new RangeError('a data key has 32 bytes');
  const reader = new PieceReader(source);
  try {
    return await hashSealed(await makeSealer(key), reader, Number.POSITIVE_INFINITY);
  } finally {
    await reader.close();
  }
}

/** Seals up to `plainLengthMax` bytes of the reader as one stream. */
async function hashSealed(
  seal: PieceSealer,
  reader: PieceReader,
  plainLengthMax: number,
): Promise<SealedDataHash> {
  const hash = sha256.create();
  let sealedLength = 0;
  let plainLength = 0;
  for (let index = 0, last = false; !last; index += 1) {
    const piece = await reader.read(Math.min(streamPieceBytes, plainLengthMax - plainLength));
    plainLength += piece.length;
    last = plainLength === plainLengthMax || !(await reader.more());
    const sealed = await seal(piece, index, last);
    hash.update(sealed);
    sealedLength += sealed.length;
  }
  return { hash: hash.digest(), sealedLength, plainLength };
}

/**
 * Checks that a file is exactly the data of these chunks, in this order.
 * @returns the length of the file
 * @throws what the source throws
 */
export async function verifyDisclosedData(
  chunks: readonly DisclosedChunk[],
  source: DataSource,
): Promise<Checked<number>> {
  const reader = new PieceReader(source);
  try {
    let length = 0;
    for (const [number, chunk] of chunks.entries()) {
      const reason =
        chunk.kind === 'inline' ? await checkInline(chunk, reader) : await checkSealed(chunk, reader);
      if (reason !== undefined) return refused(`chunk ${number}: ${reason}`);
      length += chunk.kind === 'inline' ? chunk.plain.length : chunk.plainLength;
    }
    return (await reader.more()) ? refused('the file is longer than the data') : accepted(length);
  } finally {
    await reader.close();
  }
}

async function checkInline(
  { plain }: DisclosedChunk & { readonly kind: 'inline' },
  reader: PieceReader,
): Promise<string | undefined> {
  for (let at = 0; at < plain.length; at += streamPieceBytes) {
    const expected = plain.subarray(at, at + streamPieceBytes);
    const piece = await reader.read(expected.length);
    if (!sameBytes(piece, expected)) return 'the file has another content';
  }
  return undefined;
}

async function checkSealed(
  { key, plainLength, hash, sealedLength }: DisclosedChunk & { readonly kind: 'sealed' },
  reader: PieceReader,
): Promise<string | undefined> {
  if (key.length !== dataKeyBytes) return 'a data key has 32 bytes';
  if (!(Number.isSafeInteger(plainLength) && plainLength >= 0)) return 'its length is none';
  const found = await hashSealed(await pieceSealer(key), reader, plainLength);
  if (found.plainLength < plainLength) return 'the file is shorter';
  const isSame = found.sealedLength === sealedLength && sameBytes(found.hash, hash);
  return isSame ? undefined : 'the file has another content';
}
