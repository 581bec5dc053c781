/** Entries of one phase set on their way to the prover's thread when its tree is built from the state. */
import { asBuffer, type PhaseEntry, readU64, sizes, writeU64 } from '../../hypergraph/index.ts';
import { provingLimits } from '../limits.ts';

export const treeKeyBytes = sizes.slot + sizes.incarnation;
const entryBytes = treeKeyBytes + 8 + sizes.taggedHash;

export class BulkWriter {
  readonly #domain: Uint8Array;
  readonly #set: number;
  #entries: Buffer = Buffer.alloc(0);
  #length = 0;

  constructor(domain: Uint8Array, set: number) {
    this.#domain = domain;
    this.#set = set;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** @returns true when what was collected should be taken */
  add({ id, revision, dataHash }: PhaseEntry): boolean {
    if (this.#length === 0) this.#entries = Buffer.allocUnsafeSlow(provingLimits.bulkEntries * entryBytes);
    this.#entries.set(id.subarray(sizes.domain), this.#length);
    writeU64(this.#entries, revision, this.#length + treeKeyBytes);
    this.#entries.set(dataHash, this.#length + treeKeyBytes + 8);
    this.#length += entryBytes;
    return this.#length === this.#entries.length;
  }

  take(): { readonly domain: Uint8Array; readonly set: number; readonly entries: Uint8Array } {
    const entries = Uint8Array.from(this.#entries.subarray(0, this.#length));
    this.#length = 0;
    return { domain: this.#domain, set: this.#set, entries };
  }
}

export interface BulkEntry {
  /** 32 bytes: slot ‖ incarnation. */
  readonly key: Uint8Array;
  readonly revision: number;
  readonly dataHash: Uint8Array;
}

export function* readBulk(entries: Uint8Array): Generator<BulkEntry> {
  const bytes = asBuffer(entries);
  for (let at = 0; at < bytes.length; at += entryBytes) {
    const revisionAt = at + treeKeyBytes;
    yield {
      key: bytes.subarray(at, revisionAt),
      revision: readU64(bytes, revisionAt),
      dataHash: bytes.subarray(revisionAt + 8, at + entryBytes),
    };
  }
}
