/**
 * The gateway's private index: a fold over the whole applied log, kept in a tree in the gateway's own store. It follows
 * the log synchronously, so whoever was told that a commit is applied finds it in scans. The watermark is the last
 * position folded; after a crash the log is followed again from the stored one, and when the log no longer reaches back
 * that far (or the store is damaged), the index is rebuilt from the state.
 */
import type { KeyObject } from 'node:crypto';
import {
  type AppliedBatch,
  type Bytes,
  type LocalNodePorts,
  mainLog,
  NodeError,
  type Operation,
  type Position,
} from '@hypergate/node/api';
import { DecryptionError, type DomainSecrets, type RandomSource } from '@hypergate/node/crypto';
import type { DomainCache, KnownDomain } from '../domain-cache.ts';
import { DomainKeys } from '../domain-keys.ts';
import { indexLimits } from '../limits.ts';
import { IndexDamaged } from '../tree/errors.ts';
import { IndexTree, type TreeOptions, type TreeStatus } from '../tree/index-tree.ts';
import type { IndexStore } from '../tree/store.ts';
import type { IndexChange } from './changes.ts';
import { changeOf, changeOfAtom, changeOfDomain } from './decode.ts';
import { foldChange, storedConfig } from './fold.ts';

export interface PrivateIndexModules {
  readonly node: LocalNodePorts;
  readonly store: IndexStore;
  readonly indexKey: KeyObject;
  readonly random: RandomSource;
  readonly domains: DomainCache;
  secretsOf(domain: Bytes): DomainSecrets;
  /** Told of failures behind the acknowledgement: a flush that the store refused (it is tried again), a damaged page. */
  onFailure(error: unknown): void;
  /** Told while the index is brought up to date. */
  onProgress(progress: IndexProgress): void;
}

export interface IndexProgress {
  readonly phase: 'following' | 'rebuilding';
  /** Log position when following, records when rebuilding. */
  readonly done: number;
  /** Last log position; undefined when rebuilding. */
  readonly total: number | undefined;
}

export interface IndexStatus extends TreeStatus {
  readonly state: 'catching-up' | 'live' | 'damaged' | 'closed';
  /** Operations of readable domains that could not be read since the index was opened. */
  readonly unreadable: number;
}

const followerName = 'table-index';

export class PrivateIndex {
  readonly #modules: PrivateIndexModules;
  readonly #treeOptions: Partial<TreeOptions>;
  #tree: IndexTree;
  #position: Position = 0;
  #state: IndexStatus['state'] = 'catching-up';
  #unsubscribe: () => void = () => undefined;
  /** Changes of this gateway's transactions under way, by transaction id. */
  readonly #own = new Map<string, readonly IndexChange[]>();
  #flushing: Promise<void> | undefined;
  #bytesSinceFlush = 0;
  #transactionsSinceFlush = 0;
  /** Unsaved bytes when the store last refused them: it is tried again when there are clearly more. */
  #refusedBytes = 0;
  #unreadable = 0;

  private constructor(options: Partial<TreeOptions>, modules: PrivateIndexModules, tree: IndexTree) {
    this.#treeOptions = options;
    this.#modules = modules;
    this.#tree = tree;
  }

  /** Opens and brings up to date. A damaged or missing index is rebuilt. */
  static async open(options: Partial<TreeOptions>, modules: PrivateIndexModules): Promise<PrivateIndex> {
    const { store, indexKey, random, node } = modules;
    const openTree = () => IndexTree.open(options, { store, key: indexKey, random });
    let tree: IndexTree;
    let damaged = false;
    try {
      tree = await openTree();
    } catch (error) {
      if (!(error instanceof IndexDamaged)) throw error;
      modules.onFailure(error);
      await IndexTree.wipe(store);
      tree = await openTree();
      damaged = true;
    }
    const index = new PrivateIndex(options, modules, tree);
    node.retainFrom(followerName, tree.watermark + 1);
    index.#unsubscribe = node.onApplied((batch) => index.#applied(batch));
    try {
      const position = await node.position();
      index.#position = Math.max(index.#position, position);
      if (damaged || tree.watermark > position) await index.#rebuild();
      else await index.#catchUp();
    } catch (error) {
      index.#unsubscribe();
      throw error;
    }
    index.#state = 'live';
    return index;
  }

