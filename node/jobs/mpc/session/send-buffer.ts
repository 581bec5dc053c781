/**
 * Messages on their way into records. Small ones of one turn of the event loop share a record; the body of a large one is sealed
 * from where it stands, without a copy.
 */
import { messageHeadBytes } from './receive-queue.ts';

export class SendBuffer {
  readonly #buffer: Buffer;
  /** Takes the content of a record, which it may not keep. */
  readonly #seal: (content: Uint8Array) => void;
  #length = 0;

  constructor(recordBytesMax: number, seal: (content: Uint8Array) => void) {
    this.#buffer = Buffer.allocUnsafeSlow(recordBytesMax);
    this.#seal = seal;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  add(kind: number, body: Uint8Array): void {
    const buffer = this.#buffer;
    if (buffer.length - this.#length < messageHeadBytes) this.flush();
    buffer.writeUInt32BE(kind * 2 ** 24, this.#length);
    buffer.writeUInt32BE(body.length, this.#length + 4);
    this.#length += messageHeadBytes;
    let at = this.#append(body, 0);
    if (at === body.length) return;
    this.flush();
    for (; body.length - at >= buffer.length; at += buffer.length) {
      this.#seal(body.subarray(at, at + buffer.length));
    }
    this.#append(body, at);
  }

  flush(): void {
    if (this.#length === 0) return;
    this.#seal(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
  }

  /** Overwrites what was sent. */
  clear(): void {
    this.#buffer.fill(0);
    this.#length = 0;
  }

  /** @returns where the rest begins */
  #append(body: Uint8Array, from: number): number {
    const taken = Math.min(body.length - from, this.#buffer.length - this.#length);
    this.#buffer.set(body.subarray(from, from + taken), this.#length);
    this.#length += taken;
    return from + taken;
  }
}
