/**
 * Pages in the store: AES-256-GCM under a key of this store. Keys of the store are a letter and a number, so nothing
 * that was indexed, nor its order, is readable on the disk. A page cannot be moved to another number.
 *
 * key   = kind (1): `s` salt, `m` head, `d` directory, `p` leaf page, `r` redo block ‖ number (6)
 * value = version (1) ‖ nonce (12, random) ‖ ciphertext ‖ tag (16); associated = version ‖ key
 * salt  = 32 random bytes in the clear, made with the store; page key = HKDF(index key, salt, `hypergate/index-store/v1`)
 *
 * Random nonces allow 2^32 pages under one key; a store that was rebuilt has a new salt.
 */
import type { KeyObject } from 'node:crypto';
import {
  DecryptionError,
  hkdf,
  nonceBytes,
  open,
  type RandomSource,
  sealInto,
  secretKey,
  tagBytes,
} from '@hypergate/node/crypto';
import { IndexDamaged } from './errors.ts';
import type { IndexStore, IndexStoreOperation } from './store.ts';

export const Kind = { salt: 0x73, head: 0x6d, directory: 0x64, page: 0x70, redo: 0x72 } as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

const version = 1;
const saltBytes = 32;

function storeKey(kind: Kind, number: number): Buffer {
  const key = Buffer.allocUnsafe(7);
  key[0] = kind;
  key.writeUIntBE(number, 1, 6);
  return key;
}

function associated(key: Uint8Array): Buffer {
  const data = Buffer.allocUnsafe(1 + key.length);
  data[0] = version;
  data.set(key, 1);
  return data;
}

export class SealedPages {
  readonly #store: IndexStore;
  readonly #key: KeyObject;
  readonly #random: RandomSource;

  private constructor(store: IndexStore, key: KeyObject, random: RandomSource) {
    this.#store = store;
    this.#key = key;
    this.#random = random;
  }

  /** Empty stores are given a salt. */
  static async open(store: IndexStore, indexKey: KeyObject, random: RandomSource): Promise<SealedPages> {
    const key = storeKey(Kind.salt, 0);
    let salt = store.getSync(key);
    if (salt === undefined) {
      salt = Buffer.from(random.bytes(saltBytes));
      await store.batch([{ type: 'put', key, value: salt }], { sync: true });
    }
    const derived = hkdf(indexKey, salt, Buffer.from('hypergate/index-store/v1', 'ascii'), 32);
    return new SealedPages(store, secretKey(derived), random);
  }

  /** Removes everything, the salt too. */
  static async wipe(store: IndexStore): Promise<void> {
    // The head goes first and alone: whatever a crash leaves behind is then not taken for an index.
    await store.batch([{ type: 'del', key: storeKey(Kind.head, 0) }], { sync: true });
    let operations: IndexStoreOperation[] = [];
    for await (const [key] of store.entries({})) {
      operations.push({ type: 'del', key });
      if (operations.length < 4096) continue;
      await store.batch(operations, { sync: false });
      operations = [];
    }
    await store.batch(operations, { sync: true });
  }

  put(kind: Kind, number: number, plaintext: Uint8Array): IndexStoreOperation {
    const key = storeKey(kind, number);
    const value = Buffer.allocUnsafeSlow(1 + nonceBytes + plaintext.length + tagBytes);
    const nonce = this.#random.bytes(nonceBytes);
    value[0] = version;
    value.set(nonce, 1);
    sealInto(value, 1 + nonceBytes, this.#key, nonce, associated(key), plaintext);
    return { type: 'put', key, value };
  }

  delete(kind: Kind, number: number): IndexStoreOperation {
    return { type: 'del', key: storeKey(kind, number) };
  }

  /** @throws IndexDamaged when it is missing, changed, or was sealed under another key */
  get(kind: Kind, number: number): Buffer {
    const plaintext = this.find(kind, number);
    if (plaintext === undefined)
      throw new IndexDamaged(`page ${String.fromCharCode(kind)}${number} is missing`);
    return plaintext;
  }

  find(kind: Kind, number: number): Buffer | undefined {
    const key = storeKey(kind, number);
    const value = this.#store.getSync(key);
    return value === undefined ? undefined : this.#open(key, value);
  }

  async *all(kind: Kind): AsyncIterable<{ readonly number: number; readonly plaintext: Buffer }> {
    const range = { gte: Buffer.of(kind), lt: Buffer.of(kind + 1) };
    for await (const [key, value] of this.#store.entries(range))
      yield { number: Buffer.from(key).readUIntBE(1, 6), plaintext: this.#open(key, value) };
  }

  write(operations: readonly IndexStoreOperation[]): Promise<void> {
    return this.#store.batch(operations, { sync: true });
  }

  #open(key: Uint8Array, value: Uint8Array): Buffer {
    const name = `page ${String.fromCharCode(key[0]!)}${Buffer.from(key).readUIntBE(1, 6)}`;
    if (value[0] !== version || value.length < 1 + nonceBytes + tagBytes)
      throw new IndexDamaged(`${name} has an unknown format`);
    try {
      const nonce = value.subarray(1, 1 + nonceBytes);
      return open(this.#key, nonce, associated(key), value.subarray(1 + nonceBytes));
    } catch (error) {
      if (!(error instanceof DecryptionError)) throw error;
      throw new IndexDamaged(`${name} does not authenticate`, { cause: error });
    }
  }
}
