/**
 * Shares of keys on a custodian's disk, and those used last in memory: the same object while it does not change.
 *
 * version (1) ‖ scheme ‖ generation (4) ‖ common ‖ secret
 */
import type { Bytes } from '../../../../api/index.ts';
import { MessageWriter, readMessage } from '../../codec.ts';
import { malformed } from '../../errors.ts';
import type { KeyShare, KeyShares } from '../../party.ts';
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

  async put(share: KeyShare): Promise<void> {
    const name = nameOf(share.handle);
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
