/** `follow` and `scan`: the log and the state as streams. Consumers set the pace; nothing is collected for them. */
import { type AppliedBatch, type Atom, NodeError, type Position, type Slot } from '../api/index.ts';
import {
  decodeAtom,
  decodeBatchBody,
  decodeLogRecord,
  keyRange,
  prefix,
  slotOfAtomKey,
} from '../hypergraph/index.ts';
import type { CommitLog } from '../store/commit-log-port.ts';
import type { AppliedFeed } from './applied-feed.ts';
import { appliedBatchOf, decodeLocalPosition, localPositionKey } from './format/v1.ts';
import type { StateStore } from './state-store.ts';

export interface LogReaderModules {
  readonly log: CommitLog;
  readonly store: StateStore;
  readonly feed: AppliedFeed;
}

/** @throws NodeError `compacted`, `closed`; ends when the signal is aborted */
export async function* followLog(
  from: Position,
  signal: AbortSignal,
  modules: LogReaderModules,
): AsyncGenerator<AppliedBatch> {
  const { feed } = modules;
  let next = Math.max(1, from);
  while (!signal.aborted) {
    const recent = feed.recent(next);
    if (recent !== undefined) {
      next++;
      yield recent;
      continue;
    }
    if (next <= feed.position) {
      for await (const batch of storedBatches(next, modules)) {
        next = batch.position + 1;
        yield batch;
        // What was applied lately is in memory.
        if (signal.aborted || feed.recent(next) !== undefined) break;
      }
      continue;
    }
    try {
      await feed.reached(next, signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
  }
}

/** Applied batches from the log, up to the last applied one. At least one. */
async function* storedBatches(from: Position, modules: LogReaderModules): AsyncGenerator<AppliedBatch> {
  const { log, store, feed } = modules;
  if (from < log.first) throw compacted(from);
  let next = from;
  for await (const { position, record } of log.read(from)) {
    if (position > feed.position) return;
    if (position !== next) throw compacted(next);
    const local = store.get(localPositionKey(position));
    if (local === undefined) throw compacted(position);
    const transactions = decodeBatchBody(decodeLogRecord(record).batch.body);
    yield appliedBatchOf(position, transactions, decodeLocalPosition(local));
    next = position + 1;
    if (next > feed.position) return;
  }
  if (next === from) throw compacted(from);
}

function compacted(position: Position): NodeError {
  return new NodeError('compacted', `the log no longer keeps position ${position}`);
}

/** Live atoms of a domain in slot order, as they are when the first is asked for. */
export async function* scanDomain(
  domain: Uint8Array,
  store: StateStore,
): AsyncGenerator<{ readonly slot: Slot; readonly atom: Atom }> {
  for await (const [key, value] of store.entries(keyRange(prefix.atom, domain))) {
    yield { slot: slotOfAtomKey(key), atom: decodeAtom(value) };
  }
}
