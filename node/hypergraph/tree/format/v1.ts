/**
 * What the commitment tree hashes: format `hypergate/tree/v1`. Runs in browsers too (no Buffer, no built-in module): the
 * verifier shares this file, hash functions are passed in. Golden bytes in node/store/tree/test/golden prove that nothing changed.
 *
 * A tree is a set of entries key (32 bytes) -> {revision: safe integer, dataHash: 33 bytes, tagged}. Keys are read as bits,
 * the most significant first. 6-bit nibbles choose the children of branches: 32 bytes are 43 nibbles, the last holds 4 bits
 * and two zero bits. Numbers are big-endian.
 *
 *   entry hash          SHA-256(0x00 ‖ key 32 ‖ revision u64 ‖ dataHash 33)
 *   trie node           SHA-256(0x01 ‖ u8 split bit ‖ common prefix 32 ‖ left 32 ‖ right 32)
 *   leaf commitment 64  SHA-512(0x02 ‖ u8 number of path nibbles ‖ path nibbles, a byte each ‖ count u32 ‖ trie root)
 *   branch              KZG commitment (74) to 64 slots of 64 bytes: 64 zero bytes for an empty child, a leaf's commitment,
 *                       a branch's hash
 *   branch hash 64      SHA-512(0x03 ‖ u8 number of path nibbles ‖ path nibbles ‖ count u64 of the subtree ‖ commitment 74)
 *   root 64             64 zero bytes for an empty tree, else the leaf commitment or branch hash with the empty path
 *
 * The trie inside a leaf is a binary Patricia trie over the whole keys: a node stands where two keys part. Its split bit is the
 * first bit (0..255, counted from the start of the key) in which its keys differ; its prefix is bits [0, split bit) of
 * them, the rest zero; keys with a zero at the split bit are left. A single entry's root is its entry hash.
 *
 * Canonical: a subtree is one leaf exactly when it holds 1..leafAtomsMax entries, also after removals; otherwise a branch,
 * one at every nibble depth (paths of branches are not compressed). So a root is a function of entries and leafAtomsMax
 * alone. The first byte of what is hashed tells entry, node, leaf and branch apart.
 */
import { treeLimits } from '../limits.ts';

export interface TreeHashes {
  /** 32 bytes. */
  readonly sha256: (bytes: Uint8Array) => Uint8Array;
  /** 64 bytes. */
  readonly sha512: (bytes: Uint8Array) => Uint8Array;
}

export const formatName = 'hypergate/tree/v1';

export const domainTag = { entry: 0, node: 1, leaf: 2, branch: 3 } as const;

/** An entry as it is stored and hashed: key ‖ revision ‖ dataHash. */
export const entryBytes: number = treeLimits.keyBytes + 8 + treeLimits.dataHashBytes;
export const revisionOffset: number = treeLimits.keyBytes;
export const dataHashOffset: number = treeLimits.keyBytes + 8;

export const emptyRoot: Uint8Array = new Uint8Array(treeLimits.rootBytes);

/** Bit of a key, 0 or 1. @param index 0..255 */
export function bitAt(key: Uint8Array, index: number): number {
  return (key[index >>> 3]! >>> (7 - (index & 7))) & 1;
}

/** First bit in which two keys differ; 256 when they are equal. @param from a bit; all before it are known to be equal */
export function firstDifference(left: Uint8Array, right: Uint8Array, from = 0): number {
  for (let byte = from >>> 3; byte < treeLimits.keyBytes; byte += 1) {
    const difference = left[byte]! ^ right[byte]!;
    if (difference !== 0) return byte * 8 + Math.clz32(difference) - 24;
  }
  return treeLimits.keyBytes * 8;
}

/** Nibble number `depth` of a key, 0..63; what stands behind the key's 32 bytes is not looked at. @param depth 0..42 */
export function nibbleAt(key: Uint8Array, depth: number): number {
  const bit = depth * treeLimits.nibbleBits;
  const byte = bit >>> 3;
  const two = (key[byte]! << 8) | (byte + 1 < treeLimits.keyBytes ? key[byte + 1]! : 0);
  return (two >>> (10 - (bit & 7))) & 63;
}

