/**
 * The four phase sets of a domain, as the commitment tree reads them: every add and every remove that is remembered,
 * with its revision and data hash, in the order of atom ids. An atom is live when it is among the adds and not among
 * the removes. A domain's configuration and its leases are vertices in reserved slots.
 */
import type { Bytes, Revision, TaggedHash } from '../api/index.ts';
import type { KvRange } from '../store/kv.ts';
import { atomDataHash, domainDataHash, leaseDataHash } from './data-hash.ts';
import { decodeAtom, decodeDomain, decodeLease, decodeRemoval, type StoredRemoval } from './format/v1.ts';
import { configAtomId, domainKey, keyRange, leaseAtomId, prefix } from './keys.ts';

export type PhaseSet = 'vertex-adds' | 'vertex-removes' | 'hyperedge-adds' | 'hyperedge-removes';

export interface PhaseEntry {
  /** 64 bytes: domain ‖ slot ‖ incarnation. */
  readonly id: Bytes;
  readonly revision: Revision;
  readonly dataHash: TaggedHash;
}

type Entries = AsyncIterable<readonly [Uint8Array, Uint8Array]>;

/**
 * @param entries of a store; all ranges are asked for at once, so that they show one moment
 * @param domain 32 bytes
 */
export function phaseSet(
  entries: (range: KvRange) => Entries,
  domain: Uint8Array,
  set: PhaseSet,
): AsyncIterable<PhaseEntry> {
  const removed = removals(entries(keyRange(prefix.removal, domain)), set);
  if (set === 'vertex-removes' || set === 'hyperedge-removes') return removed;
  const live = liveAtoms(entries(keyRange(prefix.atom, domain)), set);
  if (set === 'hyperedge-adds') return merge(live, removed);
  const leases = entries(keyRange(prefix.lease, domain));
  const key = domainKey(domain).bytes;
  return vertices(merge(live, removed), leases, entries({ gte: key, lte: key }), domain);
}

async function* liveAtoms(atoms: Entries, set: PhaseSet): AsyncGenerator<PhaseEntry> {
  const kind = set === 'vertex-adds' ? 'vertex' : 'hyperedge';
  for await (const [key, value] of atoms) {
    const atom = decodeAtom(value);
    if (atom.kind !== kind) continue;
    const id = Buffer.concat([key.subarray(1), atom.incarnation]);
    yield { id, revision: atom.revision, dataHash: atomDataHash(value) };
  }
}

/** Remembered removals as entries of an adds set or of a removes set. */
async function* removals(values: Entries, set: PhaseSet): AsyncGenerator<PhaseEntry> {
  const kind = set.startsWith('vertex') ? 'vertex' : 'hyperedge';
  const revisionOf = (removal: StoredRemoval): Revision =>
    set.endsWith('adds') ? removal.addRevision : removal.removeRevision;
  for await (const [key, value] of values) {
    const removal = decodeRemoval(value);
    if (removal.kind !== kind) continue;
    yield { id: key.subarray(1), revision: revisionOf(removal), dataHash: removal.dataHash };
  }
}

/** Two sequences in id order as one. */
async function* merge(
  left: AsyncGenerator<PhaseEntry>,
  right: AsyncGenerator<PhaseEntry>,
): AsyncGenerator<PhaseEntry> {
  try {
    let first = await left.next();
    let second = await right.next();
    while (!first.done || !second.done) {
      if (second.done || (!first.done && Buffer.compare(first.value.id, second.value.id) < 0)) {
        yield first.value as PhaseEntry;
        first = await left.next();
      } else {
        yield second.value;
        second = await right.next();
      }
    }
  } finally {
    await left.return(undefined);
    await right.return(undefined);
  }
}

/** Ordinary vertices, then leases, then the configuration: reserved slots are the last. */
async function* vertices(
  atoms: AsyncGenerator<PhaseEntry>,
  leases: Entries,
  domains: Entries,
  domain: Uint8Array,
): AsyncGenerator<PhaseEntry> {
  yield* atoms;
  for await (const [, value] of leases) {
    const { resource, revision } = decodeLease(value);
    yield { id: leaseAtomId(domain, resource), revision, dataHash: leaseDataHash(value) };
  }
  for await (const [, value] of domains) {
    const { revision } = decodeDomain(value);
    yield { id: configAtomId(domain), revision, dataHash: domainDataHash(value) };
  }
}
