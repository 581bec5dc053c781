/**
 * What a custodian keeps of a key: its share, and while a refresh is not finished also the share before, with what the refresh was
 * made of. The old share is erased only when n - t custodians said that they have the new one on their disks; until then either can be
 * used, so that a crash of the coordinator anywhere, or a coordinator that tells custodians different things, costs no key.
 */
import { equalConstantTime } from '../../../crypto/compare.ts';
import { MessageWriter, readMessage } from '../codec.ts';
import { malformed, ThresholdAbort } from '../errors.ts';
import { thresholdLimits } from '../limits.ts';
import type { KeyCommon, KeyShare, Party } from '../party.ts';
import { toBytes, toInteger } from './integers.ts';
import { type RsaKey, rsaKeyOf } from './key.ts';

const version = 1;
const commonBytesMax = 8192;

/** A share of one generation. */
export interface ShareSlot {
  readonly key: RsaKey;
  readonly share: bigint;
}

export interface StoredShare {
  readonly current: ShareSlot;
  readonly unfinished?: {
    readonly previous: ShareSlot;
    /** The refresh's message, as refresh-messages.ts encodes it. */
    readonly refresh: Uint8Array;
  };
}

export function encodeStoredShare({ current, unfinished }: StoredShare): KeyShare {
  const field = ({ key, share }: ShareSlot): Buffer => toBytes(share, key.shareBytes);
  const writer = new MessageWriter().u8(version).field(field(current));
  if (unfinished === undefined) writer.u8(0);
  else {
    const { previous, refresh } = unfinished;
    const { generation, common } = previous.key.toCommon();
    writer.u8(1).u32(generation).field(common).field(field(previous)).field(refresh);
  }
  return { ...current.key.toCommon(), secret: writer.done() };
}

const decoded = new WeakMap<KeyShare, StoredShare>();

/** Read once for each object. @throws ThresholdAbort `malformed` */
export function storedShareOf(kept: KeyShare): StoredShare {
  const known = decoded.get(kept);
  if (known !== undefined) return known;
  const { handle, scheme } = kept;
  const key = rsaKeyOf(kept);
  const slot = (of: RsaKey, bytes: Uint8Array): ShareSlot => ({ key: of, share: toInteger(bytes) });
  const stored = readMessage(kept.secret, undefined, (reader): StoredShare => {
    if (reader.u8('the version') !== version) malformed(undefined, 'unknown version of a share');
    const current = slot(key, reader.field(key.shareBytes, 'the share'));
    if (reader.u8('whether a refresh is unfinished') === 0) return { current };
    const generation = reader.u32('the generation');
    const common = reader.field(commonBytesMax, 'what was common');
    const before: KeyCommon = { handle, scheme, generation, common };
    const previous = slot(rsaKeyOf(before), reader.field(key.shareBytes, 'the share before'));
    return {
      current,
      unfinished: { previous, refresh: reader.field(thresholdLimits.messageBytesMax, 'it') },
    };
  });
  decoded.set(kept, stored);
  return stored;
}

/** @throws ThresholdAbort `unknown-key` */
export async function requireStored(party: Party, handle: Uint8Array): Promise<StoredShare> {
  const kept = await party.keys.get(handle);
  if (kept === undefined) throw new ThresholdAbort('unknown-key', undefined, 'no share of this key');
  return storedShareOf(kept);
}

/** The share of the generation that this digest names. */
export function slotNamed(stored: StoredShare, digest: Uint8Array): ShareSlot | undefined {
  const { current, unfinished } = stored;
  if (equalConstantTime(current.key.digest, digest)) return current;
  const previous = unfinished?.previous;
  return previous !== undefined && equalConstantTime(previous.key.digest, digest) ? previous : undefined;
}

/** @throws ThresholdAbort `unknown-key`; `stale` when there are shares of other generations */
export async function requireSlot(
  party: Party,
  handle: Uint8Array,
  digest: Uint8Array,
): Promise<{ stored: StoredShare; slot: ShareSlot }> {
  const stored = await requireStored(party, handle);
  const slot = slotNamed(stored, digest);
  if (slot === undefined)
    throw new ThresholdAbort('stale', undefined, 'no share of this generation of the key');
  return { stored, slot };
}

/** Whether the share is the one that commitments say this custodian has. */
export function isCommittedShare({ key, share }: ShareSlot, custodian: number): boolean {
  return key.powers.power(key.base, share) === key.verificationKey(custodian);
}
