/** Reads a stream in portions of a chosen size, whatever the sizes of its parts. Holds one portion and one part. */
export class PieceReader {
  readonly #iterator: Iterator<Uint8Array> | AsyncIterator<Uint8Array>;
  #part: Uint8Array = new Uint8Array(0);
  #ended = false;

  constructor(source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) {
    this.#iterator =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  /** The next `length` bytes, or fewer at the end. */
  async read(length: number): Promise<Uint8Array> {
    if (length <= this.#part.length) return this.#take(length);
    const parts: Uint8Array[] = [];
    let left = length;
    while (left > 0 && (await this.more())) {
      const part = this.#take(Math.min(left, this.#part.length));
      parts.push(part);
      left -= part.length;
    }
    if (parts.length === 1) return parts[0]!;
    const joined = new Uint8Array(length - left);
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  }

  /** Whether a byte follows. */
  async more(): Promise<boolean> {
    while (this.#part.length === 0 && !this.#ended) {
      const { value, done } = await this.#iterator.next();
      if (done === true) this.#ended = true;
      else this.#part = value;
    }
    return this.#part.length > 0;
  }

  /** Tells the source that no more is read. */
  async close(): Promise<void> {
    if (!this.#ended) await this.#iterator.return?.();
    this.#ended = true;
  }

  #take(length: number): Uint8Array {
    const taken = this.#part.subarray(0, length);
    this.#part = this.#part.subarray(length);
    return taken;
  }
}
