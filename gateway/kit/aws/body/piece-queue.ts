/** Decoded pieces between a pump and the handler that iterates over them. */
import { queuedBytesMax } from './limits.ts';

interface Waiter {
  resolve(result: IteratorResult<Uint8Array>): void;
  reject(error: unknown): void;
}

interface Flow {
  pause(): void;
  resume(): void;
  stop(): void;
}

const done: IteratorResult<Uint8Array> = { done: true, value: undefined };

export class PieceQueue implements AsyncIterableIterator<Uint8Array> {
  readonly #flow: Flow;
  #pieces: Uint8Array[] = [];
  #next = 0;
  #bytes = 0;
  #waiter: Waiter | undefined;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  push(piece: Uint8Array): void {
    if (this.#waiter !== undefined) {
      this.#wake()?.resolve({ done: false, value: piece });
      return;
    }
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    if (this.#bytes >= queuedBytesMax) this.#flow.pause();
  }

  end(): void {
    this.#ended = true;
    this.#wake()?.resolve(done);
  }

  /** Pieces already queued are dropped: they are worth nothing without a clean end. */
  fail(error: unknown): void {
    this.#failure = { error };
    this.#clear();
    this.#wake()?.reject(error);
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#waiter !== undefined)
      return Promise.reject(new Error('a body is read by one reader at a time'));
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    if (this.#next < this.#pieces.length) return Promise.resolve({ done: false, value: this.#take() });
    if (this.#ended) return Promise.resolve(done);
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
    });
  }

  /** The reader left early. */
  return(): Promise<IteratorResult<Uint8Array>> {
    this.#flow.stop();
    this.#ended = true;
    this.#clear();
    return Promise.resolve(done);
  }

  #take(): Uint8Array {
    const piece = this.#pieces[this.#next]!;
    this.#next += 1;
    this.#bytes -= piece.length;
    if (this.#next === this.#pieces.length) this.#clear();
    if (this.#bytes <= queuedBytesMax / 2) this.#flow.resume();
    return piece;
  }

  #clear(): void {
    this.#pieces = [];
    this.#next = 0;
    this.#bytes = 0;
  }

  #wake(): Waiter | undefined {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    return waiter;
  }
}
