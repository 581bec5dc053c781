/** What a domain takes on the disk, with chunks that several of its atoms hold counted once. */
import type { DomainAddress } from '../api/index.ts';
import {
  asBuffer,
  chunkCountKey,
  decodeAtom,
  decodeChunkCount,
  decodeUsage,
  keyRange,
  prefix,
  usageKey,
} from '../hypergraph/index.ts';
import type { StateStore } from './state-store.ts';

/**
 * The accounting of the domain counts a chunk with each atom that holds it. Atoms are walked only when some chunk of the
 * node has several holders, and only its chunks are remembered.
 */
export async function storedBytes(
  domains: readonly DomainAddress[],
  store: StateStore,
): Promise<readonly number[]> {
  const shared = await sharedChunks(store);
  const found: number[] = [];
  for (const domain of domains) found.push(await bytesOf(domain, shared, store));
  return found;
}

async function bytesOf(
  domain: DomainAddress,
  shared: ReadonlySet<string>,
  store: StateStore,
): Promise<number> {
  const usage = store.get(usageKey(domain));
  if (usage === undefined) return 0;
  let { bytes } = decodeUsage(usage);
  if (shared.size === 0) return bytes;
  const seen = new Set<string>();
  for await (const [, value] of store.entries(keyRange(prefix.atom, domain))) {
    for (const { hash, length } of decodeAtom(value).chunks) {
      const name = nameOf(chunkCountKey(hash).bytes);
      if (!shared.has(name)) continue;
      if (seen.has(name)) bytes -= length;
      else seen.add(name);
    }
  }
  return bytes;
}

async function sharedChunks(store: StateStore): Promise<Set<string>> {
  const shared = new Set<string>();
  for await (const [key, value] of store.entries(keyRange(prefix.chunkCount))) {
    if (decodeChunkCount(value).references > 1) shared.add(nameOf(key));
  }
  return shared;
}

const nameOf = (key: Uint8Array): string => asBuffer(key).toString('latin1');
