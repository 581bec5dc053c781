/** The table store of a gateway: `TableStore` of api.ts, with what its owner needs to run it. */
import type { KeyObject } from 'node:crypto';
import {
  type Bytes,
  type CommitResult,
  type DomainAddress,
  type DomainConfig,
  type LocalNodePorts,
  NodeError,
  type Outcome,
  type TaggedKey,
} from '@hypergate/node/api';
import type { DomainSecrets, RandomSource } from '@hypergate/node/crypto';
import type { EpochProver } from '@hypergate/node/crypto/verenc/prover';
import {
  type Applied,
  ConditionFailed,
  type DataRef,
  DomainNotEmpty,
  DomainUnknown,
  type DomainWrite,
  type ProofOptions,
  type ProofParts,
  type ProofSubject,
  type StagedBlob,
  StaleTerm,
  type TableDomain,
  type TableStore,
  type TransactOptions,
} from './api.ts';
import { readData } from './blob-reader.ts';
import { unstageChunks } from './blob-writer.ts';
import { stageData } from './data-writer.ts';
import { GatewayDomain } from './domain.ts';
import { DomainCache, type KnownDomain } from './domain-cache.ts';
import { DomainKeys } from './domain-keys.ts';
import { type EpochProofStatus, EpochProofs } from './epoch-proofs.ts';
import { TableMisuse } from './errors.ts';
import { checkEvidence, recordEvidence } from './evidence.ts';
import { compareIndex, type IndexComparison } from './index/compare.ts';
import { type IndexProgress, type IndexStatus, PrivateIndex, recoverKeys } from './index/private-index.ts';
import { tableLimits } from './limits.ts';
import { type PreparedWrite, prepareWrites } from './prepared-write.ts';
import { proveSubjects } from './proofs.ts';
import { StagedChunks } from './staged.ts';
import { planTransaction, type TransactionPlan } from './transaction-plan.ts';
import type { TreeOptions } from './tree/index-tree.ts';
import type { IndexStore } from './tree/store.ts';

/** The part of the keystore that tables need. */
export interface TableKeys {
  indexKey(): KeyObject;
  domain(address: Bytes): DomainSecrets;
}

export interface TableModules {
  readonly node: LocalNodePorts;
  /** A key-value store for the private index alone. The caller closes it, after `close`. */
  readonly indexStore: IndexStore;
  readonly keys: TableKeys;
  /** Public key with which the node signs this gateway's batches. */
  readonly writerKey: TaggedKey;
  readonly random: RandomSource;
  /** Makes the proofs of epoch keys behind the acknowledgement; without one, domains stay unproved. Ours to `rest`. */
  readonly epochProver?: EpochProver;
  /** Failures behind the acknowledgement: for the log. */
  readonly onFailure?: (error: unknown) => void;
  readonly onProgress?: (progress: IndexProgress) => void;
}

export interface TableOptions {
  readonly tree?: Partial<TreeOptions>;
}

export interface OpenTables extends TableStore {
  /** Builds the private index anew from the node's state. Scans are incomplete until it resolves. */
  rebuildIndex(): Promise<void>;
  /** Compares the private index with the node's state. */
  compareIndex(): Promise<IndexComparison>;
  /** After the node's `reset`: empties the private index. Domains opened before are gone. */
  reset(): Promise<void>;
  /** Stores the private index up to now. */
  flush(): Promise<void>;
  /** Stores the private index. The node and the store stay open. */
  close(): Promise<void>;
  status(): IndexStatus;
  /** Proofs of epoch keys; undefined without a prover. */
  epochProofs(): EpochProofStatus | undefined;
  /** Resolves when every domain that was opened so far is proved. */
  proofsSettled(): Promise<void>;
}

const transactionIdBytes = 16;
const addressBytes = 32;

/** Opens the private index and brings it up to date with the log. */
export async function openTables(options: TableOptions, modules: TableModules): Promise<OpenTables> {
  const domains = new DomainCache(tableLimits.cachedDomainsMax);
  const index = await PrivateIndex.open(options.tree ?? {}, {
    node: modules.node,
    store: modules.indexStore,
    indexKey: modules.keys.indexKey(),
    random: modules.random,
    domains,
    secretsOf: (address) => modules.keys.domain(address),
    onFailure: modules.onFailure ?? (() => undefined),
    onProgress: modules.onProgress ?? (() => undefined),
  });
  const tables = new GatewayTables(modules, index, domains);
  tables.proveDomains();
  return tables;
}

class GatewayTables implements OpenTables {
  readonly #modules: TableModules;
  readonly #index: PrivateIndex;
  readonly #domains: DomainCache;
  readonly #proofs: EpochProofs | undefined;

  constructor(modules: TableModules, index: PrivateIndex, domains: DomainCache) {
    this.#modules = modules;
    this.#index = index;
    this.#domains = domains;
    const { node, random, epochProver: prover, onFailure = () => undefined } = modules;
    const keysOf = (address: DomainAddress, config: DomainConfig) => {
      const known = this.#keysOf(address, config);
      return known === 'unreadable' ? undefined : known;
    };
    if (prover !== undefined) this.#proofs = new EpochProofs({ node, prover, random, keysOf, onFailure });
  }

  /** What was opened before and has no proof: of before a crash, or of an older version. */
  proveDomains(): void {
    this.#proofs?.sweep();
  }