/** The first `depth` nibbles of a key, a byte each. */
export function pathOf(key: Uint8Array, depth: number): Uint8Array {
  return Uint8Array.from({ length: depth }, (_, index) => nibbleAt(key, index));
}

/** A key that begins with the path and the rest of which is zero. */
export function keyOfPath(path: Uint8Array): Uint8Array {
  const key = new Uint8Array(treeLimits.keyBytes);
  for (let bit = 0; bit < path.length * treeLimits.nibbleBits && bit < key.length * 8; bit += 1) {
    const nibble = path[Math.floor(bit / treeLimits.nibbleBits)]!;
    const value = (nibble >>> (5 - (bit % treeLimits.nibbleBits))) & 1;
    if (value === 1) key[bit >>> 3]! |= 0x80 >>> (bit & 7);
  }
  return key;
}

/** Safe integers only. */
export function writeU64(target: Uint8Array, value: number, offset: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  writeU32(target, high, offset);
  writeU32(target, value % 0x1_0000_0000, offset + 4);
}

export function writeU32(target: Uint8Array, value: number, offset: number): void {
  target[offset] = value >>> 24;
  target[offset + 1] = value >>> 16;
  target[offset + 2] = value >>> 8;
  target[offset + 3] = value;
}

/** @returns a number above 2^53 - 1, not exact, when the bytes hold one */
export function readU64(source: Uint8Array, offset: number): number {
  return readU32(source, offset) * 0x1_0000_0000 + readU32(source, offset + 4);
}

export function readU32(source: Uint8Array, offset: number): number {
  return (
    source[offset]! * 0x1000000 +
    ((source[offset + 1]! << 16) | (source[offset + 2]! << 8) | source[offset + 3]!)
  );
}

/** @param entry 73 bytes: key ‖ revision ‖ dataHash */
export function entryHash(hashes: TreeHashes, entry: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + entryBytes);
  bytes[0] = domainTag.entry;
  bytes.set(entry, 1);
  return hashes.sha256(bytes);
}

/** Bits [0, bits) of a key and zeros, 32 bytes. */
export function maskedPrefix(key: Uint8Array, bits: number): Uint8Array {
  const prefix = new Uint8Array(treeLimits.keyBytes);
  prefix.set(key.subarray(0, (bits + 7) >>> 3));
  if ((bits & 7) !== 0) prefix[bits >>> 3]! &= 0xff00 >>> (bits & 7);
  return prefix;
}

/** @param key any key below the node: its first `split` bits are the prefix */
export function nodeHash(
  hashes: TreeHashes,
  split: number,
  key: Uint8Array,
  left: Uint8Array,
  right: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(98);
  bytes[0] = domainTag.node;
  bytes[1] = split;
  bytes.set(maskedPrefix(key, split), 2);
  bytes.set(left, 34);
  bytes.set(right, 66);
  return hashes.sha256(bytes);
}

export function leafCommitment(
  hashes: TreeHashes,
  path: Uint8Array,
  count: number,
  trieRoot: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(2 + path.length + 4 + 32);
  bytes[0] = domainTag.leaf;
  bytes[1] = path.length;
  bytes.set(path, 2);
  writeU32(bytes, count, 2 + path.length);
  bytes.set(trieRoot, 6 + path.length);
  return hashes.sha512(bytes);
}

/** @param commitment 74 bytes, encoded */
export function branchHash(
  hashes: TreeHashes,
  path: Uint8Array,
  count: number,
  commitment: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(2 + path.length + 8 + treeLimits.commitmentBytes);
  bytes[0] = domainTag.branch;
  bytes[1] = path.length;
  bytes.set(path, 2);
  writeU64(bytes, count, 2 + path.length);
  bytes.set(commitment, 10 + path.length);
  return hashes.sha512(bytes);
}
