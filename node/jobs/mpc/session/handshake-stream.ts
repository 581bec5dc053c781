/** The messages of a handshake on a stream of bytes. Nothing of a stranger is held beyond one read of the stream. */
import type { Duplex } from 'node:stream';
import { MpcAbort } from '../errors.ts';
import { disconnected } from './errors.ts';
import { sessionLimits } from './limits.ts';

const lengthBytes = 2;

export class HandshakeStream {
  readonly #stream: Duplex;
  readonly #party: string | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  #ended: MpcAbort | undefined;
  #wake: (() => void) | undefined;

  /** @param party who is believed to be at the other end */
  constructor(stream: Duplex, party: string | undefined) {
    this.#stream = stream;
    this.#party = party;
    stream
      .on('data', this.#arrived)
      .on('error', this.#broken)
      .on('end', this.#broken)
      .on('close', this.#broken);
    if (stream.destroyed || stream.readableEnded) this.#broken();
  }

  /** @throws MpcAbort `disconnected`, `malformed` for a message that is too long, and what `end` was called with */
  async read(): Promise<Buffer> {
    while (this.#bytes.length < lengthBytes) await this.#more();
    const length = this.#bytes.readUInt16BE(0);
    if (length > sessionLimits.handshakeFrameBytesMax) {
      throw new MpcAbort('malformed', this.#party, 'a message of the handshake is too long');
    }
    while (this.#bytes.length < lengthBytes + length) await this.#more();
    const message = this.#bytes.subarray(lengthBytes, lengthBytes + length);
    this.#bytes = this.#bytes.subarray(lengthBytes + length);
    return message;
  }

  write(message: Uint8Array): void {
    const length = Buffer.alloc(lengthBytes);
    length.writeUInt16BE(message.length);
    if (this.#stream.writable) this.#stream.write(Buffer.concat([length, message]));
  }

  /** Whoever reads is told. */
  end(error: MpcAbort): void {
    this.#ended ??= error;
    this.#wake?.();
  }

  /** Gives the stream to someone else, in the same turn of the event loop, with what was read of it beyond the handshake. */
  release(): Buffer {
    const stream = this.#stream;
    stream.pause();
    stream
      .off('data', this.#arrived)
      .off('error', this.#broken)
      .off('end', this.#broken)
      .off('close', this.#broken);
    return this.#bytes;
  }

  async #more(): Promise<void> {
    if (this.#ended !== undefined) throw this.#ended;
    this.#stream.resume();
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }

  readonly #arrived = (bytes: Buffer): void => {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    if (this.#bytes.length > sessionLimits.handshakeFrameBytesMax) this.#stream.pause();
    this.#wake?.();
  };

  readonly #broken = (cause?: unknown): void => {
    const party = this.#party ?? 'a stranger';
    this.end(disconnected(party, cause instanceof Error ? cause : undefined));
  };
}
