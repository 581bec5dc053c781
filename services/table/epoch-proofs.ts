/**
 * Proves the epoch keys of this gateway's domains behind the acknowledgement: a proof (node/crypto/verenc) is written to its
 * vertex once it is made, in a thread of its own, one after another. Until then the domain is "not yet proved", which costs
 * nothing but that: the epoch key is encrypted to the read key in the configuration as well.
 *
 * What a crash or a failure leaves unproved is found by going over all domains at the next start.
 */
import {
  type Bytes,
  type DomainAddress,
  type DomainConfig,
  type LocalNodePorts,
  NodeError,
  nodeLimits,
  type Outcome,
  type Transaction,
} from '@hypergate/node/api';
import type { ContentKey, RandomSource } from '@hypergate/node/crypto';
import {
  type EpochStatement,
  encodeEpochProof,
  epochProofSlot,
  epochStatements,
} from '@hypergate/node/crypto/verenc';
import type { EpochProver } from '@hypergate/node/crypto/verenc/prover';
import type { DomainKeys } from './domain-keys.ts';
import { tableLimits } from './limits.ts';

const domainsPerTurn = 50;

export interface EpochProofModules {
  readonly node: LocalNodePorts;
  readonly prover: EpochProver;
  readonly random: RandomSource;
  /** Keys of a domain with this configuration; undefined when it is not ours. */
  keysOf(address: DomainAddress, config: DomainConfig): DomainKeys | undefined;
  onFailure(error: unknown): void;
}

export interface EpochProofStatus {
  /** Domains that wait for a proof. */
  readonly waiting: number;
  /** Since the start. */
  readonly written: number;
  readonly failed: number;
}

export class EpochProofs {
  readonly #modules: EpochProofModules;
  readonly #queue: DomainAddress[] = [];
  /** All domains are to be gone over. */
  #wantsSweep = false;
  #running: Promise<void> | undefined;
  #isClosed = false;
  #written = 0;
  #failed = 0;

  constructor(modules: EpochProofModules) {
    this.#modules = modules;
  }

  /** Proves a domain that was just opened, soon. */
  want(address: DomainAddress): void {
    if (this.#queue.length < tableLimits.unprovedDomainsMax) this.#queue.push(address);
    else this.#wantsSweep = true;
    this.#start();
  }

  /** Proves every domain that has no proof yet. */
  sweep(): void {
    this.#wantsSweep = true;
    this.#start();
  }

  status(): EpochProofStatus {
    return { waiting: this.#queue.length, written: this.#written, failed: this.#failed };
  }

  /** Resolves when nothing is left to prove. */
  async settled(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** The domains are gone. */
  clear(): void {
    this.#queue.length = 0;
  }

  /** A proof under way is given up. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.clear();
    await this.#modules.prover.rest();
    await this.#running;
  }

  #start(): void {
    if (this.#isClosed) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // Wanted after the last look.
      if (this.#queue.length > 0 || this.#wantsSweep) this.#start();
    });
  }

  async #run(): Promise<void> {
    // The caller's work comes first: it has not answered yet.
    await new Promise((resolve) => setImmediate(resolve));
    while (!this.#isClosed) {
      const next = this.#queue.shift();
      if (next !== undefined) await this.#proveOrTell(next);
      else if (this.#wantsSweep) await this.#sweepAll();
      else break;
    }
    try {
      await this.#modules.prover.rest();
    } catch (error) {
      this.#tell(error);
    }
  }

  async #sweepAll(): Promise<void> {
    this.#wantsSweep = false;
    let seen = 0;
    try {
      for await (const address of this.#modules.node.domains()) {
        if (this.#isClosed) return;
        await this.#proveOrTell(address);
        // Most have their proof, and then nothing above waits for anything.
        if (++seen % domainsPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (error) {
      this.#tell(error);
    }
  }

  async #proveOrTell(address: DomainAddress): Promise<void> {
    try {
      await this.#proveDomain(address);
    } catch (error) {
      this.#tell(error);
    }
  }

  #tell(error: unknown): void {
    // What was cut short by closing is found at the next start.
    if (this.#isClosed) return;
    this.#failed += 1;
    this.#modules.onFailure(new Error('the epoch key of a domain was not proved', { cause: error }));
  }

  async #proveDomain(address: DomainAddress): Promise<void> {
    const { node, keysOf } = this.#modules;
    const config = await node.domain(address);
    if (config === undefined) return;
    const missing = epochStatements(address, config)?.filter(
      ({ epoch }) => node.readSync({ domain: address, slot: epochProofSlot(address, epoch) }) === undefined,
    );
    if (missing === undefined || missing.length === 0) return;
    const keys = keysOf(address, config);
    if (keys === undefined) return;
    for (const statement of missing) {
      const content = keys.contentKeys.get(statement.epoch);
      if (this.#isClosed || content === undefined) return;
      const proof = await this.#prove(statement, content);
      if (this.#isClosed) return;
      if (await this.#write(statement, encodeEpochProof(proof))) this.#written += 1;
    }
  }

  #prove({ domain, epoch, readKey }: EpochStatement, content: ContentKey): Promise<Bytes> {
    const { prover, random } = this.#modules;
    const secret = content.secret.export();
    return prover.prove({ secret, domain, epoch, readKey, random: Uint8Array.from(random.bytes(32)) });
  }

  /** @returns whether it was written; not when another was first or the domain is gone */
  async #write({ domain, epoch }: EpochStatement, payload: Bytes): Promise<boolean> {
    const { node, random } = this.#modules;
    const slot = epochProofSlot(domain, epoch);
    for (let attempt = 0; attempt < tableLimits.transactAttemptsMax; attempt += 1) {
      const position = await node.position();
      const transaction: Transaction = {
        id: Buffer.from(random.bytes(16)),
        validFrom: position,
        validUntil: position + nodeLimits.transactionWindowDefault,
        expects: [{ domain, slot, revision: 0 }],
        operations: [
          { kind: 'add-vertex', domain, slot, incarnation: Buffer.from(random.bytes(8)), payload },
        ],
      };
      const { outcome } = await node.commit(transaction);
      if (outcome.status === 'applied') return true;
      if (outcome.reason !== 'outside-window') return needsNoProof(outcome);
    }
    throw new NodeError('overloaded', 'the proof of an epoch key was overtaken too often');
  }
}

/** @throws for a refusal that nobody expects */
function needsNoProof({ reason }: Outcome & { readonly status: 'refused' }): false {
  switch (reason) {
    case 'expectation-failed':
    case 'slot-occupied':
    case 'domain-unknown':
    // Ours to read, not to write.
    case 'writer-not-allowed':
      return false;
    default:
      throw new Error(`the node refused the proof of an epoch key: ${reason}`);
  }
}
