/**
 * The tree by its definition, over strings of bits and with other hash functions than the product's: what every root and every
 * answer is compared with.
 */
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import type { BranchCommitter } from '../committer.ts';
import type { TreeEntry } from '../types.ts';

const bytes = (...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));
const big = (value: number, length: number): number[] => {
  const hex = BigInt(value)
    .toString(16)
    .padStart(2 * length, '0');
  return Array.from({ length }, (_, index) => Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16));
};

export const bitsOf = (key: Uint8Array): string =>
  [...key].map((byte) => byte.toString(2).padStart(8, '0')).join('');

const bytesOfBits = (bits: string): number[] =>
  Array.from({ length: 32 }, (_, index) =>
    Number.parseInt(bits.padEnd(256, '0').slice(8 * index, 8 * index + 8), 2),
  );

interface Item {
  readonly bits: string;
  readonly entry: TreeEntry;
}

function trieRoot(items: readonly Item[]): Uint8Array {
  const [first] = items;
  if (items.length === 1 && first !== undefined) {
    const { key, revision, dataHash } = first.entry;
    return sha256(bytes([0], key, big(revision, 8), dataHash));
  }
  let split = 0;
  while (items.every(({ bits }) => bits[split] === first!.bits[split])) split += 1;
  const side = (bit: string): Item[] => items.filter(({ bits }) => bits[split] === bit);
  const prefix = bytesOfBits(first!.bits.slice(0, split));
  return sha256(bytes([1, split], prefix, trieRoot(side('0')), trieRoot(side('1'))));
}

const nibbleOf = ({ bits }: Item, depth: number): number =>
  Number.parseInt(bits.padEnd(258, '0').slice(6 * depth, 6 * depth + 6), 2);

async function subtree(
  items: readonly Item[],
  path: readonly number[],
  leafAtomsMax: number,
  committer: BranchCommitter,
): Promise<Uint8Array | undefined> {
  if (items.length === 0) return undefined;
  if (items.length <= leafAtomsMax) {
    return sha512(bytes([2, path.length], path, big(items.length, 4), trieRoot(items)));
  }
  const values: (Uint8Array | undefined)[] = [];
  for (let slot = 0; slot < 64; slot += 1) {
    const below = items.filter((item) => nibbleOf(item, path.length) === slot);
    values.push(await subtree(below, [...path, slot], leafAtomsMax, committer));
  }
  const { encoded } = await committer.commit(values);
  return sha512(bytes([3, path.length], path, big(items.length, 8), encoded));
}

export async function modelRoot(
  entries: Iterable<TreeEntry>,
  leafAtomsMax: number,
  committer: BranchCommitter,
): Promise<Uint8Array> {
  const items = [...entries].map((entry) => ({ bits: bitsOf(entry.key), entry }));
  return (await subtree(items, [], leafAtomsMax, committer)) ?? new Uint8Array(64);
}

/** Entries under a prefix, by rising key. */
export function modelEntries(entries: Iterable<TreeEntry>, prefix: Uint8Array): TreeEntry[] {
  const wanted = bitsOf(prefix);
  return [...entries]
    .filter(({ key }) => bitsOf(key).startsWith(wanted))
    .sort((left, right) => (bitsOf(left.key) < bitsOf(right.key) ? -1 : 1));
}
