/** The prover over the node's state and log. */
import { NodeError, type Position } from '../api/index.ts';
import { decodeBatchBody, decodeLogRecord } from '../hypergraph/index.ts';
import type { LoggedTransactions, ProvenState } from '../proving/proven-state.ts';
import { Prover } from '../proving/prover.ts';
import type { CommitLog } from '../store/commit-log-port.ts';
import type { Applier } from './applier.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { EmbeddedNodeModules } from './modules.ts';
import type { StateStore } from './state-store.ts';

/** Under this name the log keeps what no frame shows yet. */
const follower = 'prover';

export interface OpenProverParts {
  readonly modules: EmbeddedNodeModules;
  readonly applier: Applier;
  readonly checkpointer: Checkpointer;
  readonly store: StateStore;
  readonly log: CommitLog;
  readonly emptied: { readonly at: Position };
}

export function openProver(parts: OpenProverParts): Prover | undefined {
  const { modules, applier, checkpointer, store, log, emptied } = parts;
  const { proving, clock, logger } = modules;
  if (proving === 'paused') return undefined;
  if (proving === undefined) {
    checkpointer.retainFrom(follower, Number.MAX_SAFE_INTEGER);
    return undefined;
  }
  const state: ProvenState = {
    get: (key) => store.get(key),
    entries: (range) => store.entries(range),
    head: () => applier.head,
    emptiedAt: () => emptied.at,
    logFirst: () => log.first,
    transactions: (from) => loggedTransactions(log, from),
    retainFrom: (position) => checkpointer.retainFrom(follower, position),
  };
  const { intervalMs, nowMs, open } = proving;
  return new Prover({ intervalMs }, { engine: open(), state, clock, nowMs, logger });
}

async function* loggedTransactions(log: CommitLog, from: Position): AsyncGenerator<LoggedTransactions> {
  if (from < log.first) throw new NodeError('compacted', `the log no longer keeps position ${from}`);
  for await (const { position, record } of log.read(from)) {
    const { batch, certificate } = decodeLogRecord(record);
    const { previousHash } = certificate;
    yield { position, previousHash, transactions: decodeBatchBody(batch.body) };
  }
}
