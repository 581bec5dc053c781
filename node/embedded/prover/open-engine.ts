/**
 * Puts a prover's engine together: genesis document, forest, frames, delay function. In its folder:
 *
 *   genesis      made once
 *   trees        the forest, with the last frame
 *   frames/      a file per frame
 */
import { availableParallelism } from 'node:os';
import { NodeError } from '../../api/index.ts';
import {
  type AcceptedKey,
  type Bls,
  type Curve,
  createBls,
  type SecretKey,
} from '../../crypto/bls48581/index.ts';
import type { WasmModule } from '../../crypto/bls48581/wasm/index.ts';
import { type Srs, srsHash } from '../../crypto/srs/index.ts';
import { VdfWorker } from '../../crypto/vdf/worker/index.ts';
import type { BranchCommitter } from '../../hypergraph/tree/index.ts';
import type { Genesis } from '../../proving/format/v1/genesis.ts';
import { frameDomain, headerHash } from '../../proving/format/v1/header.ts';
import { type DelayFunction, FrameMaker, storedFrame } from '../../proving/frame-maker.ts';
import type { FrameRecord } from '../../proving/frame-record.ts';
import { provingLimits } from '../../proving/limits.ts';
import type { FromProver } from '../../proving/messages.ts';
import type { Disk } from '../../store/disk.ts';
import { type Forest, openForest } from '../../store/tree/index.ts';
import { isStorageFull } from '../storage-errors.ts';
import { openDelay } from './delay.ts';
import { Engine } from './engine.ts';
import { forestTrees } from './forest-trees.ts';
import { openChain } from './frame-chain.ts';
import { FrameFiles } from './frame-files.ts';
import { findGenesis, makeGenesis } from './genesis-file.ts';
import { kzgCommitter } from './kzg-committer.ts';
import { defaultProverThreads, KzgPool } from './kzg-pool.ts';
import { openKzgThread } from './kzg-thread.ts';

export interface EngineOptions {
  readonly folder: string;
  /** Of the network, when its genesis document is made. */
  readonly networkName: string;
  readonly leafAtomsMax: number;
  readonly discriminantBits: number;
  readonly intervalMs: number;
  /** Part of the interval for the delay function; 0: none. */
  readonly delayShare: number;
  /** Keep every frame. */
  readonly archive: boolean;
  /** That commit to branches at the same time, the prover's own included; as many as `defaultProverThreads` says unless given. */
  readonly proverThreads?: number;
}

export interface EngineModules {
  readonly disk: Disk;
  readonly curve: Curve;
  /** Whose instance `curve` is; without it no other thread takes a part. */
  readonly kernel?: WasmModule;
  readonly srs: () => Srs;
  /** Secret bytes from which the frame key is made. */
  readonly frameMaterial: Uint8Array;
  readonly random: (length: number) => Uint8Array;
  readonly nowMs: () => number;
  readonly monotonic: () => number;
  readonly send: (message: FromProver, transfer?: readonly ArrayBuffer[]) => void;
  readonly fail: (error: unknown) => void;
  /** Something was damaged and is made again. */
  readonly warn: (message: string) => void;
}

