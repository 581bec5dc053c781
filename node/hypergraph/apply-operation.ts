/** What each operation does to the state, and why it may be refused. One function per kind of operation. */
import type {
  AddHyperedge,
  AddVertex,
  Atom,
  AtomKind,
  CreateDomain,
  Operation,
  PutLease,
  RefusalReason,
  RemoveAtom,
  RemoveDomain,
  Revision,
} from '../api/index.ts';
import { NodeError } from '../api/index.ts';
import { atomDataHash } from './data-hash.ts';
import { keyText, storedLease, writersOf } from './decoded.ts';
import {
  asBuffer,
  decodeAtom,
  encodeAtom,
  encodeLease,
  encodeRemoval,
  type StoredUsage,
  sizes,
} from './format/v1.ts';
import { atomKey, isReservedSlot, leaseKey, removalKey } from './keys.ts';
import type { WorkingDomain, WorkingState } from './working-state.ts';

export interface OperationContext {
  readonly state: WorkingState;
  /** Text of the tagged key that signed the batch. */
  readonly writer: string;
  readonly revision: Revision;
}

/** Applies one operation. The reason when it is refused; what was changed until then is for the caller to undo. */
export function applyOperation(operation: Operation, context: OperationContext): RefusalReason | undefined {
  const domain = context.state.domain(operation.domain);
  switch (operation.kind) {
    case 'add-vertex':
    case 'add-hyperedge':
      return allowed(domain, context) ?? addAtom(operation, domain, context);
    case 'remove-vertex':
    case 'remove-hyperedge':
      return allowed(domain, context) ?? removeAtom(operation, domain, context);
    case 'create-domain':
      return createDomain(operation, domain, context);
    case 'remove-domain':
      return removeDomain(operation, domain, context);
    case 'put-lease':
      return allowed(domain, context) ?? putLease(operation, context);
  }
}

function allowed(domain: WorkingDomain, context: OperationContext): RefusalReason | undefined {
  if (domain.stored?.state !== 'open') return 'domain-unknown';
  return writersOf(domain.stored.config).has(context.writer) ? undefined : 'writer-not-allowed';
}

function addAtom(
  add: AddVertex | AddHyperedge,
  domain: WorkingDomain,
  context: OperationContext,
): RefusalReason | undefined {
  const { state, revision } = context;
  if (isReservedSlot(add.slot)) return 'malformed';
  const key = atomKey(add.domain, add.slot);
  const kind: AtomKind = add.kind === 'add-vertex' ? 'vertex' : 'hyperedge';
  const value = state.get(key);
  const before = value === undefined ? undefined : decodeAtom(value);
  if (before === undefined) {
    // The count spares a look-up for every new atom of a domain where nothing was removed lately.
    const removed =
      domain.usage.removals > 0 && state.get(removalKey(add.domain, add.slot, add.incarnation)) !== undefined;
    if (removed) return 'atom-removed';
  } else if (before.kind !== kind || !sameBytes(before.incarnation, add.incarnation)) {
    return 'slot-occupied';
  }
  const atom: Atom = {
    kind,
    incarnation: add.incarnation,
    revision,
    payload: add.payload,
    chunks: add.kind === 'add-vertex' ? (add.chunks ?? []) : [],
    members: add.kind === 'add-hyperedge' ? add.members : [],
  };
  const refusal = holdChunks(atom, state);
  if (refusal !== undefined) return refusal;
  if (before !== undefined) releaseChunks(before, state);
  state.set(key, encodeAtom(atom));
  const usage: StoredUsage = {
    atoms: domain.usage.atoms + (before === undefined ? 1 : 0),
    bytes: domain.usage.bytes + atomBytes(atom) - (before === undefined ? 0 : atomBytes(before)),
    removals: domain.usage.removals,
  };
  if (!Number.isSafeInteger(usage.bytes)) return 'malformed';
  state.setUsage(domain, usage);
  return undefined;
}

