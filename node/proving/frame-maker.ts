/**
 * Makes frames over a prover's trees and proofs of the last one. One frame at a time; the trees that proofs read are those
 * of the last frame until the next is signed and stored.
 *
 *   changes since the last cut -> phase trees -> shard leaves -> three of 256 global trees each -> global root
 *   -> header, with the delay function's output over the header before -> signature -> stored -> told
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { shardL1 } from '../hypergraph/shard-key.ts';
import { DirtyEntries, type TreeChanges } from './changes/dirty-entries.ts';
import { sameBytes } from './format/bytes.ts';
import { encodeGenesis, type Genesis, trustRoot } from './format/v1/genesis.ts';
import { type FrameHeader, headerHash } from './format/v1/header.ts';
import type { DelayOutput } from './format/v1/proof.ts';
import {
  globalLevels,
  globalTrees,
  phaseCodes,
  rootBytes,
  type Shard,
  shardLeaf,
} from './format/v1/shard.ts';
import { decodeFrameRecord, encodeFrameRecord, type FrameRecord } from './frame-record.ts';
import { type FrameChange, type FrameEntry, type FrameTrees, globalTree, shardsTree } from './frame-trees.ts';
import type { FrameCut, ProvenNetwork } from './messages.ts';

export interface FrameMakerModules {
  readonly genesis: Genesis;
  readonly trees: FrameTrees;
  /** Of the frame keys of the genesis document, signs `frameDomain` ‖ hash. */
  readonly sign: (hash: Uint8Array) => { readonly signers: Uint8Array; readonly signature: Uint8Array };
  /** The delay function; undefined: frames have none. */
  readonly delay: DelayFunction | undefined;
  readonly clock: { monotonic(): number };
  /** The frame is stored with its trees; whatever else wants to keep it, and does not fail for want of space. */
  readonly keep: (record: FrameRecord) => Promise<void>;
}

/** A phase tree and its entries in order. */
export interface BuiltTree {
  readonly tree: { readonly domain: Uint8Array; readonly set: number };
  readonly entries: AsyncIterable<FrameEntry>;
}

export interface DelayFunction {
  /** Begins over a header's hash; an evaluation under way of another is given up. */
  begin(challenge: Uint8Array): void;
  /** Of the challenge begun last. */
  output(): Promise<DelayOutput & { readonly iterations: number }>;
  /** A frame was signed: how many iterations fit is adjusted by it. */
  framed(number: number, timeMs: number): void;
}

/** First byte of what is committed with the trees; the record of the last frame follows. */
const treesOf = { noFrame: 0, lastFrame: 1 } as const;

const zeroHash = new Uint8Array(32);
const zeroRoot = new Uint8Array(rootBytes);

export class FrameMaker {
  readonly #modules: FrameMakerModules;
  readonly genesisBytes: Uint8Array;
  readonly trustRoot: Uint8Array;
  #dirty = new DirtyEntries();
  #last: FrameRecord | undefined;
  /** The trees are those of the last frame. */
  #isCurrent: boolean;
  /** Domains whose trees were built since the last frame. */
  #built: Uint8Array[] = [];
  #globalRoots: Uint8Array[];
  #shards: number;

  private constructor(modules: FrameMakerModules, last: FrameRecord | undefined, isCurrent: boolean) {
    this.#modules = modules;
    this.genesisBytes = encodeGenesis(modules.genesis);
    this.trustRoot = trustRoot(this.genesisBytes);
    this.#last = last;
    this.#isCurrent = isCurrent;
    this.#globalRoots = last?.globalRoots.slice() ?? Array.from({ length: globalTrees }, () => zeroRoot);
    this.#shards = last?.shards ?? 0;
    modules.delay?.begin(this.#previousHash());
  }

  /**
   * The last frame, if any, is kept again: the process may have ended before it was.
   * @param newest frame that is kept elsewhere: the chain goes on, also when the trees are lost
   * @throws ProofRefused for a damaged record
   */
  static async open(modules: FrameMakerModules, newest?: FrameRecord): Promise<FrameMaker> {
    const stored = storedFrame(modules.trees.meta);
    const root = trustRoot(encodeGenesis(modules.genesis));
    const isOurs = stored !== undefined && sameBytes(stored.frame.header.trustRoot, root);
    if (isOurs) await modules.keep(stored);
    // The frame of another network proves nothing in this one.
    const last = isOurs ? stored : undefined;
    const isNewer = (newest?.frame.header.number ?? 0) > (last?.frame.header.number ?? 0);
    return new FrameMaker(
      modules,
      isNewer ? newest : last,
      isOurs && !isNewer && modules.trees.meta?.[0] === treesOf.lastFrame,
    );
  }

  get network(): ProvenNetwork {
    const { name, discriminantBits } = this.#modules.genesis;
    return { name, discriminantBits };
  }

  /** Its trees may be gone: see `isCurrent`. */
  get last(): FrameRecord | undefined {
    return this.#last;
  }

  /** The trees are those of the last frame, and there is one. */
  get isCurrent(): boolean {
    return this.#isCurrent && this.#last !== undefined;
  }

  /** Changes that wait for the next cut. */
  get dirty(): DirtyEntries {
    return this.#dirty;
  }

  /** Everything is forgotten, durably: what is read of the last commit must not be of before. The chain of frames goes on. */
  async clear(): Promise<void> {
    this.#forget();
    await this.#modules.trees.clear();
    await this.#modules.trees.commit(this.#meta(treesOf.noFrame));
  }

  /** Phase trees in place of everything; changes that wait come on top with the next frame. */
  async rebuild(built: AsyncIterable<BuiltTree>): Promise<void> {
    this.#forget();
    const domains = new Map<string, Uint8Array>();
    async function* noted(): AsyncGenerator<BuiltTree> {
      for await (const one of built) {
        domains.set(text(one.tree.domain), one.tree.domain);
        yield one;
      }
    }
    await this.#modules.trees.rebuild(noted(), this.#meta(treesOf.noFrame));
    this.#built = [...domains.values()];
  }

  #forget(): void {
    this.#isCurrent = false;
    this.#built = [];
    this.#globalRoots = Array.from({ length: globalTrees }, () => zeroRoot);
    this.#shards = 0;
  }

