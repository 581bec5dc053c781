/**
 * Keys of pseudo-random sharing on a custodian's disk: the newest set of them, and the same object while it is the newest.
 *
 * version (1) ‖ epoch (8) ‖ id ‖ keys: count (2), each with its length
 */
import type { Bytes } from '../../../../api/index.ts';
import { MessageWriter, readMessage } from '../../codec.ts';
import { malformed } from '../../errors.ts';
import { custodianLimits } from '../limits.ts';
import { type SealedStore, space } from './sealed-store.ts';

const version = 1;
const keyBytesMax = 64;
const name = Buffer.from('prss/keys', 'ascii');

export interface StoredPrssKeySet {
  readonly epoch: number;
  readonly id: Bytes;
  /** Secret. */
  readonly keys: readonly Bytes[];
}

export class StoredPrssKeys {
  readonly #store: SealedStore;
  #newest: StoredPrssKeySet | undefined;

  constructor(store: SealedStore) {
    this.#store = store;
  }

  async get(): Promise<StoredPrssKeySet | undefined> {
    if (this.#newest !== undefined) return this.#newest;
    const bytes = this.#store.get(space.value, name);
    if (bytes === undefined) return undefined;
    this.#newest = decode(bytes);
    bytes.fill(0);
    return this.#newest;
  }

  /** On the disk when it resolves; what it replaces is erased. */
  async put(keys: StoredPrssKeySet): Promise<void> {
    const isReplaced = this.#store.get(space.value, name) !== undefined;
    const value = encode(keys);
    const before = isReplaced ? [{ name, value: undefined }] : [];
    await this.#store.put(space.value, [...before, { name, value }]);
    value.fill(0);
    this.#newest = keys;
    if (isReplaced) await this.#store.erase(space.value, name);
  }
}

function encode({ epoch, id, keys }: StoredPrssKeySet): Uint8Array {
  const writer = new MessageWriter().u8(version).u64(epoch).field(id);
  return writer.list(keys, (key) => void writer.field(key)).done();
}

function decode(bytes: Bytes): StoredPrssKeySet {
  return readMessage(bytes, undefined, (reader) => {
    if (reader.u8('the version') !== version) malformed(undefined, 'unknown version of keys');
    return {
      epoch: reader.u64('the epoch'),
      id: reader.field(keyBytesMax, 'the id'),
      keys: reader.list(custodianLimits.prssKeysMax, 'keys', () => reader.field(keyBytesMax, 'a key')),
    };
  });
}
