/** Records of one domain as the state holds them: keys by rising value in one buffer, contents made when they are needed. */
import { randomBytes } from 'node:crypto';
import type { Revision } from '../../../api/index.ts';
import { atomContent, atomDataHash, atomKey, encodeAtom, sizes } from '../../../hypergraph/index.ts';

export const treeKeyBytes = sizes.slot + sizes.incarnation;
/** Every tenth record was removed. */
const removedEvery = 10;

export interface BenchRecord {
  readonly slot: Buffer;
  readonly incarnation: Buffer;
  readonly revision: Revision;
  /** As the state keeps it. */
  readonly stored: Buffer;
}

export class Records {
  readonly domain: Buffer = randomBytes(sizes.domain);
  readonly count: number;
  readonly #keys: Buffer;
  readonly #payloadBytes: number;

  constructor(count: number, payloadBytes: number) {
    this.count = count;
    this.#payloadBytes = payloadBytes;
    const heads = Float64Array.from({ length: count }, () => Math.floor(Math.random() * 2 ** 48)).sort();
    this.#keys = randomBytes(treeKeyBytes * count);
    let last = -1;
    for (const [index, head] of heads.entries()) {
      last = Math.max(head, last + 1);
      this.#keys.writeUIntBE(last, treeKeyBytes * index, 6);
    }
  }

  isRemoved(index: number): boolean {
    return index % removedEvery === 0;
  }

  key(index: number): Buffer {
    return this.#keys.subarray(treeKeyBytes * index, treeKeyBytes * (index + 1));
  }

  /** The same bytes for the same record and revision. */
  record(index: number, revision: Revision): BenchRecord {
    const key = this.key(index);
    const slot = key.subarray(0, sizes.slot);
    const incarnation = key.subarray(sizes.slot);
    const payload = Buffer.alloc(this.#payloadBytes, key);
    payload.writeUIntBE(revision, 0, 6);
    const stored = encodeAtom({ kind: 'vertex', incarnation, revision, payload, chunks: [], members: [] });
    return { slot, incarnation, revision, stored };
  }

  stateKey({ slot }: BenchRecord): Buffer {
    return atomKey(this.domain, slot).bytes;
  }

  content({ stored }: BenchRecord): Uint8Array {
    return atomContent(stored);
  }

  /** Entries of the adds, or of the removes, in order. */
  async *entries(of: 'adds' | 'removes', revision: Revision) {
    // One content for all: what stands behind a hash costs a tree nothing.
    const dataHash = atomDataHash(this.record(0, revision).stored);
    for (let index = 0; index < this.count; index += of === 'adds' ? 1 : removedEvery) {
      yield { key: this.key(index), revision, dataHash };
    }
  }

  /** Indices of records that are there, each once, in no order. */
  someLive(count: number): Uint32Array {
    const live = this.count - Math.ceil(this.count / removedEvery);
    const numbers = Uint32Array.from({ length: live }, (_, at) => at);
    for (let at = 0; at < count; at += 1) {
      const other = at + Math.floor(Math.random() * (live - at));
      [numbers[at], numbers[other]] = [numbers[other]!, numbers[at]!];
    }
    // The n-th that is there: nine of ten, the first of each ten is not.
    return numbers.slice(0, count).map((n) => n + 1 + Math.floor(n / (removedEvery - 1)));
  }
}