function removeAtom(
  remove: RemoveAtom,
  domain: WorkingDomain,
  context: OperationContext,
): RefusalReason | undefined {
  const { state, revision } = context;
  const key = atomKey(remove.domain, remove.slot);
  const value = state.get(key);
  if (value === undefined) return 'atom-absent';
  const atom = decodeAtom(value);
  const kind: AtomKind = remove.kind === 'remove-vertex' ? 'vertex' : 'hyperedge';
  if (atom.kind !== kind || !sameBytes(atom.incarnation, remove.incarnation)) return 'atom-absent';
  releaseChunks(atom, state);
  state.set(key, undefined);
  const removal = {
    kind,
    addRevision: atom.revision,
    removeRevision: revision,
    dataHash: atomDataHash(value),
  };
  state.set(removalKey(remove.domain, remove.slot, remove.incarnation), encodeRemoval(removal));
  state.noteRemoved(Buffer.concat([remove.domain, remove.slot, remove.incarnation]));
  state.setUsage(domain, {
    atoms: domain.usage.atoms - 1,
    bytes: domain.usage.bytes - atomBytes(atom),
    removals: domain.usage.removals + 1,
  });
  return undefined;
}

/** Anyone may open a domain that gives them a part in it: nobody can occupy an address in another's name. */
function createDomain(
  create: CreateDomain,
  domain: WorkingDomain,
  context: OperationContext,
): RefusalReason | undefined {
  if (domain.stored !== undefined) return 'domain-exists';
  const { ownerKey, writerKeys } = create.config;
  const takesPart = [ownerKey, ...writerKeys].some((key) => keyText(key) === context.writer);
  if (!takesPart) return 'writer-not-allowed';
  const { state, revision } = context;
  state.setDomain(
    domain,
    { state: 'open', revision, config: create.config },
    { atoms: 0, bytes: 0, removals: 0 },
  );
  return undefined;
}

function removeDomain(
  _remove: RemoveDomain,
  domain: WorkingDomain,
  context: OperationContext,
): RefusalReason | undefined {
  if (domain.stored?.state !== 'open') return 'domain-unknown';
  if (keyText(domain.stored.config.ownerKey) !== context.writer) return 'writer-not-allowed';
  if (domain.usage.atoms > 0) return 'domain-not-empty';
  const { state, revision } = context;
  state.setDomain(domain, { state: 'closed', revision }, { atoms: 0, bytes: 0, removals: 0 });
  return undefined;
}

/** The rules stand at `PutLease` in node/api/types.ts. */
function putLease(put: PutLease, context: OperationContext): RefusalReason | undefined {
  if (put.term === 0) return 'malformed';
  const { state, revision } = context;
  const key = leaseKey(put.domain, put.resource);
  const value = state.get(key);
  const current = value === undefined ? undefined : storedLease(value);
  if (current === undefined) {
    if (put.term !== 1) return 'stale-term';
  } else if (current.resource !== put.resource) {
    // Two names whose hashes share a half: the first has the slot.
    return 'lease-held';
  } else if (put.term === current.term) {
    if (!sameBytes(put.holder, current.holder)) return 'lease-held';
  } else if (put.term !== current.term + 1) {
    return 'stale-term';
  }
  const { term, durationMs, holder, resource } = put;
  state.set(key, encodeLease({ revision, term, durationMs, holder, resource }));
  return undefined;
}

function holdChunks(atom: Atom, state: WorkingState): RefusalReason | undefined {
  try {
    for (const chunk of atom.chunks) state.countChunk(chunk, 1);
    return undefined;
  } catch (error) {
    // The same hash with another length: the reference is wrong, the state is not.
    if (error instanceof NodeError && error.code === 'malformed') return 'malformed';
    throw error;
  }
}

function releaseChunks(atom: Atom, state: WorkingState): void {
  for (const chunk of atom.chunks) state.countChunk(chunk, -1);
}

/** Bytes of an atom in its domain's accounts: id, payload, members and chunks. */
export function atomBytes(atom: Atom): number {
  let bytes = sizes.atomId + atom.payload.length + atom.members.length * sizes.atomId;
  for (const chunk of atom.chunks) bytes += chunk.length;
  return bytes;
}

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return asBuffer(left).equals(right);
}
