/** Bytes that wait to be written, in order, given out as batches. Nothing is copied that fits as it came. */
export class BatchQueue {
  #parts: Buffer[] = [];
  bytes = 0;

  /** Messages that wait. */
  get length(): number {
    return this.#parts.length;
  }

  add(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.bytes += bytes.length;
  }

  clear(): void {
    this.#parts = [];
    this.bytes = 0;
  }

  /** All that waits, or its first `bytesMax`: a batch may end within a message. */
  take(bytesMax: number): Buffer {
    const length = Math.min(this.bytes, bytesMax);
    if (this.#parts.length === 1 && length === this.bytes) {
      const [only] = this.#parts;
      this.clear();
      return only!;
    }
    let count = 0;
    let left = length;
    while (left >= (this.#parts[count]?.length ?? Number.POSITIVE_INFINITY))
      left -= this.#parts[count++]!.length;
    const parts = this.#parts.splice(0, count);
    if (left > 0) {
      const cut = this.#parts[0]!;
      parts.push(cut.subarray(0, left));
      this.#parts[0] = cut.subarray(left);
    }
    this.bytes -= length;
    return Buffer.concat(parts, length);
  }
}
