/**
 * Bytes of a tree proof, version 1. Runs in browsers too. Golden bytes in node/store/tree/test/golden.
 *
 * A proof shows, for each of its trees and each of some prefixes (1..32 bytes), all entries whose keys begin with the prefix: none
 * (absence), one for a prefix of 32 bytes (inclusion), or up to 64. It discloses the part of each tree that the prefixes reach
 * and a hash of everything beside it, in one preorder walk, so what several prefixes share stands there once. Prefixes direct
 * the walk: what has to come next is known at every point, and there is one encoding of a proof. Names and roots of trees are not in it:
 * whoever carries it binds the roots that come out to what they belong to. Numbers are big-endian.
 *
 *   proof   u8 version 1 ‖ u8 number of trees ‖ trees ‖ multiproof 148, when there is any branch
 *   tree    u16 number of prefixes, 0 for those of the tree before (and then always 0)
 *           ‖ prefixes, rising: u8 length ‖ bytes ‖ subtree, with all prefixes
 *   subtree u8 kind: 0 empty
 *           1 leaf   ‖ u32 entries ‖ trie node, with the same prefixes
 *           2 branch ‖ u48 entries ‖ commitment 74 ‖ for each slot that any prefix reaches, rising: subtree, with those prefixes
 *   trie node u8 step
 *           0..254 an inner node with this split bit: all prefixes are longer than the split bit and agree in the bits before it,
 *                  which are the node's prefix
 *           255 ‖ u8 what
 *             0 the entry of the only prefix of 32 bytes here: ‖ revision u64 ‖ dataHash 33
 *             1 another entry: ‖ key 32 ‖ revision u64 ‖ dataHash 33
 *             2 inner node that some prefixes part from: ‖ u8 split bit ‖ its prefix, ceil(split bit / 8) bytes, zeros behind
 *             3 all entries below an inner node that lies under a prefix: ‖ u8 number ‖ entries of 73 bytes, rising
 *             4 as step 255, were it a split bit
 *           after an inner node (0..254, what 2 or 4), left then right: trie node with the prefixes that go there, or hash 32 when none does
 *
 * A prefix that is shorter than the way to a branch's children reaches several slots.
 */

import { treeLimits } from '../limits.ts';
import { nibbleAt } from './v1.ts';

export const proofVersion = 1;
export const subtreeKind = { empty: 0, leaf: 1, branch: 2 } as const;
export const escapeStep = 255;
export const trieForm = { entry: 0, otherEntry: 1, parting: 2, entries: 3, lastSplit: 4 } as const;

/** Entries of a listing (form 3), so that one list serves prefixes that each show up to the limit. */
export const listedEntriesMax: number = treeLimits.entriesUnderPrefixMax;

/** Whether the first `bits` bits of both agree. */
export function agree(left: Uint8Array, right: Uint8Array, bits: number): boolean {
  const whole = bits >>> 3;
  for (let byte = 0; byte < whole; byte += 1) if (left[byte] !== right[byte]) return false;
  if ((bits & 7) === 0) return true;
  return ((left[whole]! ^ right[whole]!) & (0xff00 >>> (bits & 7)) & 0xff) === 0;
}

export const startsWith = (key: Uint8Array, prefix: Uint8Array): boolean =>
  agree(key, prefix, prefix.length * 8);

/** Sign of two prefixes in their order: bytewise, a shorter one before what it begins. */
export function comparePrefixes(left: Uint8Array, right: Uint8Array): number {
  const common = Math.min(left.length, right.length);
  for (let byte = 0; byte < common; byte += 1) {
    const difference = left[byte]! - right[byte]!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** Slots [first, last] of a branch at nibble depth `depth` that keys under the prefix can be in. */
export function slotsOf(
  prefix: Uint8Array,
  depth: number,
): { readonly first: number; readonly last: number } {
  const { nibbleBits, keyBytes } = treeLimits;
  const bits = prefix.length * 8 - depth * nibbleBits;
  if (bits <= 0) return { first: 0, last: 63 };
  const key = new Uint8Array(keyBytes);
  key.set(prefix);
  const first = nibbleAt(key, depth);
  const free = Math.max(0, nibbleBits - bits);
  // The last nibble of a whole key has but four bits: nothing can stand in the slots between.
  return { first, last: prefix.length === keyBytes ? first : first + 2 ** free - 1 };
}

/** Slots that exist at a depth: the last nibble ends in two zero bits. */
export const slotStep = (depth: number): number => (depth === treeLimits.pathNibblesMax - 1 ? 4 : 1);

export interface SlotShare {
  readonly slot: number;
  /** Of the prefixes given, by their index. */
  readonly prefixes: readonly number[];
}

/** Which slots of a branch the prefixes reach, rising. */
export function reachedSlots(
  prefixes: readonly Uint8Array[],
  chosen: readonly number[],
  depth: number,
): SlotShare[] {
  const ranges = chosen.map((index) => ({ index, ...slotsOf(prefixes[index]!, depth) }));
  const shares: SlotShare[] = [];
  for (let slot = 0; slot < treeLimits.branchSlots; slot += slotStep(depth)) {
    const here = ranges.filter(({ first, last }) => first <= slot && slot <= last);
    if (here.length > 0) shares.push({ slot, prefixes: here.map(({ index }) => index) });
  }
  return shares;
}
