/**
 * Folds changes of records into the tree. Invariant: a record's secondary entries are exactly those that its own entry
 * lists; each change starts from it and restores it, so folding an older part of the log again ends in the same state.
 */
import type { Bytes } from '@hypergate/node/api';
import {
  domainKey,
  domainRange,
  encodeEntry,
  recordPrefix,
  secondaryKey,
  secondaryKeysOf,
} from '../format/v1/index-key.ts';
import { TreeCursor } from '../tree/cursor.ts';
import type { IndexTree } from '../tree/index-tree.ts';
import type { IndexChange } from './changes.ts';

const nothing = new Uint8Array(0);

export function foldChange(tree: IndexTree, change: IndexChange): void {
  switch (change.kind) {
    case 'put':
      putRecord(tree, change);
      break;
    case 'remove':
      removeRecord(tree, change);
      break;
    case 'create-domain': {
      const { readKey, payload } = change.config;
      tree.put(domainKey(change.domain), Buffer.concat([readKey, payload]));
      break;
    }
    case 'remove-domain':
      removeDomain(tree, change.domain);
      break;
  }
}

/** Entries that the record has in the index: its own first, then the secondary ones. */
export function entriesOf(change: IndexChange & { readonly kind: 'put' }): { key: Buffer; value: Bytes }[] {
  const { domain, slot, projection, secondary } = change;
  if (projection === undefined && secondary.length === 0) return [];
  const secondaryKeys = secondary.map((entry) => secondaryKey(domain, entry, slot));
  const own = { key: keyOf(change), value: encodeEntry(projection, secondaryKeys) };
  return [own, ...secondaryKeys.map((key, index) => ({ key, value: secondary[index]!.projection }))];
}

function keyOf({ domain, table, key }: IndexChange & { readonly kind: 'put' | 'remove' }): Buffer {
  const prefix = recordPrefix(domain, table, key.partition);
  return key.sort.length === 0 ? prefix : Buffer.concat([prefix, key.sort]);
}

function putRecord(tree: IndexTree, change: IndexChange & { readonly kind: 'put' }): void {
  if (!change.indexed && !change.hasSecondaries) return;
  const entries = entriesOf(change);
  const old = change.hasSecondaries && !change.isNew ? tree.get(keyOf(change)) : undefined;
  if (old !== undefined) {
    const kept = new Set(entries.map(({ key }) => key.toString('latin1')));
    for (const key of secondaryKeysOf(change.domain, old))
      if (!kept.has(key.toString('latin1'))) tree.delete(key);
  }
  if (entries.length === 0) {
    if (!change.isNew) tree.delete(keyOf(change));
    return;
  }
  for (const { key, value } of entries) tree.put(key, value);
}

function removeRecord(tree: IndexTree, change: IndexChange & { readonly kind: 'remove' }): void {
  if (!change.indexed && !change.hasSecondaries) return;
  const own = keyOf(change);
  const old = change.hasSecondaries ? tree.get(own) : undefined;
  if (old !== undefined) for (const key of secondaryKeysOf(change.domain, old)) tree.delete(key);
  tree.delete(own);
}

function removeDomain(tree: IndexTree, domain: Bytes): void {
  // A domain is closed empty, so there is nothing to find, unless somebody else wrote to it what cannot be read.
  const { low, high } = domainRange(domain);
  const cursor = new TreeCursor(tree, { low, high, reverse: false });
  while (cursor.next()) tree.delete(Buffer.from(cursor.key()));
  tree.delete(domainKey(domain));
}

/** The configuration that the index keeps of a domain. */
export function storedConfig(
  tree: IndexTree,
  domain: Bytes,
): { readonly readKey: Bytes; readonly payload: Bytes } | undefined {
  const value = tree.get(domainKey(domain));
  if (value === undefined) return undefined;
  return { readKey: value.subarray(0, 33), payload: value.length > 33 ? value.subarray(33) : nothing };
}
