/**
 * Large data: STREAM of Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and its
 * Nonce-Reuse Misuse-Resistance" (CRYPTO 2015), section 7. Pieces of a fixed size, each with a tag; the nonce carries
 * the piece's number and whether it is the last one. So every piece can be read alone, and truncation, reordering,
 * duplication and exchange (with another stream: another key) do not authenticate.
 */
import { createCipheriv, type KeyObject } from 'node:crypto';
import { nonceBytes, open, tagBytes } from './aead.ts';
import { DecryptionError } from './errors.ts';
import {
  dataLabel,
  headerBytes,
  type Purpose,
  type SealedAtom,
  saltBytes,
  writeHeader,
} from './format/v1.ts';
import { secretKey } from './hkdf.ts';
import { cryptoLimits } from './limits.ts';
import type { RandomSource } from './random.ts';
import { type ContentKey, type ContentKeys, deriveOneTimeKey, recoverOneTimeKey } from './sealed-keys.ts';

/** Number of pieces of a stream: at least one, because an empty stream has one (last) piece. */
export function pieceCount(plainLength: number, pieceBytes: number): number {
  return Math.max(1, Math.ceil(plainLength / pieceBytes));
}

/** Length of the ciphertext of a stream. */
export function streamLength(plainLength: number, pieceBytes: number): number {
  return plainLength + tagBytes * pieceCount(plainLength, pieceBytes);
}

function pieceNonce(index: number, last: boolean): Buffer {
  if (!(Number.isInteger(index) && index >= 0 && index < cryptoLimits.streamPiecesMax))
    throw new RangeError('piece number of a stream');
  const nonce = Buffer.alloc(nonceBytes);
  nonce.writeUInt32BE(index, nonceBytes - 5);
  nonce[nonceBytes - 1] = last ? 1 : 0;
  return nonce;
}

function withPieceBytes(associated: Uint8Array, pieceBytes: number): Buffer {
  const { streamPieceBytesMin, streamPieceBytesMax } = cryptoLimits;
  if (!(pieceBytes >= streamPieceBytesMin && pieceBytes <= streamPieceBytesMax))
    throw new DecryptionError('format');
  const data = Buffer.allocUnsafe(associated.length + 4);
  data.set(associated);
  data.writeUInt32BE(pieceBytes, associated.length);
  return data;
}

export const dataKeyBytes = 32;
/** Plaintext of one piece of data. Part of the format. */
export const dataPieceBytes = cryptoLimits.streamPieceBytes;
const dataAssociated = withPieceBytes(dataLabel, dataPieceBytes);

/** Encrypts one stream, piece after piece. Holds at most one piece. */
export class StreamSealer {
  readonly pieceBytes: number;
  readonly #key: KeyObject;
  readonly #associated: Buffer;
  #index = 0;
  #ended = false;

  /** @param key used for this one stream */
  constructor(key: KeyObject, associated: Buffer, pieceBytes: number) {
    this.#key = key;
    this.#associated = associated;
    this.pieceBytes = pieceBytes;
  }

  /**
   * Ciphertext ‖ tag of the next piece, in several buffers: to join them would cost another copy of everything.
   * @param parts together exactly `pieceBytes`, or fewer in the last piece
   */
  seal(parts: readonly Uint8Array[], last: boolean): Buffer[] {
    let length = 0;
    for (const part of parts) length += part.length;
    if (this.#ended) throw new Error('the stream has ended');
    if (last ? length > this.pieceBytes : length !== this.pieceBytes)
      throw new RangeError('length of a piece');
    const nonce = pieceNonce(this.#index++, last);
    this.#ended = last;
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce, { authTagLength: tagBytes });
    cipher.setAAD(this.#associated);
    const sealed = parts.map((part) => cipher.update(part));
    cipher.final();
    sealed.push(cipher.getAuthTag());
    return sealed;
  }
}

/** Decrypts pieces of one stream in any order. */
export class StreamOpener {
  readonly pieceBytes: number;
  readonly plainLength: number;
  readonly pieces: number;
  readonly #key: KeyObject;
  readonly #associated: Buffer;

  /** @param plainLength as kept with the key. A wrong one is detected when the last piece is read. */
  constructor(key: KeyObject, associated: Buffer, pieceBytes: number, plainLength: number) {
    this.#key = key;
    this.#associated = associated;
    this.pieceBytes = pieceBytes;
    this.plainLength = plainLength;
    this.pieces = pieceCount(plainLength, pieceBytes);
  }

  /** Where a piece stands in the ciphertext. */
  extent(index: number): { readonly offset: number; readonly length: number } {
    if (!(Number.isInteger(index) && index >= 0 && index < this.pieces)) throw new RangeError('piece number');
    const start = index * this.pieceBytes;
    return {
      offset: start + index * tagBytes,
      length: Math.min(this.pieceBytes, this.plainLength - start) + tagBytes,
    };
  }

  /** @throws DecryptionError when it is not this stream's piece with this number */
  open(index: number, sealed: Uint8Array): Buffer {
    if (sealed.length !== this.extent(index).length) throw new DecryptionError('format');
    return open(this.#key, pieceNonce(index, index === this.pieces - 1), this.#associated, sealed);
  }
}

/** A fresh key for one stream of data: kept where only its owners read it, and in every record that shares the data. */
export function newDataKey(random: RandomSource): Uint8Array {
  return Uint8Array.from(random.bytes(dataKeyBytes));
}

/** @param key of `newDataKey`, used for this one stream */
export function sealData(key: Uint8Array): StreamSealer {
  return new StreamSealer(secretKey(key), dataAssociated, dataPieceBytes);
}

export function openData(key: Uint8Array, plainLength: number): StreamOpener {
  if (key.length !== dataKeyBytes) throw new DecryptionError('format');
  return new StreamOpener(secretKey(key), dataAssociated, dataPieceBytes, plainLength);
}

/**
 * A stream sealed under a key of its atom: how chunks of large data were written before they had keys of their own.
 * @param plainLength as kept beside the header
 * @throws DecryptionError `format`, `epoch-unknown`, `commitment`
 */
export function openAtomStream(
  keys: ContentKeys,
  purpose: Purpose,
  atom: SealedAtom,
  header: Uint8Array,
  pieceBytes: number,
  plainLength: number,
): StreamOpener {
  const associated = withPieceBytes(header.subarray(0, headerBytes), pieceBytes);
  return new StreamOpener(
    recoverOneTimeKey(keys, purpose, atom, header),
    associated,
    pieceBytes,
    plainLength,
  );
}

/** The other side of `openAtomStream`, for tests that old data stays readable. */
export function sealAtomStream(
  content: ContentKey,
  purpose: Purpose,
  atom: SealedAtom,
  pieceBytes: number,
  random: RandomSource,
): { readonly header: Buffer; readonly sealer: StreamSealer } {
  const salt = random.bytes(saltBytes);
  const { key, commitment } = deriveOneTimeKey(content, purpose, atom, salt);
  const header = Buffer.allocUnsafe(headerBytes);
  writeHeader(header, purpose, content.epoch, salt, commitment);
  return { header, sealer: new StreamSealer(key, withPieceBytes(header, pieceBytes), pieceBytes) };
}
