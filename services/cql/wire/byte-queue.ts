/**
 * Bytes as they come, taken in pieces of a wanted length. A piece that lies in one chunk is a view of it; one that spans several
 * is gathered in memory that grows with what came, never with what was announced.
 */
const none = Buffer.alloc(0);
const firstBytes = 64;

export class ByteQueue {
  private chunk: Buffer = none;
  private at = 0;
  private readonly waiting: Buffer[] = [];
  private waitingBytes = 0;
  /** The beginning of the next piece. */
  private gathered: Buffer = none;
  private gatheredBytes = 0;

  /** In memory for this queue. */
  get heldBytes(): number {
    return this.gathered.length + this.chunk.length - this.at + this.waitingBytes;
  }

  /** Bytes that were not taken. */
  get length(): number {
    return this.gatheredBytes + this.chunk.length - this.at + this.waitingBytes;
  }

  /** The chunk must stay unchanged as long as anything taken from it is used. */
  feed(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.at === this.chunk.length && this.waiting.length === 0) {
      this.chunk = chunk;
      this.at = 0;
      return;
    }
    this.waiting.push(chunk);
    this.waitingBytes += chunk.length;
  }

  /** @returns undefined until so many are there; ask for the same number again then */
  take(bytes: number): Buffer | undefined {
    const { at } = this;
    if (this.gatheredBytes > 0 || at + bytes > this.chunk.length) return this.gather(bytes);
    this.at = at + bytes;
    return this.chunk.subarray(at, at + bytes);
  }

  /** What is there of a piece that was asked for and is not whole. */
  partial(): Buffer {
    return this.gathered.subarray(0, this.gatheredBytes);
  }

  /** Lets go of a chunk that was taken as a whole. @returns false if some of what was fed is still to be taken from where it is */
  release(): boolean {
    if (this.at < this.chunk.length || this.waiting.length > 0) return false;
    this.chunk = none;
    this.at = 0;
    return true;
  }

  /** Forgets everything. */
  clear(): void {
    this.chunk = none;
    this.at = 0;
    this.waiting.length = 0;
    this.waitingBytes = 0;
    this.gathered = none;
    this.gatheredBytes = 0;
  }

  private gather(bytes: number): Buffer | undefined {
    while (this.gatheredBytes < bytes) {
      if (this.at === this.chunk.length && !this.advance()) return undefined;
      const part = Math.min(bytes - this.gatheredBytes, this.chunk.length - this.at);
      this.reserve(part, bytes);
      this.chunk.copy(this.gathered, this.gatheredBytes, this.at, this.at + part);
      this.gatheredBytes += part;
      this.at += part;
    }
    const whole = this.gathered.subarray(0, bytes);
    this.gathered = none;
    this.gatheredBytes = 0;
    return whole;
  }

  private advance(): boolean {
    this.chunk = this.waiting.shift() ?? none;
    this.waitingBytes -= this.chunk.length;
    this.at = 0;
    return this.chunk.length > 0;
  }

  /** At least doubled, so that many small chunks are not copied each time. */
  private reserve(part: number, bytesMax: number): void {
    const needed = this.gatheredBytes + part;
    if (needed <= this.gathered.length) return;
    const grown = Buffer.allocUnsafe(
      Math.min(bytesMax, Math.max(needed, 2 * this.gathered.length, firstBytes)),
    );
    this.gathered.copy(grown, 0, 0, this.gatheredBytes);
    this.gathered = grown;
  }
}
