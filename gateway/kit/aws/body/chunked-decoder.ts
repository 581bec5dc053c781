/**
 * The aws-chunked coding: `size[;chunk-signature=…]\r\n data \r\n`, a chunk of size 0, trailing headers, an empty line.
 * A state machine over bytes, so that any split of the input gives the same result; it keeps at most one line.
 *
 * Source: S3 API reference, "Signature calculations for the Authorization header: transferring payload in multiple
 * chunks", with and without trailing headers.
 */
import { createHash, type Hash, hash } from 'node:crypto';
import type { ChunkSigner } from '../sigv4/chunk-signer.ts';
import { parseChunkLine } from './chunk-line.ts';
import type { BodyDecoder } from './decoder.ts';
import {
  chunkSignatureMismatch,
  incompleteBody,
  invalidChunkSize,
  malformedChunk,
  malformedTrailer,
} from './errors.ts';
import { chunkBytesMin, chunkLineBytesMax, trailerLineBytesMax } from './limits.ts';
import { parseTrailerLine, TrailerSet, trailerSignatureName } from './trailer.ts';

export interface ChunkedOptions {
  /** Set when chunks (and trailers) are signed. */
  readonly signer: ChunkSigner | undefined;
  /** Whether trailing headers may follow. */
  readonly trailer: boolean;
  readonly announced: ReadonlySet<string>;
  /** `x-amz-decoded-content-length` */
  readonly decodedLength: number;
}

type State = 'chunk-line' | 'data' | 'data-end' | 'trailer-line' | 'done';

const carriageReturn = 0x0d;
const lineFeed = 0x0a;

export class ChunkedDecoder implements BodyDecoder {
  readonly sha256Hex = undefined;
  readonly #options: ChunkedOptions;
  readonly #trailers: TrailerSet;
  #state: State = 'chunk-line';
  /** Begin of a line whose end has not come yet. */
  #line = '';
  #chunkNumber = 0;
  #chunkBytes = 0;
  #chunkLeft = 0;
  #chunkSignature: string | undefined;
  #chunkHash: Hash | undefined;
  #decoded = 0;
  #trailerSignatureSeen = false;

  constructor(options: ChunkedOptions) {
    this.#options = options;
    this.#trailers = new TrailerSet(options.announced);
  }

  get trailers(): ReadonlyMap<string, string> {
    return this.#trailers.values;
  }

  push(bytes: Buffer, emit: (piece: Buffer) => void): void {
    let at = 0;
    while (at < bytes.length) {
      switch (this.#state) {
        case 'data':
          at = this.#readData(bytes, at, emit);
          break;
        case 'chunk-line':
        case 'data-end':
        case 'trailer-line':
          at = this.#readLine(bytes, at);
          break;
        case 'done':
          throw malformedChunk('bytes after the end');
      }
    }
  }

  end(): void {
    // Some senders leave out the last empty line; the last chunk and its signature were checked already.
    const complete =
      this.#state === 'done' ||
      (this.#state === 'trailer-line' && this.#line === '' && !this.#options.trailer);
    if (!complete) throw incompleteBody(this.#options.decodedLength, this.#decoded);
    if (this.#state !== 'done') this.#finish();
  }

  #readData(bytes: Buffer, at: number, emit: (piece: Buffer) => void): number {
    const end = Math.min(bytes.length, at + this.#chunkLeft);
    const piece = bytes.subarray(at, end);
    this.#chunkLeft -= piece.length;
    this.#decoded += piece.length;
    if (this.#options.signer !== undefined) this.#hashPiece(piece);
    emit(piece);
    if (this.#chunkLeft === 0) this.#state = 'data-end';
    return end;
  }

  #hashPiece(piece: Buffer): void {
    if (piece.length === this.#chunkBytes) {
      this.#checkChunk(hash('sha256', piece, 'hex'));
      return;
    }
    this.#chunkHash ??= createHash('sha256');
    this.#chunkHash.update(piece);
    if (this.#chunkLeft > 0) return;
    this.#checkChunk(this.#chunkHash.digest('hex'));
    this.#chunkHash = undefined;
  }

  #checkChunk(sha256Hex: string): void {
    if (this.#options.signer?.acceptsChunk(this.#chunkSignature ?? '', sha256Hex) !== true) {
      throw chunkSignatureMismatch();
    }
  }

  /** Takes bytes up to a line end; handles the line when it is whole. */
  #readLine(bytes: Buffer, at: number): number {
    const max = this.#state === 'trailer-line' ? trailerLineBytesMax : chunkLineBytesMax;
    const room = max - this.#line.length;
    const found = bytes.subarray(at, at + room).indexOf(lineFeed);
    if (found < 0) {
      if (bytes.length - at >= room) throw malformedChunk('a line is too long');
      this.#line += bytes.toString('latin1', at);
      return bytes.length;
    }
    const line = this.#line + bytes.toString('latin1', at, at + found);
    this.#line = '';
    if (line.charCodeAt(line.length - 1) !== carriageReturn)
      throw malformedChunk('a line does not end in CR LF');
    this.#handleLine(line.slice(0, -1));
    return at + found + 1;
  }

  #handleLine(line: string): void {
    if (this.#state === 'data-end') {
      if (line !== '') throw malformedChunk('a chunk is longer than its size');
      this.#state = 'chunk-line';
    } else if (this.#state === 'chunk-line') {
      this.#beginChunk(line);
    } else {
      this.#handleTrailerLine(line);
    }
  }

  #beginChunk(text: string): void {
    const line = parseChunkLine(text);
    if (this.#options.signer !== undefined && line.signature === undefined) throw chunkSignatureMismatch();
    if (this.#chunkNumber > 0 && line.bytes > 0 && this.#chunkBytes < chunkBytesMin) {
      throw invalidChunkSize(this.#chunkNumber, this.#chunkBytes);
    }
    const { decodedLength } = this.#options;
    if (this.#decoded + line.bytes > decodedLength) {
      throw incompleteBody(decodedLength, this.#decoded + line.bytes);
    }
    this.#chunkNumber += 1;
    this.#chunkBytes = line.bytes;
    this.#chunkLeft = line.bytes;
    this.#chunkSignature = line.signature;
    if (line.bytes > 0) {
      this.#state = 'data';
      return;
    }
    if (this.#options.signer !== undefined) this.#checkChunk(hash('sha256', '', 'hex'));
    if (this.#decoded !== decodedLength) throw incompleteBody(decodedLength, this.#decoded);
    this.#state = 'trailer-line';
  }

  #handleTrailerLine(text: string): void {
    if (text === '') {
      this.#finish();
      return;
    }
    // The signature covers all other trailers, so nothing may follow it.
    if (!this.#options.trailer || this.#trailerSignatureSeen) throw malformedTrailer();
    const line = parseTrailerLine(text);
    if (line.name !== trailerSignatureName) {
      this.#trailers.add(line);
      return;
    }
    this.#trailerSignatureSeen = true;
    if (this.#options.signer?.acceptsTrailer(line.value, this.#trailers.signedText) === false) {
      throw chunkSignatureMismatch();
    }
  }

  #finish(): void {
    this.#trailers.requireAll();
    if (this.#options.trailer && this.#options.signer !== undefined && !this.#trailerSignatureSeen) {
      throw malformedTrailer();
    }
    this.#state = 'done';
  }
}
