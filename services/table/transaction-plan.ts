/**
 * One attempt at a transaction: what the state is now decides operations and expectations.
 *
 * Conditions are checked here and stated as expectations, so they hold when the transaction is ordered. A record that is
 * replaced or removed is named by its incarnation, which the node checks by itself, so `any` and `present` need none;
 * only what is relied on and not touched does. What was overtaken meanwhile is refused by the node and planned again.
 */
import type {
  Bytes,
  Expectation,
  Fence,
  LocalNodePorts,
  Operation,
  Revision,
  Transaction,
} from '@hypergate/node/api';
import { nodeLimits } from '@hypergate/node/api';
import { Purpose, type RandomSource, sealRecord } from '@hypergate/node/crypto';
import { epochProofSlot } from '@hypergate/node/crypto/verenc';
import { type Condition, ConditionFailed } from './api.ts';
import { encodeRelation } from './format/v1/chunk.ts';
import type { IndexChange } from './index/changes.ts';
import type { PreparedMember, PreparedWrite } from './prepared-write.ts';

export interface TransactionPlan {
  readonly transaction: Transaction;
  readonly changes: readonly IndexChange[];
  /** For each expectation: the write that it is for, and whether its failure is the caller's condition failing. */
  readonly expected: readonly { readonly write: number; readonly isFinal: boolean }[];
  /** For each operation: the write that it is for. */
  readonly operationWrites: readonly number[];
}

export interface PlanModules {
  readonly node: LocalNodePorts;
  readonly random: RandomSource;
}

const incarnationBytes = 8;
const memberBytes = { domain: 32, slot: 24 } as const;
const noNote = new Uint8Array(0);

class Planner {
  readonly expects: Expectation[] = [];
  readonly expected: { write: number; isFinal: boolean }[] = [];
  readonly operations: Operation[] = [];
  readonly operationWrites: number[] = [];
  readonly changes: IndexChange[] = [];
  /** Records that the transaction puts, by id without incarnation; undefined of those that it removes. For relations. */
  readonly #touched = new Map<string, Bytes | undefined>();
  /** Domains that the transaction itself opens: empty, and unknown to the node. */
  readonly created: Set<object> = new Set();
  readonly #modules: PlanModules;
  readonly #hasRelations: boolean;
  /** First write of a blob, or over a record, that is not there. Conditions are told first: they explain it. */
  missing: number | undefined;

  constructor(modules: PlanModules, hasRelations: boolean) {
    this.#modules = modules;
    this.#hasRelations = hasRelations;
  }

  add(write: PreparedWrite): void {
    switch (write.kind) {
      case 'put':
        this.#put(write);
        break;
      case 'remove':
        this.#remove(write);
        break;
      case 'check':
        this.#check(write);
        break;
      case 'put-relation':
        this.#putRelation(write);
        break;
      case 'remove-relation':
        this.#removeRelation(write);
        break;
      case 'put-blob':
        this.#putBlob(write);
        break;
      case 'remove-blob':
        this.#removeBlob(write);
        break;
      case 'create-domain':
      case 'remove-domain': {
        const domain = write.domain.address;
        if (write.kind === 'create-domain') {
          const config = write.domain.config;
          this.#operation(write, { kind: 'create-domain', domain, config });
          this.changes.push({ kind: 'create-domain', domain, config });
        } else {
          this.#removeEpochProofs(write);
          this.#operation(write, { kind: 'remove-domain', domain });
          this.changes.push({ kind: 'remove-domain', domain });
        }
        break;
      }
    }
  }

