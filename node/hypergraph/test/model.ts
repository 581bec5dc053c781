/**
 * The rules of node/api/types.ts over plain maps, written without a look at the state machine: what it is compared with.
 * Slow and whole: each transaction works on a copy of everything.
 */
import type {
  AddHyperedge,
  AddVertex,
  DomainConfig,
  Operation,
  Outcome,
  RefusalReason,
  RemoveAtom,
  Transaction,
} from '../../api/index.ts';

const windowMax = 4096;

interface ModelAtom {
  kind: 'vertex' | 'hyperedge';
  incarnation: string;
  revision: number;
  payload: string;
  chunks: { hash: string; length: number }[];
  members: string[];
}

interface ModelDomain {
  open: boolean;
  config: DomainConfig;
  atoms: Map<string, ModelAtom>;
  /** slot + incarnation -> position of the removal. */
  removed: Map<string, number>;
  leases: Map<string, { term: number; holder: string; durationMs: number }>;
}

export interface ModelResult {
  position: number;
  outcome: Outcome;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

class Refused extends Error {
  readonly reason: RefusalReason;
  readonly index: number;
  constructor(reason: RefusalReason, index: number) {
    super(reason);
    this.reason = reason;
    this.index = index;
  }
}

export class Model {
  domains = new Map<string, ModelDomain>();
  #outcomes = new Map<string, ModelResult>();

  /** Positions are applied one after another. */
  apply(position: number, writer: Uint8Array, transactions: readonly Transaction[]): ModelResult[] {
    this.#forget(position);
    return transactions.map((transaction, index) => {
      const id = hex(transaction.id);
      const known = this.#outcomes.get(id);
      if (known !== undefined) return known;
      const result = { position, outcome: this.#one(position, index, hex(writer), transaction) };
      this.#outcomes.set(id, result);
      return result;
    });
  }

  atom(domain: Uint8Array, slot: Uint8Array): ModelAtom | undefined {
    return this.domains.get(hex(domain))?.atoms.get(hex(slot));
  }

  usage(domain: Uint8Array): { atoms: number; bytes: number } {
    const atoms = [...(this.domains.get(hex(domain))?.atoms.values() ?? [])];
    const bytes = atoms.map(
      (atom) =>
        64 +
        atom.payload.length / 2 +
        atom.members.length * 64 +
        atom.chunks.reduce((sum, chunk) => sum + chunk.length, 0),
    );
    return { atoms: atoms.length, bytes: bytes.reduce((sum, size) => sum + size, 0) };
  }

  /** hash -> number of vertices' mentions. */
  references(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const domain of this.domains.values()) {
      for (const atom of domain.atoms.values()) {
        for (const { hash } of atom.chunks) counts.set(hash, (counts.get(hash) ?? 0) + 1);
      }
    }
    return counts;
  }

  /** Ids of the atoms removed at a position, sorted. */
  removedAt(position: number): string[] {
    return [...this.domains]
      .flatMap(([address, { removed }]) =>
        [...removed].filter(([, at]) => at === position).map(([id]) => address + id),
      )
      .sort();
  }

  #forget(position: number): void {
    for (const [id, { position: at }] of this.#outcomes)
      if (at < position - windowMax) this.#outcomes.delete(id);
    for (const domain of this.domains.values()) {
      for (const [id, at] of domain.removed) if (at < position - windowMax) domain.removed.delete(id);
    }
  }

  #one(position: number, index: number, writer: string, transaction: Transaction): Outcome {
    const before = structuredClone(this.domains);
    const revision = position * 4096 + index;
    try {
      this.#check(position, transaction);
      transaction.operations.forEach((operation, at) => {
        const reason = this.#operation(operation, writer, revision, position);
        if (reason !== undefined) throw new Refused(reason, at);
      });
      return { status: 'applied', revision };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.domains = before;
      return { status: 'refused', reason: error.reason, index: error.index };
    }
  }

  #check(position: number, { validFrom, validUntil, fence, expects }: Transaction): void {
    if (validUntil < validFrom || validUntil - validFrom > windowMax) throw new Refused('malformed', -1);
    if (position < validFrom || position > validUntil) throw new Refused('outside-window', -1);
    if (fence !== undefined) {
      const domain = this.domains.get(hex(fence.domain));
      if (domain?.open !== true) throw new Refused('domain-unknown', -1);
      if (domain.leases.get(fence.resource)?.term !== fence.term) throw new Refused('stale-term', -1);
    }
    expects.forEach((expected, index) => {
      const revision = this.atom(expected.domain, expected.slot)?.revision ?? 0;
      if (revision !== expected.revision) throw new Refused('expectation-failed', index);
    });
  }

  #operation(
    operation: Operation,
    writer: string,
    revision: number,
    position: number,
  ): RefusalReason | undefined {
    const address = hex(operation.domain);
    const domain = this.domains.get(address);
    if (operation.kind === 'create-domain') {
      if (domain !== undefined) return 'domain-exists';
      const { config } = operation;
      if (![config.ownerKey, ...config.writerKeys].some((key) => hex(key) === writer))
        return 'writer-not-allowed';
      const opened = { open: true, config, atoms: new Map(), removed: new Map(), leases: new Map() };
      this.domains.set(address, opened);
      return undefined;
    }
    if (domain?.open !== true) return 'domain-unknown';
    if (operation.kind === 'remove-domain') {
      if (hex(domain.config.ownerKey) !== writer) return 'writer-not-allowed';
      if (domain.atoms.size > 0) return 'domain-not-empty';
      domain.open = false;
      return undefined;
    }
    if (!domain.config.writerKeys.some((key) => hex(key) === writer)) return 'writer-not-allowed';
    if (operation.kind === 'put-lease') return putLease(domain, operation);
    return changeAtom(domain, operation, revision, position);
  }
}

type LeasePut = Extract<Operation, { kind: 'put-lease' }>;
type AtomChange = AddVertex | AddHyperedge | RemoveAtom;

function putLease(
  domain: ModelDomain,
  { resource, term, holder, durationMs }: LeasePut,
): RefusalReason | undefined {
  if (term < 1) return 'malformed';
  const current = domain.leases.get(resource);
  if (current === undefined && term !== 1) return 'stale-term';
  if (current !== undefined && term === current.term && hex(holder) !== current.holder) return 'lease-held';
  if (current !== undefined && term !== current.term && term !== current.term + 1) return 'stale-term';
  domain.leases.set(resource, { term, holder: hex(holder), durationMs });
  return undefined;
}

function changeAtom(
  domain: ModelDomain,
  operation: AtomChange,
  revision: number,
  position: number,
): RefusalReason | undefined {
  const slot = hex(operation.slot);
  const incarnation = hex(operation.incarnation);
  const live = domain.atoms.get(slot);
  const kind = operation.kind.endsWith('vertex') ? 'vertex' : 'hyperedge';
  const isSame = live?.incarnation === incarnation && live.kind === kind;
  if ('note' in operation) {
    if (!isSame) return 'atom-absent';
    domain.atoms.delete(slot);
    domain.removed.set(slot + incarnation, position);
    return undefined;
  }
  if (live !== undefined && !isSame) return 'slot-occupied';
  if (domain.removed.has(slot + incarnation)) return 'atom-removed';
  domain.atoms.set(slot, {
    kind,
    incarnation,
    revision,
    payload: hex(operation.payload),
    chunks:
      operation.kind === 'add-vertex'
        ? (operation.chunks ?? []).map(({ hash, length }) => ({ hash: hex(hash), length }))
        : [],
    members: operation.kind === 'add-hyperedge' ? operation.members.map(hex) : [],
  });
  return undefined;
}