  #meta(trees: number, record = this.#last): Uint8Array {
    const encoded = record === undefined ? new Uint8Array(0) : encodeFrameRecord(record);
    const meta = new Uint8Array(1 + encoded.length);
    meta[0] = trees;
    meta.set(encoded, 1);
    return meta;
  }

  /** What changed up to a cut; changes that come later are for the next one. */
  takeDirty(): DirtyEntries {
    const dirty = this.#dirty;
    this.#dirty = new DirtyEntries();
    return dirty;
  }

  /** Changes of a cut that no frame took. */
  giveBack(dirty: DirtyEntries): void {
    this.#dirty.addOlder(dirty);
  }

  /** What fails leaves the last frame; the changes wait for the next cut. */
  async make(cut: FrameCut, dirty: DirtyEntries = this.takeDirty()): Promise<FrameRecord> {
    const globalRoots = this.#globalRoots.slice();
    const shards = this.#shards;
    try {
      return await this.#make(cut, dirty);
    } catch (error) {
      // Stored, and only not kept elsewhere.
      if (this.#last?.frame.header.number === cut.number) throw error;
      this.#globalRoots = globalRoots;
      this.#shards = shards;
      this.giveBack(dirty);
      throw error;
    }
  }

  async #make(cut: FrameCut, dirty: DirtyEntries): Promise<FrameRecord> {
    const { clock, trees, delay, sign, keep } = this.#modules;
    const started = clock.monotonic();
    await this.#updateShards(cut, dirty, this.#built);
    const output = await delay?.output();
    const header: FrameHeader = {
      trustRoot: this.trustRoot,
      number: cut.number,
      timeMs: cut.timeMs,
      previous: this.#previousHash(),
      position: cut.position,
      logHead: cut.logHead,
      globalRoot: globalLevels(this.#globalRoots).at(-1)?.[0] as Uint8Array,
      discriminantBits: this.#modules.genesis.discriminantBits,
      iterations: output?.iterations ?? 0,
      delayHash: output === undefined ? zeroHash : sha256(output.output),
    };
    const hash = headerHash(header);
    const record: FrameRecord = {
      frame: { header, ...sign(hash) },
      delay: output === undefined ? undefined : { hint: output.hint, output: output.output },
      changed: dirty.count,
      shards: this.#shards,
      buildMs: clock.monotonic() - started,
      globalRoots: this.#globalRoots.slice(),
    };
    await trees.commit(this.#meta(treesOf.lastFrame, record));
    this.#last = record;
    this.#isCurrent = true;
    this.#built = [];
    await keep(record);
    delay?.framed(cut.number, cut.timeMs);
    delay?.begin(hash);
    return record;
  }

  #previousHash(): Uint8Array {
    return this.#last === undefined ? this.trustRoot : headerHash(this.#last.frame.header);
  }

  async #updateShards(cut: FrameCut, dirty: DirtyEntries, loaded: readonly Uint8Array[]): Promise<void> {
    const { trees } = this.#modules;
    const changed = new Map(loaded.map((domain) => [text(domain), domain]));
    const groups = [...dirty.trees()].map((changes) => {
      changed.set(text(changes.domain), changes.domain);
      return { tree: { domain: changes.domain, set: changes.set }, changes: [...changesOf(changes)] };
    });
    await trees.update(groups);
    const shardChanges: FrameChange[] = [];
    const globalChanges = new Map<number, FrameChange[]>();
    for (const domain of changed.values()) {
      const shard = await this.#shard(domain, cut);
      const isEmpty = shard.roots.every((root) => root.every((byte) => byte === 0));
      const known = await trees.entry(shardsTree, domain);
      if (isEmpty && known === undefined) continue;
      this.#shards += (isEmpty ? 0 : 1) - (known === undefined ? 0 : 1);
      const { position, logHead } = shard;
      shardChanges.push({ key: domain, to: isEmpty ? undefined : { revision: position, dataHash: logHead } });
      const to = isEmpty ? undefined : { revision: position, dataHash: shardLeaf(shard) };
      for (const index of shardL1(domain)) {
        const changes = globalChanges.get(index) ?? [];
        globalChanges.set(index, changes);
        changes.push({ key: domain, to });
      }
    }
    const global = [...globalChanges];
    const roots = await trees.update([
      { tree: shardsTree, changes: shardChanges },
      ...global.map(([index, changes]) => ({ tree: globalTree(index), changes })),
    ]);
    for (const [at, [index]] of global.entries()) this.#globalRoots[index] = roots[at + 1] as Uint8Array;
  }

  async #shard(domain: Uint8Array, { position, logHead }: FrameCut): Promise<Shard> {
    const roots: Uint8Array[] = [];
    for (const set of Object.values(phaseCodes)) roots.push(await this.#modules.trees.root({ domain, set }));
    return { domain, roots, position, logHead };
  }
}

function* changesOf({ entries }: TreeChanges): Generator<FrameChange> {
  for (const [key, to] of entries) yield { key: Buffer.from(key, 'latin1'), to };
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** @param meta as it was committed with the trees */
export function storedFrame(meta: Uint8Array | undefined): FrameRecord | undefined {
  return meta === undefined || meta.length < 2 ? undefined : decodeFrameRecord(meta.subarray(1));
}