  /** @throws IndexDamaged */
  get tree(): IndexTree {
    if (this.#state === 'damaged') throw new IndexDamaged('a page could not be read');
    return this.#tree;
  }

  /** Last position of the log that was applied, also while the index lags or is damaged. */
  get position(): Position {
    return this.#position;
  }

  /** The plaintext of a transaction that is about to be committed, so that it need not be decrypted when applied. */
  expect(transactionId: Bytes, changes: readonly IndexChange[]): void {
    this.#own.set(textOf(transactionId), changes);
  }

  forget(transactionId: Bytes): void {
    this.#own.delete(textOf(transactionId));
  }

  /** Stores what was folded and lets the log go up to there. */
  async flush(): Promise<void> {
    this.#bytesSinceFlush = 0;
    this.#transactionsSinceFlush = 0;
    if (this.#state === 'damaged') return;
    const tree = this.#tree;
    // The flush stores at least this position, and maybe more: the log is kept from the next one on.
    const { watermark } = tree;
    try {
      await tree.flush();
    } catch (error) {
      this.#refusedBytes = tree.unsavedBytes;
      throw error;
    }
    this.#refusedBytes = 0;
    if (this.#state !== 'closed') this.#modules.node.retainFrom(followerName, watermark + 1);
  }

  async rebuild(): Promise<void> {
    this.#state = 'catching-up';
    await this.#rebuild();
    this.#state = 'live';
  }

  /** Empties the index when the node was emptied; it goes on at the node's position. */
  async reset(): Promise<void> {
    await this.#startOver(await this.#modules.node.position());
    await this.flush();
    this.#state = 'live';
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#unsubscribe();
    try {
      await this.#flushing;
      await this.flush();
    } finally {
      this.#state = 'closed';
    }
  }

  status(): IndexStatus {
    return { ...this.#tree.status(), state: this.#state, unreadable: this.#unreadable };
  }

  /** Keys of a domain, from memory or from its configuration in the index. */
  keysOf(address: Bytes): DomainKeys | undefined {
    const known = this.#modules.domains.get(address) ?? this.#recover(address);
    return known === 'unreadable' ? undefined : known;
  }

  #recover(address: Bytes): KnownDomain | undefined {
    const config = storedConfig(this.#tree, address);
    if (config === undefined) return undefined;
    const known = recoverKeys(address, config, this.#modules);
    this.#modules.domains.set(Buffer.from(address), known);
    return known;
  }

  #applied(batch: AppliedBatch): void {
    this.#position = batch.position;
    const { watermark } = this.#tree;
    if (batch.position <= watermark || this.#state === 'damaged' || this.#state === 'closed') return;
    if (batch.position > watermark + 1) {
      // Whoever catches up comes to it by the log.
      if (this.#state === 'catching-up') return;
      throw new Error(`position ${batch.position} was applied after ${watermark}`);
    }
    try {
      this.#fold(batch);
    } catch (error) {
      if (!(error instanceof IndexDamaged)) throw error;
      this.#damaged(error);
      return;
    }
    if (this.#state === 'live' && this.#wantsFlush()) this.#flushBehind();
  }

  #fold(batch: AppliedBatch): void {
    for (const { id, outcome, operations } of batch.transactions) {
      if (outcome.status !== 'applied') continue;
      const own = this.#own.get(textOf(id));
      if (own !== undefined) for (const change of own) foldChange(this.#tree, change);
      else this.#foldForeign(operations);
      for (const operation of operations) this.#count(operation);
      this.#transactionsSinceFlush += 1;
    }
    this.#tree.watermark = batch.position;
  }

  #foldForeign(operations: readonly Operation[]): void {
    for (const operation of operations) {
      const change = changeOf(operation, (address) => this.keysOf(address));
      if (change === 'unreadable') this.#unreadable += 1;
      else if (change !== undefined) {
        if (change.kind === 'remove-domain') this.#modules.domains.delete(change.domain);
        foldChange(this.#tree, change);
      }
    }
  }

  #count(operation: Operation): void {
    this.#bytesSinceFlush += 'payload' in operation ? 64 + operation.payload.length : 64;
  }

  /** Also by what the log would have to keep and replay, not only by what the index would lose. */
  #wantsFlush(): boolean {
    const { unsavedBytes, flushBytes } = this.#tree;
    return (
      unsavedBytes >= this.#refusedBytes + flushBytes ||
      this.#bytesSinceFlush > indexLimits.logBytesPerFlush ||
      this.#transactionsSinceFlush > indexLimits.transactionsPerFlush
    );
  }

  #flushBehind(): void {
    if (this.#flushing !== undefined) return;
    this.#flushing = this.flush()
      .catch((error) => this.#modules.onFailure(error))
      .finally(() => {
        this.#flushing = undefined;
      });
  }

  /** Scans stop, writes go on; the next start rebuilds, because the head is gone. */
  #damaged(error: IndexDamaged): void {
    this.#state = 'damaged';
    this.#modules.onFailure(error);
    this.#flushing = (this.#flushing ?? Promise.resolve())
      .then(() => IndexTree.wipe(this.#modules.store))
      .catch((failure) => this.#modules.onFailure(failure));
  }

  /** Follows the log up to the position that is the last one when this is called, and then as far as it has gone. */
  async #catchUp(): Promise<void> {
    const { node, onProgress } = this.#modules;
    const target = await node.position();
    if (this.#tree.watermark >= target) return;
    const stop = new AbortController();
    try {
      for await (const batch of node.follow(mainLog, this.#tree.watermark + 1, stop.signal)) {
        if (batch.position === this.#tree.watermark + 1) this.#fold(batch);
        if (this.#wantsFlush()) {
          await this.flush();
          onProgress({ phase: 'following', done: this.#tree.watermark, total: await node.position() });
        }
        if (this.#tree.watermark >= (await node.position())) break;
      }
    } catch (error) {
      const isGone = error instanceof NodeError && error.code === 'compacted';
      if (!isGone && !(error instanceof IndexDamaged)) throw error;
      if (error instanceof IndexDamaged) this.#modules.onFailure(error);
      await this.#rebuild();
    } finally {
      stop.abort();
    }
  }

  async #startOver(watermark: Position): Promise<void> {
    const { store, indexKey, random, domains } = this.#modules;
    await this.#flushing;
    // A flush that was asked for would write into the emptied store.
    if (this.#state !== 'damaged') await this.#tree.flush();
    await IndexTree.wipe(store);
    domains.clear();
    this.#tree = await IndexTree.open(this.#treeOptions, { store, key: indexKey, random });
    this.#tree.watermark = watermark;
  }

  /**
   * From the state: all live records of all domains, then the log from the position before the scan. What the log
   * changes a second time ends where it was; what was removed meanwhile is removed again.
   */
  async #rebuild(): Promise<void> {
    const { node, onProgress } = this.#modules;
    const from = await node.position();
    // Nothing is folded from the log before the scan is done: the watermark stays ahead of no position.
    await this.#startOver(0);
    node.retainFrom(followerName, from + 1);
    let done = 0;
    for await (const address of node.domains()) {
      const config = await node.domain(address);
      if (config === undefined) continue;
      const created = changeOfDomain(address, config);
      if (created === 'unreadable') continue;
      foldChange(this.#tree, created);
      const keys = this.keysOf(address);
      if (keys === undefined) continue;
      for await (const { slot, atom } of node.scan(address)) {
        const change = changeOfAtom(keys, slot, atom);
        if (change === 'unreadable') this.#unreadable += 1;
        else if (change !== undefined) foldChange(this.#tree, change);
        done += 1;
        if (this.#tree.unsavedBytes >= this.#tree.flushBytes) {
          await this.#tree.flush();
          onProgress({ phase: 'rebuilding', done, total: undefined });
        }
      }
    }
    this.#tree.watermark = from;
    await this.flush();
    await this.#catchUp();
  }
}

function textOf(id: Bytes): string {
  return Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('latin1');
}

/** Keys of a domain, or that it is not ours. */
export function recoverKeys(
  address: Bytes,
  config: { readonly readKey: Bytes; readonly payload: Bytes },
  { secretsOf }: Pick<PrivateIndexModules, 'secretsOf'>,
): KnownDomain {
  try {
    return DomainKeys.recover(Buffer.from(address), secretsOf(address), config);
  } catch (error) {
    if (error instanceof DecryptionError) return 'unreadable';
    throw error;
  }
}
