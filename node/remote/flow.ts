/** Back-pressure per stream: a sender spends credit, the receiver gives it back when it took the bytes. */
import { NodeError } from '../api/index.ts';
import { malformed } from '../hypergraph/index.ts';

/** The sender's side. An item may be sent while there is any credit, so at most one item is more than the window. */
export class SendCredit {
  #bytes: number;
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(windowBytes: number) {
    this.#bytes = windowBytes;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > 0) this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  /** Resolves when an item of so many bytes may be sent; false when the stream is over. One caller at a time. */
  async take(bytes: number): Promise<boolean> {
    while (this.#bytes <= 0 && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    this.#bytes -= bytes;
    return !this.#closed;
  }
}

/** The receiver's side: a queue that its reader empties, telling the sender. */
export class ReceiveQueue<Item> {
  readonly #windowBytes: number;
  readonly #giveCredit: (bytes: number) => void;
  readonly #items: { readonly item: Item; readonly bytes: number }[] = [];
  #held = 0;
  #taken = 0;
  #ended = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(windowBytes: number, giveCredit: (bytes: number) => void) {
    this.#windowBytes = windowBytes;
    this.#giveCredit = giveCredit;
  }

  /** @throws NodeError `malformed` when the sender spent more than it had */
  push(item: Item, bytes: number): void {
    if (this.#held + this.#taken >= this.#windowBytes) throw malformed('a stream was sent without credit');
    if (this.#ended || this.#failure !== undefined) return;
    this.#items.push({ item, bytes });
    this.#held += bytes;
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item> {
    for (;;) {
      const next = this.#items.shift();
      if (next !== undefined) {
        this.#took(next.bytes);
        yield next.item;
      } else if (this.#failure !== undefined) {
        throw this.#failure.error;
      } else if (this.#ended) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = undefined;
      }
    }
  }

  /** Credit goes back in quarters of the window, not for every small item. */
  #took(bytes: number): void {
    this.#held -= bytes;
    this.#taken += bytes;
    if (this.#taken * 4 < this.#windowBytes && this.#items.length > 0) return;
    const credit = this.#taken;
    this.#taken = 0;
    this.#giveCredit(credit);
  }
}

export function connectionEnded(): NodeError {
  return new NodeError('closed', 'the connection to the node ended');
}
