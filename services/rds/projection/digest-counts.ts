/** Counts how often each of many keys came: 20 bytes each, in tables of open addressing. */
import { createHash } from 'node:crypto';

const digestBytes = 16;
const slotsMin = 1024;

export class DigestCounts {
  /** Different keys. */
  size = 0;
  #digests = Buffer.alloc(slotsMin * digestBytes);
  #counts = new Uint32Array(slotsMin);

  /** @returns how often it came, with this time */
  add(key: Uint8Array): number {
    if (this.size * 2 >= this.#counts.length) this.#grow();
    const digest = digestOf(key);
    const slot = this.#find(digest);
    if (this.#counts[slot] === 0) {
      this.size += 1;
      digest.copy(this.#digests, slot * digestBytes);
    }
    this.#counts[slot]! += 1;
    return this.#counts[slot]!;
  }

  has(key: Uint8Array): boolean {
    return this.#counts[this.#find(digestOf(key))] !== 0;
  }

  /** Slot of the digest, or the free one where it belongs. */
  #find(digest: Buffer): number {
    const mask = this.#counts.length - 1;
    let slot = digest.readUInt32LE(0) & mask;
    while (this.#counts[slot] !== 0) {
      const at = slot * digestBytes;
      if (this.#digests.compare(digest, 0, digestBytes, at, at + digestBytes) === 0) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const [digests, counts] = [this.#digests, this.#counts];
    this.#digests = Buffer.alloc(digests.length * 2);
    this.#counts = new Uint32Array(counts.length * 2);
    for (const [at, count] of counts.entries()) {
      if (count === 0) continue;
      const digest = digests.subarray(at * digestBytes, (at + 1) * digestBytes);
      const slot = this.#find(digest);
      digest.copy(this.#digests, slot * digestBytes);
      this.#counts[slot] = count;
    }
  }
}

function digestOf(key: Uint8Array): Buffer {
  return createHash('sha256').update(key).digest().subarray(0, digestBytes);
}
