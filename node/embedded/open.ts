/** The embedded node: a clique of one in the gateway's process. `openEmbeddedNode` reads as the order of recovery. */
import type { CommitResult } from '../api/index.ts';
import { asBuffer, chunkCountKey, firstRemembered, OutcomeMemory } from '../hypergraph/index.ts';
import { JobRunner } from '../jobs/index.ts';
import { AppliedFeed } from './applied-feed.ts';
import { Applier } from './applier.ts';
import { BatchingWriter } from './batching-writer.ts';
import { Checkpointer } from './checkpointer.ts';
import { ChunkPins } from './chunk-pins.ts';
import { OpenNode } from './embedded-node.ts';
import { decodeLocalPosition, localPositionKey } from './format/v1.ts';
import { Lifecycle } from './lifecycle.ts';
import { embeddedLimits } from './limits.ts';
import { LogOrdering } from './log-ordering.ts';
import type { EmbeddedNode, EmbeddedNodeModules, EmbeddedNodeOptions } from './modules.ts';
import { openProver } from './open-prover.ts';
import { withOrderedBatch } from './ordered-batch.ts';
import { loadOutcomes, readState, replay } from './recovery.ts';
import { emptiedPosition, emptyState, isResetting } from './reset.ts';
import { SpaceReserve } from './space-reserve.ts';
import { stateRoom } from './state-room.ts';
import { StateStore } from './state-store.ts';
import { isStorageFull } from './storage-errors.ts';

/**
 * Opens log, chunks and state, and replays what the state had not yet been given. The node owns what it was handed.
 * @throws NodeError `corrupt` when log and state do not fit together; whatever the modules throw
 */
export async function openEmbeddedNode(
  options: EmbeddedNodeOptions,
  modules: EmbeddedNodeModules,
): Promise<EmbeddedNode> {
  const { kv, logger } = modules;
  const limits = embeddedLimits;
  const lifecycle = new Lifecycle((error) => {
    logger?.error({ err: error }, 'the node stopped taking writes');
    feed?.end();
  });
  let feed: AppliedFeed | undefined;
  const memory = new OutcomeMemory(asBuffer(modules.random.bytes(4)).readInt32LE(0));
  const store = new StateStore(
    {
      cacheBytes: options.cacheBytes ?? limits.cacheBytes,
      cachedValueBytesMax: limits.cachedValueBytesMax,
      flushBytes: options.flushBytes ?? limits.flushBytes,
    },
    { kv, memory, onFailure: storeFailed },
  );
  function storeFailed(error: unknown): void {
    if (isStorageFull(error)) logger?.warn({ err: error }, 'no space for the state; writes are refused');
    else lifecycle.fail(error);
  }

  const found = await readState(kv);

  const isNamed = (hash: Uint8Array): boolean => store.get(chunkCountKey(hash)) !== undefined;
  const log = await modules.openLog({ applied: found.head.position });
  let pins: ChunkPins | undefined;
  const chunks = await modules.openChunks({
    isNamed: (hash) => isNamed(hash) || (pins?.isPinned(hash) ?? false),
  });
  pins = new ChunkPins(chunks, ({ hash }) => isNamed(hash));
  const room = (): Promise<void> | undefined => stateRoom(store, limits.unwrittenBytesMax);

  if (await isResetting(kv)) await emptyState(kv, chunks, found.head.position);
  await loadOutcomes(kv, found.head, memory);
  const applied = new AppliedFeed(lifecycle, limits.recentBatchesBytes, found.head.position);
  feed = applied;
  const applier = new Applier({ store, chunks, pins, feed: applied }, found.head);
  const head = await replay(
    found.head,
    { log, room, apply: (batch) => applier.apply(batch), progress: (at) => options.onRecovery?.(at) },
    limits.progressPositions,
  );
  chunks.recovered?.();

  const checkpointer = new Checkpointer(
    options.checkpointBytes ?? limits.checkpointBytes,
    {
      kv,
      store,
      log,
      chunks,
      applied: () => applier.head.position,
      onFailure: (error) => {
        if (!isStorageFull(error)) lifecycle.fail(error);
        else logger?.warn({ err: error }, 'no space for a checkpoint');
      },
    },
    found.checkpoint,
  );
  await checkpointer.loadFollowers();
  const emptied = { at: await emptiedPosition(kv) };
  const prover = openProver({ modules, applier, checkpointer, store, log, emptied });
  const ordering = new LogOrdering({ log, chunks, nodeKey: modules.nodeKey }, head);
  const known = (id: Uint8Array): CommitResult | undefined => knownOutcome(id, store, applied.position);
  const { freeBytes, clock } = modules;
  const reserve =
    freeBytes === undefined
      ? undefined
      : new SpaceReserve(options.reserveBytes ?? limits.reserveBytes, {
          freeBytes,
          clock,
          onFailure: (error) => logger?.warn({ err: error }, 'the free space of the disk is unknown'),
        });
  const writer = new BatchingWriter({
    writerKey: modules.writerKey,
    chunks,
    pins,
    lifecycle,
    known,
    withBatch: (result, id) => withOrderedBatch(result, id, log),
    room: () => room() ?? prover?.room(),
    order: (batch, bodyHash, named, isAlone) => ordering.order(batch, bodyHash, named, isAlone),
    apply: (batch) => {
      const effects = applier.apply(batch);
      reserve?.wrote(batch.recordBytes);
      checkpointer.wrote(batch.recordBytes);
      return effects;
    },
    defer: modules.defer ?? ((callback) => void setImmediate(callback)),
  });
  await prover?.start();
  if (prover !== undefined) applier.onWrites = (writes) => prover.write(writes);
  lifecycle.move('running');
  const replayed = head.position - found.head.position;
  logger?.info({ position: head.position, replayed }, 'node open');
  return new OpenNode({
    ...modules,
    lifecycle,
    store,
    log,
    chunks,
    pins,
    feed: applied,
    applier,
    checkpointer,
    ordering,
    writer,
    known,
    reserve,
    prover,
    jobs: new JobRunner(modules.partySeed),
    emptied,
    replayed,
  });
}

function knownOutcome(id: Uint8Array, store: StateStore, applied: number): CommitResult | undefined {
  const found = store.outcome(id);
  if (found === undefined || found.position < firstRemembered(applied + 1)) return undefined;
  const local = store.get(localPositionKey(found.position));
  if (local === undefined) throw new Error(`the certificate of position ${found.position} is missing`);
  return { ...found, certificate: decodeLocalPosition(local).certificate };
}
