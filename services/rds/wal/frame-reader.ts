/**
 * Cuts a stream into messages of PostgreSQL's protocol ("Message Formats" of its manual): type, length, body. A length is
 * checked before anything is kept for it. A body that arrives in one piece is a view of it, others are put together once.
 */
import { protocolLimits } from './limits.ts';

export class ProtocolError extends Error {
  constructor(what: string) {
    super(`not the replication protocol: ${what}`);
    this.name = 'ProtocolError';
  }
}

/** Of a message without a type, the first one of a connection. */
export const untyped = 0;
const lengthBytes = 4;

export class FrameReader {
  readonly #onFrame: (type: number, body: Buffer) => void;
  /** Of a body. */
  bytesMax: number;
  #headBytes: number;
  readonly #head = Buffer.alloc(1 + lengthBytes);
  #headRead = 0;
  #body: Buffer | undefined;
  #bodyRead = 0;

  constructor(
    onFrame: (type: number, body: Buffer) => void,
    { bytesMax = protocolLimits.messageBytesMax, isServer = false } = {},
  ) {
    this.#onFrame = onFrame;
    this.bytesMax = bytesMax;
    this.#headBytes = isServer ? lengthBytes : 1 + lengthBytes;
  }

  /** Messages from here on have a type. */
  startupIsOver(): void {
    this.#headBytes = 1 + lengthBytes;
  }

  /** @throws ProtocolError, and what `onFrame` throws */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; )
      at = this.#body === undefined ? this.#begin(chunk, at) : this.#goOn(chunk, at);
  }

  #begin(chunk: Buffer, from: number): number {
    const taken = Math.min(this.#headBytes - this.#headRead, chunk.length - from);
    chunk.copy(this.#head, this.#headRead, from, from + taken);
    this.#headRead += taken;
    const at = from + taken;
    if (this.#headRead < this.#headBytes) return at;
    this.#headRead = 0;
    const length = this.#head.readUInt32BE(this.#headBytes - lengthBytes) - lengthBytes;
    if (length < 0 || length > this.bytesMax) throw new ProtocolError(`a message of ${length} bytes`);
    if (chunk.length - at >= length) {
      this.#deliver(chunk.subarray(at, at + length));
      return at + length;
    }
    this.#body = Buffer.allocUnsafe(length);
    this.#bodyRead = chunk.copy(this.#body, 0, at);
    return chunk.length;
  }

  #goOn(chunk: Buffer, from: number): number {
    const body = this.#body!;
    const taken = chunk.copy(body, this.#bodyRead, from);
    this.#bodyRead += taken;
    if (this.#bodyRead === body.length) {
      this.#body = undefined;
      this.#deliver(body);
    }
    return from + taken;
  }

  #deliver(body: Buffer): void {
    this.#onFrame(this.#headBytes === lengthBytes ? untyped : this.#head[0]!, body);
  }
}