  #operation({ index }: PreparedWrite, operation: Operation): void {
    this.operations.push(operation);
    this.operationWrites.push(index);
  }

  #expect(write: PreparedWrite & { readonly slot: Buffer }, revision: Revision, isFinal: boolean): void {
    this.#expectSlot(write, write.slot, revision, isFinal);
  }

  #expectSlot({ domain, index }: PreparedWrite, slot: Bytes, revision: Revision, isFinal: boolean): void {
    if (this.created.has(domain)) return;
    this.expects.push({ domain: domain.address, slot, revision });
    this.expected.push({ write: index, isFinal });
  }

  /** The live atom of the record or relation, after the write's condition was checked and stated. */
  #read(write: PreparedWrite & { readonly slot: Buffer; readonly condition: Condition }) {
    const { condition, domain, slot, index } = write;
    const address = domain.address;
    const atom = this.created.has(domain)
      ? undefined
      : this.#modules.node.readSync({ domain: address, slot });
    const revision = atom?.revision ?? 0;
    if (condition === 'absent') {
      if (atom !== undefined) throw new ConditionFailed(index);
      this.#expect(write, 0, true);
    } else if (condition === 'present') {
      if (atom === undefined) throw new ConditionFailed(index);
      if (write.kind === 'check') this.#expect(write, revision, false);
    } else if (condition !== 'any') {
      if (condition.revision !== revision) throw new ConditionFailed(index);
      this.#expect(write, revision, true);
    }
    return atom;
  }

  #put(write: PreparedWrite & { readonly kind: 'put' }): void {
    const live = this.#read(write);
    const { domain, slot } = write;
    const incarnation = live?.incarnation ?? this.#modules.random.bytes(incarnationBytes);
    const atom = { domain: domain.address, slot, incarnation };
    const { current } = domain.keys;
    const payload = sealRecord(current, Purpose.record, atom, write.plaintext, this.#modules.random);
    const { chunks } = write;
    this.#touch(domain.address, slot, incarnation);
    this.#operation(write, { kind: 'add-vertex', ...atom, payload, chunks });
    this.changes.push({ ...write.change, isNew: live === undefined });
  }

  #remove(write: PreparedWrite & { readonly kind: 'remove' }): void {
    const live = this.#read(write);
    if (live === undefined) {
      // Nothing to remove, if that is still so when the transaction is ordered.
      if (write.condition === 'any') this.#expect(write, 0, false);
      return;
    }
    const atom = { domain: write.domain.address, slot: write.slot, incarnation: live.incarnation };
    this.#touch(write.domain.address, write.slot, undefined);
    const { current } = write.domain.keys;
    const note = sealRecord(current, Purpose.note, atom, write.plaintext, this.#modules.random);
    this.#operation(write, { kind: 'remove-vertex', ...atom, note });
    this.changes.push(write.change);
  }

  #check(write: PreparedWrite & { readonly kind: 'check' }): void {
    this.#read(write);
  }

  #touch(domain: Bytes, slot: Bytes, incarnation: Bytes | undefined): void {
    if (this.#hasRelations) this.#touched.set(placeOf(domain, slot), incarnation);
  }

  #putRelation(write: PreparedWrite & { readonly kind: 'put-relation' }): void {
    const live = this.#read(write);
    const { domain, slot, plaintext } = write;
    const members: Bytes[] = [];
    for (const member of write.members) {
      const id = this.#idOf(member, write);
      if (id === undefined) {
        this.missing ??= write.index;
        return;
      }
      members.push(id);
    }
    const incarnation = live?.incarnation ?? this.#modules.random.bytes(incarnationBytes);
    const atom = { domain: domain.address, slot, incarnation };
    const payload = sealRecord(domain.keys.current, Purpose.relation, atom, plaintext, this.#modules.random);
    this.#operation(write, { kind: 'add-hyperedge', ...atom, payload, members });
  }

  /** A record that is relied on and not touched must still be so when the transaction is ordered. */
  #idOf(member: PreparedMember, write: PreparedWrite & { readonly slot: Buffer }): Bytes | undefined {
    if ('id' in member) return member.id;
    const { slot } = member;
    const { address } = write.domain;
    const place = placeOf(address, slot);
    if (this.#touched.has(place)) {
      const incarnation = this.#touched.get(place);
      return incarnation && Buffer.concat([address, slot, incarnation]);
    }
    if (this.created.has(write.domain)) return undefined;
    const atom = this.#modules.node.readSync({ domain: address, slot });
    this.#expectSlot(write, slot, atom?.revision ?? 0, false);
    return atom && Buffer.concat([address, slot, atom.incarnation]);
  }

  #removeRelation(write: PreparedWrite & { readonly kind: 'remove-relation' }): void {
    const live = this.#read(write);
    const { slot, condition } = write;
    if (live === undefined) {
      if (condition === 'any') this.#expect(write, 0, false);
      return;
    }
    const domain = write.domain.address;
    const { incarnation } = live;
    this.#operation(write, { kind: 'remove-hyperedge', domain, slot, incarnation, note: noNote });
  }

  #putBlob(write: PreparedWrite & { readonly kind: 'put-blob' }): void {
    const { blob, staged } = write;
    const { keys, address: domain } = write.domain;
    if (staged.chunks.length === 0) return;
    for (const { slot, incarnation, payload, ref } of staged.chunks) {
      const chunks = ref === undefined ? [] : [ref];
      this.#operation(write, { kind: 'add-vertex', domain, slot, incarnation, payload, chunks });
    }
    const slot = keys.blobSlot(blob.id);
    const incarnation = this.#modules.random.bytes(incarnationBytes);
    const relation = { domain, slot, incarnation };
    const payload = sealRecord(
      keys.current,
      Purpose.relation,
      relation,
      encodeRelation(blob),
      this.#modules.random,
    );
    const members = staged.chunks.map((chunk) => Buffer.concat([domain, chunk.slot, chunk.incarnation]));
    this.#operation(write, { kind: 'add-hyperedge', ...relation, payload, members });
  }

  /** They are the table store's own: a domain that holds nothing else is empty. One that arrives meanwhile is planned for anew. */
  #removeEpochProofs(write: PreparedWrite & { readonly kind: 'create-domain' | 'remove-domain' }): void {
    const { keys, address: domain } = write.domain;
    for (const epoch of keys.contentKeys.keys()) {
      const slot = epochProofSlot(domain, epoch);
      const atom = this.created.has(write.domain) ? undefined : this.#modules.node.readSync({ domain, slot });
      if (atom === undefined) {
        this.#expectSlot(write, slot, 0, false);
        continue;
      }
      const kind = atom.kind === 'vertex' ? 'remove-vertex' : 'remove-hyperedge';
      this.#operation(write, { kind, domain, slot, incarnation: atom.incarnation, note: noNote });
    }
  }

  #removeBlob(write: PreparedWrite & { readonly kind: 'remove-blob' }): void {
    if (write.isEmpty) return;
    const { keys, address: domain } = write.domain;
    const slot = keys.blobSlot(write.id);
    const relation = this.#modules.node.readSync({ domain, slot });
    if (relation === undefined) {
      this.missing ??= write.index;
      return;
    }
    const { incarnation, members } = relation;
    this.#operation(write, { kind: 'remove-hyperedge', domain, slot, incarnation, note: noNote });
    for (const member of members) {
      const slotEnd = memberBytes.domain + memberBytes.slot;
      this.#operation(write, {
        kind: 'remove-vertex',
        domain,
        slot: member.subarray(memberBytes.domain, slotEnd),
        incarnation: member.subarray(slotEnd),
        note: noNote,
      });
    }
  }
}

