/**
 * Shares of keys on a custodian's disk, and those used last in memory: the same object while it does not change.
 *
 * version (1) ‖ scheme ‖ generation (4) ‖ common ‖ secret
 */
import type { Bytes } from '../../../../api/index.ts';
import { MessageWriter, readMessage } from '../../codec.ts';
import { malformed, ThresholdAbort } from '../../errors.ts';
import type { KeyShare, KeyShares, ListedShare } from '../../party.ts';
import { handleBytes } from '../format/key-task.ts';
import { custodianLimits } from '../limits.ts';
import { type SealedStore, space } from './sealed-store.ts';

const version = 1;
const schemeCharsMax = 64;

export class StoredShares implements KeyShares {
  readonly #store: SealedStore;
  /** Oldest use first. */
  readonly #recent = new Map<string, KeyShare>();

  constructor(store: SealedStore) {
    this.#store = store;
  }

  async get(handle: Bytes): Promise<KeyShare | undefined> {
    const name = nameOf(handle);
    const known = this.#recent.get(name);
    if (known !== undefined) {
      this.#remember(name, known);
      return known;
    }
    const bytes = this.#store.get(space.share, handle);
    if (bytes === undefined) return undefined;
    const share = decodeShare(Uint8Array.from(handle), bytes);
    bytes.fill(0);
    this.#remember(name, share);
    return share;
  }

  /** @throws ThresholdAbort `refused` for a handle that was buried */
  async put(share: KeyShare): Promise<void> {
    const name = nameOf(share.handle);
    if (this.#isBuried(share.handle)) throw new ThresholdAbort('refused', undefined, 'the key was erased');
    const value = encodeShare(share);
    const isReplaced = this.#store.get(space.share, share.handle) !== undefined;
    // A value that is removed is merged away, one that is only replaced is not.
    const before = isReplaced ? [{ name: share.handle, value: undefined }] : [];
    await this.#store.put(space.share, [...before, { name: share.handle, value }]);
    value.fill(0);
    this.#remember(name, share);
    if (isReplaced) await this.#store.erase(space.share, share.handle);
  }

  async remove(handle: Bytes): Promise<void> {
    const name = nameOf(handle);
    this.#recent.delete(name);
    await this.#store.put(space.share, [{ name: handle, value: undefined }]);
    // Somebody may have read it while the batch was on its way.
    this.#recent.delete(name);
    await this.#store.erase(space.share, handle);
  }

  async list(after: Bytes | undefined, max: number): Promise<readonly ListedShare[]> {
    const found: ListedShare[] = [];
    if (max <= 0) return found;
    for await (const [handle, bytes] of this.#store.entries(space.share, new Uint8Array(0), after)) {
      const { scheme, secret } = decodeShare(Uint8Array.from(handle), bytes);
      secret.fill(0);
      bytes.fill(0);
      found.push({ handle: Uint8Array.from(handle), scheme });
      if (found.length >= max) break;
    }
    return found;
  }

  /** No share is put under this handle any more. */
  async bury(handle: Bytes): Promise<void> {
    nameOf(handle);
    await this.#store.put(space.grave, [{ name: handle, value: new Uint8Array(0) }]);
  }

  async isBuried(handle: Bytes): Promise<boolean> {
    nameOf(handle);
    return this.#isBuried(handle);
  }

  /** The key is to be made, or imported, anew. */
  async revive(handle: Bytes): Promise<void> {
    nameOf(handle);
    if (!this.#isBuried(handle)) return;
    await this.#store.put(space.grave, [{ name: handle, value: undefined }]);
  }

  #isBuried(handle: Bytes): boolean {
    return this.#store.get(space.grave, handle) !== undefined;
  }

  #remember(name: string, share: KeyShare): void {
    this.#recent.delete(name);
    this.#recent.set(name, share);
    if (this.#recent.size <= custodianLimits.sharesRememberedMax) return;
    const [oldest] = this.#recent.keys();
    this.#recent.delete(oldest!);
  }
}

function nameOf(handle: Bytes): string {
  if (handle.length !== handleBytes) malformed(undefined, 'a handle has 16 bytes');
  return Buffer.from(handle).toString('hex');
}

function encodeShare({ scheme, generation, common, secret }: KeyShare): Uint8Array {
  if (common.length + secret.length > custodianLimits.shareBytesMax)
    throw new RangeError('a share is too long');
  const writer = new MessageWriter().u8(version).field(Buffer.from(scheme, 'ascii')).u32(generation);
  return writer.field(common).field(secret).done();
}

function decodeShare(handle: Bytes, bytes: Bytes): KeyShare {
  return readMessage(bytes, undefined, (reader) => {
    if (reader.u8('the version') !== version) malformed(undefined, 'unknown version of a share');
    const field = (what: string) => reader.field(custodianLimits.shareBytesMax, what);
    return {
      handle,
      scheme: Buffer.from(reader.field(schemeCharsMax, 'the scheme')).toString('latin1'),
      generation: reader.u32('the generation'),
      common: field('the common part'),
      secret: field('the secret part'),
    };
  });
}
