/** What is read from a caller's stream of bytes: in the sizes that are wanted, one at a time, and left at any time. */
import type { Bytes } from '@hypergate/node/api';

/** Bytes of any sizes as bytes of wanted sizes. Gives views: the source must not write into its buffers again. */
export class PieceSource {
  readonly #iterator: AsyncIterator<Bytes>;
  #current: Bytes = new Uint8Array(0);
  #ended = false;
  /** Rejects the wait for the source's next bytes, which may never come. */
  #interrupt: ((reason: unknown) => void) | undefined;

  constructor(source: AsyncIterable<Bytes>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** False at the end. */
  async more(): Promise<boolean> {
    while (this.#current.length === 0 && !this.#ended) {
      const result = await this.#next();
      if (result.done === true) this.#ended = true;
      else this.#current = result.value;
    }
    return this.#current.length > 0;
  }

  take(max: number): Bytes {
    const part = this.#current.subarray(0, max);
    this.#current = this.#current.subarray(part.length);
    return part;
  }

  interrupt(reason: unknown): void {
    this.#interrupt?.(reason);
  }

  /** Tells the source that nobody reads on. Does not wait for one that is stuck. */
  abandon(): void {
    if (this.#ended) return;
    this.#ended = true;
    // It has nothing more to say to us, its failures neither.
    this.#iterator.return?.().catch(() => undefined);
  }

  async #next(): Promise<IteratorResult<Bytes>> {
    const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<Bytes>>();
    this.#interrupt = reject;
    this.#iterator.next().then(resolve, (error) => {
      this.#ended = true;
      reject(error);
    });
    try {
      return await promise;
    } finally {
      this.#interrupt = undefined;
    }
  }
}
