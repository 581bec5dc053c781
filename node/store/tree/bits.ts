/** A growing set of unit numbers, one bit each. */
export class Bits {
  #words = new Uint32Array(1024);

  /** Units that there is room for. */
  get capacity(): number {
    return this.#words.length * 32;
  }

  /** The same memory as bytes, unit by unit from the lowest bit of each. */
  bytes(): Uint8Array {
    return new Uint8Array(this.#words.buffer);
  }

  grow(units: number): void {
    if (units <= this.capacity) return;
    const words = new Uint32Array(Math.max(Math.ceil(units / 32), this.#words.length * 2));
    words.set(this.#words);
    this.#words = words;
  }

  clear(): void {
    this.#words.fill(0);
  }

  copyFrom(other: Bits): void {
    this.grow(other.capacity);
    this.#words.fill(0);
    this.#words.set(other.#words);
  }

  /** Adds all units of the other. */
  addAll(other: Bits): void {
    this.grow(other.capacity);
    for (let word = 0; word < other.#words.length; word += 1) this.#words[word]! |= other.#words[word]!;
  }

  has(unit: number): boolean {
    return ((this.#words[unit >>> 5] ?? 0) & (1 << (unit & 31))) !== 0;
  }

  /** Whether none (`value` false) or all (true) of the units are in the set. */
  all(from: number, count: number, value: boolean): boolean {
    for (let unit = from; unit < from + count; unit += 1) if (this.has(unit) !== value) return false;
    return true;
  }

  set(from: number, count: number, value: boolean): void {
    this.grow(from + count);
    for (let unit = from; unit < from + count; unit += 1) {
      if (value) this.#words[unit >>> 5]! |= 1 << (unit & 31);
      else this.#words[unit >>> 5]! &= ~(1 << (unit & 31));
    }
  }

  /** First unit from `from` on that is not in the set; may be behind the last one. */
  nextClear(from: number): number {
    let word = from >>> 5;
    let free = ~(this.#words[word] ?? 0) & (-1 << (from & 31));
    while (free === 0) {
      word += 1;
      if (word >= this.#words.length) return word * 32;
      free = ~this.#words[word]!;
    }
    return word * 32 + 31 - Math.clz32(free & -free);
  }

  /** First unit from `from` on that is in the set, or `end`. */
  nextSet(from: number, end: number): number {
    let word = from >>> 5;
    let found = (this.#words[word] ?? 0) & (-1 << (from & 31));
    while (found === 0) {
      word += 1;
      if (word >= this.#words.length || word * 32 >= end) return end;
      found = this.#words[word]!;
    }
    return Math.min(end, word * 32 + 31 - Math.clz32(found & -found));
  }

  /** One behind the last unit of the set. */
  length(): number {
    for (let word = this.#words.length - 1; word >= 0; word -= 1) {
      const bits = this.#words[word]!;
      if (bits !== 0) return word * 32 + 32 - Math.clz32(bits);
    }
    return 0;
  }

  /** Units in the set. */
  count(): number {
    let count = 0;
    for (let word of this.#words) for (; word !== 0; word &= word - 1) count += 1;
    return count;
  }
}
