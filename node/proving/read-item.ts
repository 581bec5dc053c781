/** What a slot holds, as a proof shows it: the bytes that the atom's data hash covers. */
import type { ProofItem } from '../api/index.ts';
import {
  atomContent,
  atomKey,
  configAtomId,
  decodeDomain,
  decodeLease,
  domainKey,
  isConfigSlot,
  isReservedSlot,
  leaseAtomId,
  leaseKeyOfSlot,
  type StateKey,
  sizes,
  storedAtomId,
} from '../hypergraph/index.ts';
import type { ItemContent } from './messages.ts';

/** Kind or state of what is hashed stands before it: one byte, as in the data hashes. */
const kindBytes = 1;
const revisionBytes = 8;

export function readItem(
  get: (key: StateKey) => Uint8Array | undefined,
  { domain, slot, kind }: ProofItem,
): ItemContent {
  return { domain: copy(domain), slot: copy(slot), kind, atom: readAtom(get, { domain, slot, kind }) };
}

function readAtom(
  get: (key: StateKey) => Uint8Array | undefined,
  { domain, slot, kind }: ProofItem,
): ItemContent['atom'] {
  if (isReservedSlot(slot)) return kind === 'vertex' ? readReserved(get, domain, slot) : undefined;
  const value = get(atomKey(domain, slot));
  if (value === undefined) return undefined;
  const atom = storedAtomId(value);
  if (atom.kind !== kind) return undefined;
  return { incarnation: copy(atom.incarnation), revision: atom.revision, content: copy(atomContent(value)) };
}

function readReserved(
  get: (key: StateKey) => Uint8Array | undefined,
  domain: Uint8Array,
  slot: Uint8Array,
): ItemContent['atom'] {
  const tail = (id: Uint8Array) => copy(id.subarray(sizes.atomId - sizes.incarnation));
  if (isConfigSlot(slot)) {
    const value = get(domainKey(domain));
    if (value === undefined) return undefined;
    const content = Buffer.concat([value.subarray(1, 2), value.subarray(1 + kindBytes + revisionBytes)]);
    return { incarnation: tail(configAtomId(domain)), revision: decodeDomain(value).revision, content };
  }
  const value = get(leaseKeyOfSlot(domain, slot));
  if (value === undefined) return undefined;
  const { resource, revision } = decodeLease(value);
  return {
    incarnation: tail(leaseAtomId(domain, resource)),
    revision,
    content: copy(value.subarray(1 + revisionBytes)),
  };
}

function copy(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes);
}
