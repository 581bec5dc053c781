/** Frames over a forest on the real disk with the real committer, as the prover's thread makes them. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBls } from '../../../crypto/bls48581/index.ts';
import { curveFromModule, wasmModule } from '../../../crypto/bls48581/wasm/index.ts';
import { defaultSrs } from '../../../crypto/srs/default/index.ts';
import { srsHash } from '../../../crypto/srs/index.ts';
import { solve } from '../../../crypto/vdf/solve.ts';
import { nativeMayBePrime } from '../../../crypto/vdf/worker/native-prime.ts';
import { SlabWriter, slabBytes } from '../../../proving/changes/slab.ts';
import type { Genesis } from '../../../proving/format/v1/genesis.ts';
import { frameDomain } from '../../../proving/format/v1/header.ts';
import { phaseCodes } from '../../../proving/format/v1/shard.ts';
import { type DelayFunction, FrameMaker, type FrameMakerModules } from '../../../proving/frame-maker.ts';
import type { FrameTrees } from '../../../proving/frame-trees.ts';
import { NodeDisk } from '../../../store/index.ts';
import { type Forest, openForest } from '../../../store/tree/index.ts';
import { forestTrees } from '../forest-trees.ts';
import { kzgCommitter } from '../kzg-committer.ts';
import { KzgPool } from '../kzg-pool.ts';
import { openKzgThread } from '../kzg-thread.ts';
import { addCosts, CommitterMeter, type Cost, costOf } from './costs.ts';
import { type BenchRecord, Records } from './records.ts';

export interface FrameWorldOptions {
  readonly records: number;
  readonly payloadBytes: number;
  readonly leafAtomsMax: number;
  /** That commit to branches. */
  readonly threads: number;
  /** Where its temporary folder is made; the system's own place unless given. */
  readonly folder?: string;
}

export interface FrameCost extends Cost {
  readonly changed: number;
  /** Of the cost: commitments, without what other threads did. */
  readonly kzgMs: number;
  readonly branches: number;
  readonly values: number;
  readonly writtenBytes: number;
}

const zeroHead = Buffer.concat([Buffer.of(1), Buffer.alloc(32)]);

export class FrameWorld implements AsyncDisposable {
  readonly records: Records;
  readonly forest: Forest;
  readonly trees: FrameTrees;
  readonly #parts: FrameMakerModules;
  readonly #meter: CommitterMeter;
  readonly #dispose: () => Promise<void>;
  maker: FrameMaker;
  #frames = 0;
  #revision = 1;

  private constructor(
    records: Records,
    forest: Forest,
    parts: FrameMakerModules,
    maker: FrameMaker,
    meter: CommitterMeter,
    dispose: () => Promise<void>,
  ) {
    this.records = records;
    this.forest = forest;
    this.trees = parts.trees;
    this.maker = maker;
    this.#parts = parts;
    this.#meter = meter;
    this.#dispose = dispose;
  }

