/**
 * Where a custodian keeps what it has of one key. Three slots, each an entry of its durable store:
 *
 * - `active`, under the key's handle: the share that protocols use.
 * - `pending`: a share whose sharing this custodian checked and confirmed. No protocol finds it, since it stands under another handle.
 * - `previous`: the share of the generation from which the active one was made, until n - t custodians hold that one.
 *
 * A share becomes active by a certificate alone: n - t custodians confirm that they have theirs on the disk (so at least t + 1
 * honest ones do, and the key can be used), or t + 1 hold it already (one honest custodian saw the former). So a key that came
 * only part of the way is either nowhere active, and then garbage that the next attempt or `key.erase` removes, or can be
 * completed with what is on the disks.
 *
 * Order on the disk when a share becomes active: previous, active, then pending is removed. A crash between the steps leaves a previous
 * share with the active one's generation, or a pending one that is active: both are passed over when slots are read.
 *
 * Why a hostile coordinator cannot destroy a key by half-finished refreshes: a custodian that moves on keeps the share it came from until
 * n - t custodians state that they hold the new sharing, of whom t + 1 are honest; and who confirmed a generation finishes no
 * lower one. So there is always one sharing of which t + 1 honest custodians have shares.
 */
import { createHash } from 'node:crypto';
import { MessageWriter, readMessage } from '../codec.ts';
import { ThresholdAbort } from '../errors.ts';
import type { KeyCommon, KeyShare, KeyShares, Party } from '../party.ts';
import {
  commonPart,
  countStatements,
  hexOf,
  judgeOf,
  type KeyCertificate,
  quorumOf,
  readKey,
  sameKey,
  signStatement,
  writeKey,
} from './key-statement.ts';

export interface PendingShare {
  readonly share: KeyShare;
  /** Generation from which it was made; undefined for a key that is new to this custodian. */
  readonly base: number | undefined;
}

export interface KeySlots {
  readonly active: KeyShare | undefined;
  readonly pending: PendingShare | undefined;
  readonly previous: KeyShare | undefined;
}

export async function loadSlots(keys: KeyShares, handle: Uint8Array): Promise<KeySlots> {
  const active = await keys.get(handle);
  const pending = unpack(await keys.get(slotHandle('pending', handle)));
  const previous = unpack(await keys.get(slotHandle('previous', handle)))?.share;
  const isNews = pending !== undefined && (active === undefined || !sameKey(pending.share, active));
  const isOlder = previous !== undefined && active !== undefined && previous.generation < active.generation;
  return { active, pending: isNews ? pending : undefined, previous: isOlder ? previous : undefined };
}

/**
 * Keeps a share whose sharing was checked, and says so. Replaces what an attempt before left.
 *
 * @returns the signature of `confirmed`
 * @throws ThresholdAbort `stale` when the custodian is past this generation
 */
export function confirmShare(party: Party, pending: PendingShare): Promise<Uint8Array> {
  const { share, base } = pending;
  return exclusively(party.keys, share.handle, async () => {
    const slots = await loadSlots(party.keys, share.handle);
    if (base === undefined && slots.active !== undefined)
      throw new ThresholdAbort('refused', undefined, 'there is a key with this handle');
    if (base !== undefined) {
      shareOf(slots, base);
      const other = slots.pending !== undefined && !sameKey(slots.pending.share, share);
      const least = Math.max(slots.active!.generation, other ? slots.pending!.share.generation : 0);
      if (share.generation <= least) throw pastIt();
    }
    await party.keys.put(pack('pending', pending));
    return signStatement(party, 'confirmed', share);
  });
}

/**
 * The share of a generation from which another may be made: the active one when it is settled, otherwise the one it came from.
 * @throws ThresholdAbort `stale`, `unknown-key`
 */
export function shareOf({ active, previous }: KeySlots, generation: number): KeyShare {
  if (active === undefined) throw new ThresholdAbort('unknown-key', undefined, 'no share of this key');
  const base = previous ?? active;
  if (base.generation !== generation)
    throw new ThresholdAbort('stale', undefined, 'the share is of another generation');
  return base;
}

/**
 * Makes a share active for which there is a certificate: the pending one, or what `compute` finds for a custodian that was absent when
 * others confirmed. Does nothing when it is active.
 *
 * @param compute from the slots, checked against what is common
 * @returns the signature of `held`
 * @throws ThresholdAbort
 */