  prepareDomain(given?: DomainAddress): TableDomain {
    const { keys, random, writerKey } = this.#modules;
    const address = Buffer.from(given ?? random.bytes(addressBytes));
    if (address.length !== addressBytes) throw new TableMisuse('a domain address has 32 bytes');
    const made = DomainKeys.create(address, keys.domain(address), writerKey, random);
    return new GatewayDomain(made.keys, made.config, this.#domainModules());
  }

  async openDomain(address: DomainAddress): Promise<TableDomain> {
    const config = await this.#modules.node.domain(address);
    if (config === undefined) throw new DomainUnknown();
    const known = this.#keysOf(address, config);
    // A domain of another keystore is none of ours.
    if (known === 'unreadable') throw new DomainUnknown();
    return new GatewayDomain(known, undefined, this.#domainModules());
  }

  async ensureDomain(address: DomainAddress): Promise<TableDomain> {
    if ((await this.#modules.node.domain(address)) === undefined) {
      const domain = this.prepareDomain(address);
      try {
        await this.transact([{ kind: 'create-domain', domain }]);
      } catch (error) {
        // Somebody else was first, or it was closed for ever: `openDomain` tells.
        if (!(error instanceof ConditionFailed)) throw error;
      }
    }
    return this.openDomain(address);
  }

  async transact(
    writes: readonly DomainWrite[],
    { fence, evidence }: TransactOptions = {},
  ): Promise<Applied> {
    const prepared = prepareWrites(writes);
    if (evidence !== undefined) checkEvidence(prepared, evidence);
    const { node, random } = this.#modules;
    for (let attempt = 0; attempt < tableLimits.transactAttemptsMax; attempt += 1) {
      const id = Buffer.from(random.bytes(transactionIdBytes));
      const plan = planTransaction(prepared, id, this.#index.position, { node, random }, fence);
      const result = await this.#commit(plan, evidence !== undefined);
      const { outcome, position, certificate } = result;
      if (outcome.status === 'applied') {
        this.#rememberDomains(prepared);
        const applied = { position, revision: outcome.revision, certificate };
        if (evidence === undefined) return applied;
        return { ...applied, evidence: recordEvidence(prepared, evidence, plan, result) };
      }
      refused(outcome, plan, prepared);
    }
    throw new NodeError('overloaded', 'a transaction was overtaken by others too often');
  }

  stageData(source: Bytes | AsyncIterable<Bytes>, signal?: AbortSignal): Promise<DataRef> {
    return stageData(source, this.#modules, signal);
  }

  unstage(staged: DataRef | StagedBlob): void {
    const { node } = this.#modules;
    if ('chunk' in staged) node.unstage?.([staged.chunk]);
    else if (staged.staged instanceof StagedChunks) unstageChunks(staged.staged.chunks, node);
  }

  prove(subjects: readonly ProofSubject[], options: ProofOptions): Promise<ProofParts> {
    const { node, random } = this.#modules;
    return proveSubjects(subjects, options, { node, random });
  }

  readData(data: DataRef, offset: number, length: number, signal?: AbortSignal): AsyncIterable<Bytes> {
    return readData(data, offset, length, this.#modules.node, signal);
  }

  rebuildIndex(): Promise<void> {
    return this.#index.rebuild();
  }

  compareIndex(): Promise<IndexComparison> {
    return compareIndex(this.#modules.node, this.#index);
  }

  async reset(): Promise<void> {
    this.#proofs?.clear();
    this.#domains.clear();
    await this.#index.reset();
  }

  flush(): Promise<void> {
    return this.#index.flush();
  }

  async close(): Promise<void> {
    try {
      await this.#proofs?.close();
    } finally {
      await this.#index.close();
    }
  }

  status(): IndexStatus {
    return this.#index.status();
  }

  epochProofs(): EpochProofStatus | undefined {
    return this.#proofs?.status();
  }

  async proofsSettled(): Promise<void> {
    await this.#proofs?.settled();
  }

  #keysOf(address: DomainAddress, config: DomainConfig): KnownDomain {
    let known = this.#domains.get(address);
    if (known === undefined) {
      const { keys } = this.#modules;
      known = recoverKeys(address, config, { secretsOf: (domain) => keys.domain(domain) });
      this.#domains.set(address, known);
    }
    return known;
  }

  #domainModules() {
    const { node, random } = this.#modules;
    return { node, random, index: this.#index };
  }

  #rememberDomains(writes: readonly PreparedWrite[]): void {
    for (const { kind, domain } of writes) {
      if (kind === 'create-domain') {
        this.#domains.set(domain.address, domain.keys);
        this.#proofs?.want(domain.address);
      } else if (kind === 'remove-domain') this.#domains.delete(domain.address);
    }
  }

  async #commit({ transaction, changes }: TransactionPlan, withBatch: boolean): Promise<CommitResult> {
    this.#index.expect(transaction.id, changes);
    try {
      return await this.#modules.node.commit(transaction, { withBatch });
    } finally {
      // Applied transactions were folded before; a failed or refused one never will be.
      this.#index.forget(transaction.id);
    }
  }
}

/** Returns when the transaction may be tried again. @throws what the refusal means for the caller */
function refused(
  { reason, index }: Outcome & { readonly status: 'refused' },
  { expected, operationWrites }: TransactionPlan,
  writes: readonly PreparedWrite[],
): void {
  switch (reason) {
    case 'expectation-failed': {
      const { write, isFinal } = expected[index]!;
      if (isFinal) throw new ConditionFailed(write);
      return;
    }
    // Somebody wrote or removed a record between the plan and the log; a validity window passed.
    case 'slot-occupied':
    case 'atom-removed':
    case 'atom-absent':
    case 'outside-window':
      return;
    case 'domain-unknown':
      throw new DomainUnknown();
    case 'domain-not-empty':
      throw new DomainNotEmpty();
    case 'stale-term':
      throw new StaleTerm();
    case 'domain-exists':
      throw new ConditionFailed(operationWrites[index]!);
    default: {
      const kind = writes[operationWrites[index] ?? -1]?.kind ?? 'whole';
      throw new Error(`the node refused a transaction: ${reason} (${kind})`);
    }
  }
}
