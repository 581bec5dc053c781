/**
 * Pieces of an answer on their way from a function to its caller, one at a time: whoever writes waits until the piece before was taken,
 * so nothing heaps up. What `HttpResponseStream.from` puts first comes as its JSON, eight zero bytes, and the rest, as Lambda sends it.
 */
import type { ResponseSink } from '../executor/api.ts';

const preludeEnd = Buffer.alloc(8);

export class PieceStream implements ResponseSink, AsyncIterable<Uint8Array> {
  /** Resolves when there is something to send. */
  readonly begun: Promise<void>;
  readonly #begin: () => void;
  readonly #pieces: Uint8Array[] = [];
  #taken = Promise.withResolvers<void>();
  #arrived = Promise.withResolvers<void>();
  #hasEnded = false;
  #isAbandoned = false;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.begun = promise;
    this.#begin = resolve;
  }

  begin(_contentType: string, prelude: string | undefined): void {
    if (prelude !== undefined && !this.#isAbandoned)
      this.#push(Buffer.concat([Buffer.from(prelude), preludeEnd]));
    this.#begin();
  }

  async write(piece: Uint8Array): Promise<void> {
    if (this.#isAbandoned || piece.length === 0) return;
    this.#push(piece);
    this.#begin();
    while (this.#pieces.length > 0 && !this.#isAbandoned) await this.#taken.promise;
  }

  /** No more comes. */
  end(): void {
    this.#hasEnded = true;
    this.#arrived.resolve();
  }

  /** Nobody reads any more. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#pieces.length = 0;
    this.#taken.resolve();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) {
        yield piece;
        this.#taken.resolve();
        this.#taken = Promise.withResolvers();
      } else if (this.#hasEnded) return;
      else {
        this.#arrived = Promise.withResolvers();
        await this.#arrived.promise;
      }
    }
  }

  #push(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#arrived.resolve();
  }
}
