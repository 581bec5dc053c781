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
import { FieldReader, FieldWriter, sameBytes } from './format/bytes.ts';
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

/**
 * First byte of what is committed with the trees: whether they are those of the last frame. Then `emptiedAt` of its cut (8),
 * 0 without a frame, and the record of the last frame if there is one. With 0 and 1 the record follows at once, and the trees
 * are made again.
 */
const treesOf = { noFrame: 3, lastFrame: 2 } as const;
const isShort = (kind: number): boolean => kind < 2;

const zeroHash = new Uint8Array(32);
const zeroRoot = new Uint8Array(rootBytes);

export class FrameMaker {
  readonly #modules: FrameMakerModules;
  readonly genesisBytes: Uint8Array;
  readonly trustRoot: Uint8Array;
  #dirty = new DirtyEntries();
  #last: FrameRecord | undefined;
  /** The trees are those of the last frame, which was cut with this `emptiedAt`. */
  #current: { readonly emptiedAt: number } | undefined;
  /** Domains whose trees were built since the last frame. */
  #built: Uint8Array[] = [];
  #globalRoots: Uint8Array[];
  #shards: number;

  private constructor(
    modules: FrameMakerModules,
    last: FrameRecord | undefined,
    current: { readonly emptiedAt: number } | undefined,
  ) {
    this.#modules = modules;
    this.genesisBytes = encodeGenesis(modules.genesis);
    this.trustRoot = trustRoot(this.genesisBytes);
    this.#last = last;
    this.#current = current;
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
    const current = isOurs && !isNewer ? treesOfLastFrame(modules.trees.meta) : undefined;
    return new FrameMaker(modules, isNewer ? newest : last, current);
  }

  get network(): ProvenNetwork {
    const { name, discriminantBits } = this.#modules.genesis;
    return { name, discriminantBits };
  }

  /** Its trees may be gone: see `current`. */
  get last(): FrameRecord | undefined {
    return this.#last;
  }

  /** The trees are those of the last frame, which was cut with this `emptiedAt`; else undefined. */
  get current(): { readonly emptiedAt: number } | undefined {
    return this.#last === undefined ? undefined : this.#current;
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
    this.#current = undefined;
    this.#built = [];
    this.#globalRoots = Array.from({ length: globalTrees }, () => zeroRoot);
    this.#shards = 0;
  }

  #meta(trees: number, record = this.#last, emptiedAt = 0): Uint8Array {
    const out = new FieldWriter().u8(trees).u64(emptiedAt);
    return (record === undefined ? out : out.bytes(encodeFrameRecord(record))).done();
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
    await trees.commit(this.#meta(treesOf.lastFrame, record, cut.emptiedAt));
    this.#last = record;
    this.#current = { emptiedAt: cut.emptiedAt };
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
  if (meta === undefined) return undefined;
  const { record } = readMeta(meta);
  return record.length === 0 ? undefined : decodeFrameRecord(record);
}

function treesOfLastFrame(meta: Uint8Array | undefined): { readonly emptiedAt: number } | undefined {
  if (meta === undefined) return undefined;
  const { kind, emptiedAt } = readMeta(meta);
  return kind === treesOf.lastFrame ? { emptiedAt } : undefined;
}

function readMeta(meta: Uint8Array): {
  readonly kind: number;
  readonly emptiedAt: number;
  readonly record: Uint8Array;
} {
  const input = new FieldReader(meta);
  const kind = input.u8('the kind of trees');
  const emptiedAt = isShort(kind) ? 0 : input.u64('the position of a reset');
  return { kind, emptiedAt, record: input.bytes(input.left, 'a frame') };
}