export function activateShare(
  party: Party,
  certificate: KeyCertificate,
  compute?: (slots: KeySlots) => PendingShare,
): Promise<Uint8Array> {
  const { key } = certificate;
  return exclusively(party.keys, key.handle, async () => {
    const slots = await loadSlots(party.keys, key.handle);
    const { active, pending } = slots;
    if (active !== undefined && sameKey(active, key)) return signStatement(party, 'held', key);
    const { all, held } = countStatements(judgeOf(party), certificate);
    const quorum = quorumOf(party.committee);
    if (all < quorum && held <= party.committee.threshold)
      throw new ThresholdAbort('refused', undefined, 'too few custodians state that they have this key');
    const own = pending !== undefined && sameKey(pending.share, key) ? pending : undefined;
    const later = own === undefined && pending !== undefined && pending.share.generation > key.generation;
    if (active !== undefined && active.generation > key.generation) throw pastIt();
    // Of two keys of one generation no more than one is ever held by n - t.
    if ((later || active?.generation === key.generation) && held < quorum) throw pastIt();
    const next = own ?? compute?.(slots);
    if (next === undefined) throw new ThresholdAbort('unknown-key', undefined, 'no share of this key');
    await replaceActive(party.keys, slots, next);
    return signStatement(party, 'held', key);
  });
}

/** What came before goes, since n - t custodians hold what is active. @throws ThresholdAbort */
export function settleShare(party: Party, certificate: KeyCertificate): Promise<void> {
  const { key } = certificate;
  return exclusively(party.keys, key.handle, async () => {
    const { active, pending } = await loadSlots(party.keys, key.handle);
    if (active === undefined || !sameKey(active, key))
      throw new ThresholdAbort('stale', undefined, 'the share is of another generation');
    if (countStatements(judgeOf(party), certificate).held < quorumOf(party.committee))
      throw new ThresholdAbort('refused', undefined, 'too few custodians hold this key');
    await party.keys.remove(slotHandle('previous', key.handle));
    if (pending === undefined || pending.share.generation <= key.generation)
      await party.keys.remove(slotHandle('pending', key.handle));
  });
}

/** The active share is replaced, with the one it is made from kept beside it. */
export async function replaceActive(keys: KeyShares, slots: KeySlots, next: PendingShare): Promise<void> {
  const { active, previous } = slots;
  const { share } = next;
  // With a previous share in place the active one is not settled: that from which both came stays.
  if (active !== undefined && previous === undefined && active.generation < share.generation)
    await keys.put(pack('previous', { share: active, base: undefined }));
  await keys.put(share);
  await keys.remove(slotHandle('pending', share.handle));
}

/** All slots. The active share first: what is left after a crash is used by nothing. */
export function eraseSlots(keys: KeyShares, handle: Uint8Array): Promise<void> {
  return exclusively(keys, handle, async () => {
    await keys.remove(handle);
    await keys.remove(slotHandle('previous', handle));
    await keys.remove(slotHandle('pending', handle));
  });
}

const queues = new WeakMap<KeyShares, Map<string, Promise<unknown>>>();

/** One at a time for each key: slots are read, and then written. */
export async function exclusively<Result>(
  keys: KeyShares,
  handle: Uint8Array,
  run: () => Promise<Result>,
): Promise<Result> {
  const queue = queues.get(keys) ?? new Map<string, Promise<unknown>>();
  queues.set(keys, queue);
  const name = hexOf(handle);
  const before = queue.get(name) ?? Promise.resolve();
  // Who came before reports its failure to its own caller.
  const mine = before.then(run, run);
  queue.set(name, mine);
  try {
    return await mine;
  } finally {
    if (queue.get(name) === mine) queue.delete(name);
  }
}

function pastIt(): ThresholdAbort {
  return new ThresholdAbort('stale', undefined, 'past this generation');
}

type Slot = 'pending' | 'previous';

function slotHandle(slot: Slot, handle: Uint8Array): Uint8Array {
  const hash = createHash('sha256').update(`hypergate/key-slot/v1\0${slot}\0`).update(handle).digest();
  return Uint8Array.from(hash.subarray(0, 16));
}

/** The key itself goes into what is common, so that the entry's own scheme is none that a protocol takes. */
function pack(slot: Slot, { share, base }: PendingShare): KeyShare {
  const writer = new MessageWriter().u8(base === undefined ? 0 : 1).u64(base ?? 0);
  writeKey(writer, share);
  const { handle, generation, secret } = share;
  return { handle: slotHandle(slot, handle), scheme: slot, generation, common: writer.done(), secret };
}

function unpack(entry: KeyShare | undefined): PendingShare | undefined {
  if (entry === undefined) return undefined;
  return readMessage(entry.common, undefined, (reader) => {
    const hasBase = reader.u8('whether there is a base') === 1;
    const base = reader.u64('the base');
    const key: KeyCommon = commonPart(readKey(reader));
    return { share: { ...key, secret: entry.secret }, base: hasBase ? base : undefined };
  });
}