/** @throws NodeError `corrupt` for a genesis document that is not ours */
export async function openEngine(options: EngineOptions, modules: EngineModules): Promise<Engine> {
  const { disk, curve, nowMs, warn } = modules;
  const bls = createBls(curve);
  const secret = bls.keygen(modules.frameMaterial);
  await using opened = new AsyncDisposableStack();
  const frameKey = bls.publicKey(secret);
  const found = await findGenesis(options.folder, frameKey, { bls, disk });
  const committer = openCommitter(options, modules);
  opened.defer(() => committer.close());
  // A new network begins with empty trees: a frame in them would be one of the network before.
  const shape = { leafAtomsMax: found?.leafAtomsMax ?? options.leafAtomsMax, reset: found === undefined };
  const forest = await openTrees(options.folder, shape, committer, modules);
  opened.defer(() => forest.close());
  const genesis = found ?? (await beginNetwork(options, { secret, frameKey, bls }, modules));
  const trees = forestTrees(forest);
  const kept = options.archive ? undefined : provingLimits.framesKept;
  const files = await FrameFiles.open({ folder: `${options.folder}/frames`, kept }, disk);
  const { newest, nextNumber } = await openChain({
    genesis,
    isFresh: found === undefined,
    stored: storedFrame(trees.meta),
    files,
    isSigned({ header, signature }) {
      const decoded = bls.decodeSignature(signature);
      return decoded !== undefined && bls.verify(frameKey, headerHash(header), frameDomain, decoded);
    },
    nowMs,
    warn,
  });
  const worker = new VdfWorker();
  opened.defer(() => worker.close());
  const last = { lastNumber: nextNumber - 1, lastTimeMs: nowMs() };
  const delay = openDelayFunction(options, genesis, last, worker);
  const maker = await FrameMaker.open(
    {
      genesis,
      trees,
      delay,
      sign: (hash) => ({
        signers: Uint8Array.of(0x80),
        signature: bls.encodeSignature(bls.sign(secret, hash, frameDomain)),
      }),
      clock: { monotonic: () => modules.monotonic() },
      async keep(record) {
        await keepFrame(record, files, modules);
        await committer.framed();
      },
    },
    newest,
  );
  const closing = opened.move();
  return new Engine({
    maker,
    trees,
    nextNumber,
    send: modules.send,
    fail: modules.fail,
    close: () => closing.disposeAsync(),
  });
}

async function beginNetwork(
  { folder, networkName: name, leafAtomsMax, discriminantBits }: EngineOptions,
  { bls, ...keys }: { readonly secret: SecretKey; readonly frameKey: AcceptedKey; readonly bls: Bls },
  { disk, curve, srs, nowMs, random }: EngineModules,
): Promise<Genesis> {
  const srsOf = srsHash(curve, srs());
  const network = {
    name,
    createdMs: nowMs(),
    seed: random(32),
    leafAtomsMax,
    discriminantBits,
    srsHash: srsOf,
  };
  return await makeGenesis(folder, network, keys, { bls, disk });
}

/** The files of frames are for reading: a frame stands without its own. */
async function keepFrame(record: FrameRecord, files: FrameFiles, { warn }: EngineModules): Promise<void> {
  try {
    await files.keep(record);
  } catch (error) {
    if (!isStorageFull(error)) throw error;
    warn(`no space for the file of frame ${record.frame.header.number}`);
  }
}

function openCommitter({ proverThreads }: EngineOptions, { curve, kernel, srs }: EngineModules): KzgPool {
  const local = kzgCommitter(curve, srs);
  if (kernel === undefined) return new KzgPool({ threads: 1 }, { local, openThread: refuseThread });
  const threads = proverThreads ?? defaultProverThreads(availableParallelism());
  return new KzgPool({ threads }, { local, openThread: () => openKzgThread(kernel, srs()) });
}

function refuseThread(): never {
  throw new Error('there is no compiled kernel to share');
}

/** Damaged trees are begun anew: the state has what they were made of. */
async function openTrees(
  folder: string,
  { leafAtomsMax, reset }: { readonly leafAtomsMax: number; readonly reset: boolean },
  committer: BranchCommitter,
  { disk, random, warn }: EngineModules,
): Promise<Forest> {
  const forestModules = { disk, committer, random };
  try {
    return await openForest({ folder, leafAtomsMax, reset }, forestModules);
  } catch (error) {
    if (!(error instanceof NodeError) || (error.code !== 'corrupt' && error.code !== 'not-supported'))
      throw error;
    warn(`the commitment trees are made again: ${error.message}`);
    return await openForest({ folder, leafAtomsMax, reset: true }, forestModules);
  }
}

function openDelayFunction(
  { intervalMs, delayShare }: EngineOptions,
  { discriminantBits }: Genesis,
  last: { readonly lastNumber: number; readonly lastTimeMs: number },
  worker: VdfWorker,
): DelayFunction | undefined {
  if (delayShare === 0) return undefined;
  return openDelay({ intervalMs, share: delayShare, discriminantBits, ...last }, worker);
}
