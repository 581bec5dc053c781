/**
 * Where rounds of settling end: each brings about as many bytes of the journal into records, however much there is, so that memory becomes
 * free and the journal shorter every second or so, also while more is written than can be settled.
 */
export class RoundEnds {
  readonly #roundBytes: number;
  /** Rows of the journal, rising. */
  #ends: number[] = [];
  /** Behind the last of them. */
  #bytes = 0;

  constructor(roundBytes: number) {
    this.#roundBytes = roundBytes;
  }

  /** A row of the journal is in the memtable as a whole. */
  applied(row: number, bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < this.#roundBytes) return;
    this.#ends.push(row);
    this.#bytes = 0;
  }

  /** @returns undefined when less than a round is left */
  after(settled: number): number | undefined {
    const next = this.#ends.findIndex((end) => end > settled);
    this.#ends.splice(0, next === -1 ? this.#ends.length : next);
    return this.#ends[0];
  }

  clear(): void {
    this.#ends = [];
    this.#bytes = 0;
  }
}