  static async open(options: FrameWorldOptions): Promise<FrameWorld> {
    await using opened = new AsyncDisposableStack();
    const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'hypergate-frames-'));
    opened.defer(() => rm(folder, { recursive: true }));
    const kernel = await wasmModule();
    const curve = curveFromModule(kernel);
    const srs = defaultSrs(curve);
    const meter = new CommitterMeter();
    const local = meter.over(kzgCommitter(curve, () => srs));
    const committer = new KzgPool(options, { local, openThread: () => openKzgThread(kernel, srs) });
    opened.defer(() => committer.close());
    const forest = await openForest(
      { folder: 'trees', leafAtomsMax: options.leafAtomsMax },
      { disk: new NodeDisk(folder), committer, random: (length) => randomBytes(length) },
    );
    opened.defer(() => forest.close());
    const bls = createBls(curve);
    const secret = bls.keygen(randomBytes(64));
    const possession = bls.encodeSignature(bls.provePossession(secret));
    const genesis: Genesis = {
      name: 'benchmark',
      createdMs: 0,
      seed: randomBytes(32),
      leafAtomsMax: options.leafAtomsMax,
      discriminantBits: 2048,
      srsHash: srsHash(curve, srs),
      frameKeys: [{ publicKey: bls.encodePublicKey(bls.publicKey(secret)), possession }],
    };
    const parts: FrameMakerModules = {
      genesis,
      trees: forestTrees(forest),
      delay: undefined,
      sign: (hash) => ({
        signers: Uint8Array.of(0x80),
        signature: bls.encodeSignature(bls.sign(secret, hash, frameDomain)),
      }),
      clock: { monotonic: () => performance.now() },
      keep: async () => undefined,
    };
    const maker = await FrameMaker.open(parts);
    const records = new Records(options.records, options.payloadBytes);
    const closing = opened.move();
    return new FrameWorld(records, forest, parts, maker, meter, () => closing.disposeAsync());
  }

  /** All records at once, as after a start without trees, and the first frame. */
  async build(): Promise<FrameCost> {
    const { records, maker } = this;
    async function* trees() {
      for (const set of ['adds', 'removes'] as const) {
        const tree = { domain: records.domain, set: phaseCodes[`vertex-${set}`] };
        yield { tree, entries: records.entries(set, 1) };
      }
    }
    return await this.#counted(records.count, async () => [
      await costOf(() => maker.rebuild(trees())),
      await this.#make(),
    ]);
  }

  /** A frame over records that are overwritten, from the slabs that tell of them to the signed frame on the disk. */
  async frame(changed: number): Promise<FrameCost> {
    this.#revision += 1;
    const indices = this.records.someLive(changed);
    return await this.#counted(changed, () => this.#framed(indices));
  }

  /** Making the slabs is the node's work and costs nothing here. */
  async #framed(indices: Uint32Array): Promise<Cost[]> {
    const costs: Cost[] = [];
    let slab = new SlabWriter(new ArrayBuffer(slabBytes));
    const takeIn = async (): Promise<void> => {
      costs.push(await costOf(() => this.maker.dirty.addSlab(slab.buffer, slab.length)));
      slab = new SlabWriter(slab.buffer);
    };
    for (const index of indices) {
      const record = this.records.record(index, this.#revision);
      const key = this.records.stateKey(record);
      if (!slab.fits(key, record.stored)) await takeIn();
      slab.add(key, record.stored);
    }
    await takeIn();
    costs.push(await this.#make());
    return costs;
  }

  /** From here on a frame carries the output of so many squarings. */
  async delayed(iterations: number): Promise<void> {
    const bits = this.#parts.genesis.discriminantBits;
    let begun = new Uint8Array(0);
    const delay: DelayFunction = {
      begin(challenge) {
        begun = Uint8Array.from(challenge);
      },
      async output() {
        const solved = solve({ challenge: begun, iterations, bits }, { mayBePrime: nativeMayBePrime });
        return { ...solved, iterations };
      },
      framed: () => undefined,
    };
    this.maker = await FrameMaker.open({ ...this.#parts, delay }, this.maker.last);
  }

  get sets(): Readonly<Record<'adds' | 'removes', { readonly domain: Buffer; readonly set: number }>> {
    const { domain } = this.records;
    return {
      adds: { domain, set: phaseCodes['vertex-adds'] },
      removes: { domain, set: phaseCodes['vertex-removes'] },
    };
  }

  /** Records that a last frame over them alone shows. */
  async probe(count: number): Promise<BenchRecord[]> {
    this.#revision += 1;
    const indices = this.records.someLive(count);
    await this.#framed(indices);
    return [...indices].map((index) => this.records.record(index, this.#revision));
  }

  #make(): Promise<Cost> {
    this.#frames += 1;
    const cut = {
      number: this.#frames,
      timeMs: Date.now(),
      position: this.#frames,
      logHead: zeroHead,
      emptiedAt: 0,
    };
    return costOf(() => this.maker.make(cut));
  }

  async #counted(changed: number, run: () => Promise<readonly Cost[]>): Promise<FrameCost> {
    const { bytesWritten } = await this.forest.status();
    this.#meter.reset();
    const costs = await run();
    const { cpuMs: kzgMs, branches, values } = this.#meter;
    const writtenBytes = (await this.forest.status()).bytesWritten - bytesWritten;
    return { ...addCosts(costs), changed, kzgMs, branches, values, writtenBytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispose();
  }
}
