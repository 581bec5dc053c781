/**
 * Keystore, node and tables on the data directory:
 *
 *   keystore   the master secret
 *   log/       commit log
 *   state/     key-value store of the node
 *   chunks/    large ciphertext
 *   index/     the gateway's private index
 *   proofs/    genesis document, commitment trees, frames
 */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, RandomSource } from '@hypergate/kit';
import { NodeError, type TaggedKey } from '@hypergate/node/api';
import { ed25519SigningKey, type Keystore, type SigningKey } from '@hypergate/node/crypto';
import { createEpochProver } from '@hypergate/node/crypto/verenc/prover';
import {
  type EmbeddedNode,
  type EngineOptions,
  openEmbeddedNode,
  openProverThread,
  type ProverSetting,
  systemClock,
} from '@hypergate/node/embedded';
import { ClassicLevelStore, NodeDisk, openChunkStore, openCommitLog } from '@hypergate/node/store';
import type { NodeStatus } from '@hypergate/openapi/admin';
import { type OpenTables, openTables } from '@hypergate/table';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { StartError, systemCode, translateSystemError } from '../errors.ts';
import { serverLimits } from '../limits.ts';
import type { ProofSource } from '../proofs.ts';
import { openKeystore } from './keystore.ts';
import { pacedPause, startMaintenance, systemTimer } from './maintenance.ts';
import { createProgress } from './progress.ts';
import { recordProofMetrics } from './proof-metrics.ts';
import { recordStorageMetrics } from './storage-metrics.ts';
import { measureStorage, type StorageUsage } from './storage-usage.ts';

/** Records overwritten while they are in it are never merged: a third less work of the store than with 8 MiB, measured. */
const stateWriteBufferBytes = 32 * 1024 * 1024;

export interface StorageOptions {
  readonly dataDir: string;
  readonly passphrase: string | undefined;
  readonly keyFile: string | undefined;
  /** undefined: nothing is proven; `paused`: not this time. */
  readonly proofs: ProofSettings | 'paused' | undefined;
}

export interface ProofSettings {
  /** Between frames. */
  readonly intervalMs: number;
  /** Part of the interval that the delay function may take of one core, 0 to 1; 0: none. */
  readonly delayShare: number;
  /** Of a new network. */
  readonly discriminantBits: number;
  /** Every frame is kept. */
  readonly archive: boolean;
}

export interface StorageModules {
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly metrics: Registry;
  /** A line for the user about work that takes long. */
  readonly say: (line: string) => void;
}

export interface StorageIdentity {
  /** Signs positions of the log. */
  readonly nodeKey: TaggedKey;
  /** Signs batches. */
  readonly writerKey: TaggedKey;
  readonly coordinator: SigningKey;
}

export interface Storage {
  readonly node: EmbeddedNode;
  readonly tables: OpenTables;
  readonly proofs: ProofSource;
  /** Of this gateway: certificates, batches, requests to custodians. */
  readonly identity: StorageIdentity;
  status(): NodeStatus;
  /** @param olderThanMs how long what was replaced stays for readers; the store's own time unless given. @returns bytes given back */
  collect(olderThanMs?: number): Promise<number>;
  usage(): Promise<StorageUsage>;
  /** Why no write would be taken, undefined when all is well. */
  failure(): string | undefined;
  /** Index, then node: what was applied is stored, and the log's tail is short at the next start. */
  close(): Promise<void>;
}