function placeOf(domain: Bytes, slot: Bytes): string {
  return Buffer.concat([domain, slot]).toString('latin1');
}

/**
 * @param position last applied position, from which the transaction is valid
 * @throws ConditionFailed
 */
export function planTransaction(
  writes: readonly PreparedWrite[],
  id: Uint8Array,
  position: number,
  modules: PlanModules,
  fence?: Fence,
): TransactionPlan {
  const isRelation = ({ kind }: PreparedWrite) => kind === 'put-relation' || kind === 'remove-relation';
  const planner = new Planner(modules, writes.some(isRelation));
  // A domain is opened before and closed after everything else that the transaction does in it.
  for (const write of writes) {
    if (write.kind !== 'create-domain') continue;
    planner.add(write);
    planner.created.add(write.domain);
  }
  // Relations come behind the records that they name.
  for (const write of writes)
    if (write.kind !== 'create-domain' && write.kind !== 'remove-domain' && !isRelation(write))
      planner.add(write);
  for (const write of writes) if (isRelation(write)) planner.add(write);
  for (const write of writes) if (write.kind === 'remove-domain') planner.add(write);
  if (planner.missing !== undefined) throw new ConditionFailed(planner.missing);
  const { expects, operations, changes, expected, operationWrites } = planner;
  const transaction: Transaction = {
    id,
    validFrom: position,
    validUntil: position + nodeLimits.transactionWindowDefault,
    ...(fence === undefined ? {} : { fence }),
    expects,
    operations,
  };
  return { transaction, changes, expected, operationWrites };
}
