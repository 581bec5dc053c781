/**
 * A message port as a stream of bytes, with back-pressure: a chunk goes out while the receiver has less than a window before it, and
 * is acknowledged when the receiver's reader took it. What crosses the port is bytes, a number that gives so many bytes back, or
 * null at the end.
 */
import { Duplex } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';
import { sessionLimits } from '../limits.ts';

export class PortStream extends Duplex {
  readonly #port: MessagePort;
  /** Bytes that the other side did not take yet. */
  #underway = 0;
  #waiting: (() => void) | undefined;
  /** Bytes that were taken here and not given back. */
  #taken = 0;
  #queue: Uint8Array[] = [];
  #wanted = false;
  #ended = false;

  constructor(port: MessagePort) {
    super({ writableHighWaterMark: 64 * 1024 });
    this.#port = port;
    port.on('message', this.#arrived);
    port.on('close', this.#closed);
  }

  override _read(): void {
    this.#wanted = true;
    this.#deliver();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#post(chunk, done);
  }

  override _final(done: () => void): void {
    this.#port.postMessage(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#queue = [];
    this.#waiting = undefined;
    this.#port.off('message', this.#arrived);
    this.#port.off('close', this.#closed);
    this.#port.close();
    done(error);
  }

  #post(chunk: Buffer, done: () => void): void {
    this.#underway += chunk.length;
    // A chunk that owns its memory changes hands without a copy.
    const owns = chunk.byteOffset === 0 && chunk.length === chunk.buffer.byteLength;
    this.#port.postMessage(chunk, owns ? [chunk.buffer as ArrayBuffer] : []);
    if (this.#underway < sessionLimits.portWindowBytes) done();
    else this.#waiting = done;
  }

  readonly #arrived = (message: unknown): void => {
    if (message instanceof Uint8Array) {
      this.#queue.push(message);
      this.#deliver();
    } else if (typeof message === 'number') {
      this.#underway -= message;
      if (this.#underway >= sessionLimits.portWindowBytes) return;
      const waiting = this.#waiting;
      this.#waiting = undefined;
      waiting?.();
    } else if (message === null) {
      this.#ended = true;
      this.#deliver();
    } else {
      this.destroy(new TypeError('a message port carries something else than bytes'));
    }
  };

  /** The other side is gone, and with it what it did not say. */
  readonly #closed = (): void => {
    if (!this.#ended) this.destroy();
  };

  #deliver(): void {
    while (this.#wanted && this.#queue.length > 0) {
      const bytes = this.#queue.shift()!;
      this.#wanted = this.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      this.#giveBack(bytes.byteLength);
    }
    if (this.#ended && this.#queue.length === 0) this.push(null);
  }

  /** In portions: an acknowledgement of each small message would double their number. */
  #giveBack(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken * 4 < sessionLimits.portWindowBytes) return;
    this.#port.postMessage(this.#taken);
    this.#taken = 0;
  }
}