/** Replays the log's tail. @throws StartError for a full or unreadable disk and for damaged data */
export async function openStorage(options: StorageOptions, modules: StorageModules): Promise<Storage> {
  try {
    const { dataDir } = options;
    const keystore = await openKeystore(
      { ...options, create: !(await exists(join(dataDir, 'log'))) },
      modules,
    );
    await using opened = new AsyncDisposableStack();
    const disk = new NodeDisk(dataDir);
    const stateStore = await ClassicLevelStore.open({
      location: join(dataDir, 'state'),
      writeBufferBytes: stateWriteBufferBytes,
    });
    const node = await openNode({ disk, stateStore }, keystore, options, modules);
    opened.defer(() => node.close());
    const indexStore = await ClassicLevelStore.open({ location: join(dataDir, 'index') });
    opened.defer(() => indexStore.close());
    const tables = await openIndexedTables(node, indexStore, keystore, modules);
    opened.defer(() => tables.close());
    const collection = startMaintenance(
      {
        what: 'collecting garbage',
        firstMs: serverLimits.collectFirstMs,
        everyMs: serverLimits.collectEveryMs,
      },
      async (signal) => {
        const monotonicMs = () => performance.now();
        await node.collect({
          signal,
          pause: pacedPause(() => collectRestShare(node), monotonicMs, systemTimer),
        });
        for (const store of [stateStore, indexStore]) if (!signal.aborted) await store.compactFreed();
      },
      { logger: modules.logger, timer: systemTimer },
    );
    opened.defer(() => collection.stop());
    const proofs: ProofSource = {
      status: () => node.proofStatus(),
      nextFrame: () => node.nextFrame?.(),
      network: () => node.proofStatus()?.network,
    };
    recordStorageMetrics(modules.metrics, node, tables);
    recordProofMetrics(modules.metrics, proofs);
    const closing = opened.move();
    return {
      node,
      tables,
      proofs,
      identity: {
        nodeKey: ed25519SigningKey(keystore.nodeSeed()).publicKey,
        writerKey: ed25519SigningKey(keystore.writerSeed()).publicKey,
        coordinator: ed25519SigningKey(keystore.coordinatorSeed()),
      },
      status: () => ({ ...node.status(), index: tables.status() }),
      failure: () => describeFailure(node),
      async collect(olderThanMs) {
        await node.checkpoint();
        const freed = await node.collect(olderThanMs === undefined ? {} : { droppedLifetimeMs: olderThanMs });
        for (const store of [stateStore, indexStore]) await store.compactFreed(true);
        return freed;
      },
      usage: () => measureStorage(dataDir, disk, node),
      close: () => closing.disposeAsync(),
    };
  } catch (error) {
    throw describeError(error, options.dataDir);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** The node owns the key-value store once it is open; until then it is ours to close. */
async function openNode(
  { disk, stateStore: kv }: { readonly disk: NodeDisk; readonly stateStore: ClassicLevelStore },
  keystore: Keystore,
  { dataDir, proofs }: StorageOptions,
  modules: StorageModules,
): Promise<EmbeddedNode> {
  const { logger, random, say } = modules;
  const bytes = (length: number) => random.bytes(length);
  // Lifetimes of garbage are counted on a clock that nobody sets.
  const clock = { now: () => systemClock.monotonic() };
  const progress = createProgress('recovering the log', { monotonicMs: () => performance.now(), say });
  const proving = proofs === undefined ? undefined : provingOf(proofs, dataDir, keystore, modules);
  try {
    return await openEmbeddedNode(
      { onRecovery: ({ position, last }) => progress(position, last) },
      {
        kv,
        openLog: () => openCommitLog({ folder: 'log' }, { disk, random: bytes }),
        openChunks: ({ isNamed }) =>
          openChunkStore({ folder: 'chunks' }, { disk, kv, isNamed, clock, random: bytes }),
        nodeKey: ed25519SigningKey(keystore.nodeSeed()),
        writerKey: ed25519SigningKey(keystore.writerSeed()),
        partySeed: () => keystore.partySeed(),
        random,
        clock: systemClock,
        freeBytes: () => disk.freeBytes(),
        logger: logger.child({ part: 'node' }),
        ...(proving === undefined ? {} : { proving }),
      },
    );
  } catch (error) {
    if (typeof proving === 'object') proving.open().post({ type: 'close' });
    await kv.close();
    throw error;
  }
}

function provingOf(
  proofs: ProofSettings | 'paused',
  dataDir: string,
  keystore: Keystore,
  { clock, logger }: StorageModules,
): ProverSetting | 'paused' {
  if (proofs === 'paused') return proofs;
  const { networkName, leafAtomsMax } = serverLimits;
  const options: EngineOptions = { folder: 'proofs', networkName, leafAtomsMax, ...proofs };
  // Its thread loads while the log is recovered.
  const engine = openProverThread(
    { options, dataDir, frameMaterial: keystore.frameMaterial() },
    logger.child({ part: 'prover' }),
  );
  return {
    open: () => engine,
    intervalMs: proofs.intervalMs,
    nowMs: () => clock.now(),
  };
}

async function openIndexedTables(
  node: EmbeddedNode,
  indexStore: ClassicLevelStore,
  keystore: Keystore,
  { logger, random, say }: StorageModules,
): Promise<OpenTables> {
  const progress = createProgress('bringing the index up to date', {
    monotonicMs: () => performance.now(),
    say,
  });
  return await openTables(
    {},
    {
      node,
      indexStore,
      keys: keystore,
      writerKey: ed25519SigningKey(keystore.writerSeed()).publicKey,
      random,
      epochProver: createEpochProver(),
      onFailure: (error) => logger.error({ err: error }, 'tables: work behind the acknowledgement failed'),
      onProgress: ({ done, total }) => progress(done, total),
    },
  );
}

function collectRestShare(node: EmbeddedNode): number {
  const { bytes, liveBytes } = node.status().chunks;
  return bytes > 2 * liveBytes ? serverLimits.collectBacklogRestShare : serverLimits.collectRestShare;
}

function describeFailure(node: EmbeddedNode): string | undefined {
  const { state, reason } = node.status();
  return state === 'running' ? undefined : `the node is ${state}${reason === undefined ? '' : `: ${reason}`}`;
}

function describeError(error: unknown, dataDir: string): unknown {
  if (error instanceof NodeError && error.code === 'storage-full') {
    return new StartError(
      `the data in ${dataDir} cannot be opened: the disk is full: free some space and start again`,
      1,
      {
        cause: error,
      },
    );
  }
  if (error instanceof NodeError && error.code === 'corrupt') {
    return new StartError(`the data in ${dataDir} is damaged and was left as it is: ${error.message}`, 1, {
      cause: error,
    });
  }
  return translateSystemError(error, `the data in ${dataDir} cannot be opened`);
}
