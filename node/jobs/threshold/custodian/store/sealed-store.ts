/**
 * Values on a custodian's disk, sealed: version (1) ‖ salt (32) ‖ AES-256-GCM ciphertext ‖ tag. Each value has a key of its own, from
 * the store's key by HKDF with a fresh salt (so that no nonce can repeat, however often is written), and is bound to the name that it stands
 * under: nobody who has the disk can put one in another's place. That an older value of the same name is put back is not noticed
 * here; what a custodian checks calls against is compared with the others' at each start.
 *
 * Names are in the clear: a space (1 byte) and a name that holds no secret.
 */
import type { KeyObject } from 'node:crypto';
import { NodeError } from '../../../../api/index.ts';
import { open, sealInto, tagBytes } from '../../../../crypto/aead.ts';
import { DecryptionError } from '../../../../crypto/errors.ts';
import { hkdf, secretKey } from '../../../../crypto/hkdf.ts';
import type { RandomSource } from '../../../../crypto/random.ts';
import type { KeyValueStore, KvOperation } from '../../../../store/kv.ts';
import { custodianLimits } from '../limits.ts';

const version = 1;
const saltBytes = 32;
const headBytes = 1 + saltBytes;
const zeroNonce = Buffer.alloc(12);
const label = Buffer.from('hypergate/custodian/store/v1', 'ascii');

/** What a value belongs to; first byte of its name. */
export const space = { share: 0x73, control: 0x63, value: 0x76 } as const;
export type Space = (typeof space)[keyof typeof space];

export interface Entry {
  readonly name: Uint8Array;
  /** Undefined removes. */
  readonly value: Uint8Array | undefined;
}

/** Takes what was removed under a key of the store out of its files. */
export type EraseKey = (key: Uint8Array) => Promise<void>;

export class SealedStore {
  readonly #store: KeyValueStore;
  readonly #key: KeyObject;
  readonly #random: RandomSource;

  readonly #erase: EraseKey;

  constructor(store: KeyValueStore, key: KeyObject, random: RandomSource, erase: EraseKey) {
    this.#erase = erase;
    this.#store = store;
    this.#key = key;
    this.#random = random;
  }

  /** @throws NodeError `corrupt` */
  get(of: Space, name: Uint8Array): Buffer | undefined {
    const key = nameOf(of, name);
    const sealed = this.#store.getSync(key);
    return sealed === undefined ? undefined : this.#open(key, sealed);
  }

  /** All or none, on the disk when it resolves. */
  async put(of: Space, entries: readonly Entry[]): Promise<void> {
    const operations = entries.map(({ name, value }): KvOperation => {
      const key = nameOf(of, name);
      return value === undefined ? { type: 'del', key } : { type: 'put', key, value: this.#seal(key, value) };
    });
    await this.#store.batch(operations, { sync: true });
  }

  /** Of what was removed before, nothing stays in the files. */
  async erase(of: Space, name: Uint8Array): Promise<void> {
    await this.#erase(nameOf(of, name));
  }

  /** In the order of names, those that begin with the prefix and come after `after`. */
  async *entries(
    of: Space,
    prefix: Uint8Array,
    after?: Uint8Array,
  ): AsyncIterable<readonly [name: Buffer, value: Buffer]> {
    const from = nameOf(of, prefix);
    const gt = after === undefined ? undefined : nameOf(of, after);
    const range = gt === undefined || Buffer.compare(gt, from) < 0 ? { gte: from } : { gt };
    for await (const [key, sealed] of this.#store.entries(range)) {
      if (!from.equals(key.subarray(0, from.length))) return;
      yield [Buffer.from(key.subarray(1)), this.#open(key, sealed)];
    }
  }

  #seal(key: Uint8Array, value: Uint8Array): Buffer {
    const sealed = Buffer.alloc(headBytes + value.length + tagBytes);
    const salt = this.#random.bytes(saltBytes);
    sealed[0] = version;
    sealed.set(salt, 1);
    sealInto(sealed, headBytes, this.#keyOf(salt), zeroNonce, key, value);
    return sealed;
  }

  #open(key: Uint8Array, sealed: Uint8Array): Buffer {
    try {
      if (sealed.length < headBytes || sealed[0] !== version) throw new DecryptionError('format');
      return open(this.#keyOf(sealed.subarray(1, headBytes)), zeroNonce, key, sealed.subarray(headBytes));
    } catch (error) {
      if (!(error instanceof DecryptionError)) throw error;
      throw new NodeError('corrupt', "a value of the custodian's store does not open", { cause: error });
    }
  }

  #keyOf(salt: Uint8Array): KeyObject {
    const bytes = hkdf(this.#key, salt, label, 32);
    const key = secretKey(bytes);
    bytes.fill(0);
    return key;
  }
}

function nameOf(of: Space, name: Uint8Array): Buffer {
  if (name.length > custodianLimits.valueNameCharsMax * 4)
    throw new RangeError('the name of a value is too long');
  return Buffer.concat([Buffer.of(of), name]);
}
