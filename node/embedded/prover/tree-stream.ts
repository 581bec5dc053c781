/** Entries that arrive in messages as a sequence of trees, at the reader's pace: each message is answered when it was read. */
import type { BulkEntry } from '../../proving/changes/bulk.ts';
import type { BuiltTree } from '../../proving/frame-maker.ts';

interface Portion {
  readonly domain: Uint8Array;
  readonly set: number;
  readonly entries: readonly BulkEntry[];
}

export class TreeStream {
  readonly #onRead: () => void;
  readonly #portions: Portion[] = [];
  #ended = false;
  #arrived: PromiseWithResolvers<void> | undefined;

  constructor(onRead: () => void) {
    this.#onRead = onRead;
  }

  push(domain: Uint8Array, set: number, entries: readonly BulkEntry[]): void {
    this.#portions.push({ domain, set, entries });
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *trees(): AsyncGenerator<BuiltTree> {
    for (;;) {
      const portion = await this.#first();
      if (portion === undefined) return;
      const { domain, set } = portion;
      yield { tree: { domain, set }, entries: this.#entries(portion) };
    }
  }

  async *#entries(of: Portion): AsyncGenerator<BulkEntry> {
    for (;;) {
      const portion = await this.#first();
      const isSame =
        portion !== undefined && portion.set === of.set && Buffer.compare(portion.domain, of.domain) === 0;
      if (!isSame) return;
      yield* portion.entries;
      this.#portions.shift();
      this.#onRead();
    }
  }

  /** Waits for one; undefined at the end. It stays until it is read. */
  async #first(): Promise<Portion | undefined> {
    while (this.#portions.length === 0 && !this.#ended) {
      this.#arrived ??= Promise.withResolvers<void>();
      await this.#arrived.promise;
    }
    return this.#portions[0];
  }

  #wake(): void {
    this.#arrived?.resolve();
    this.#arrived = undefined;
  }
}
