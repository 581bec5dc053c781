/**
 * Applies durable batches in order: state machine, then state (visible at once), then chunks, then whoever listens.
 * Synchronous from the first to the last, so that nobody sees a part. The same code applies live batches and replays.
 */
import type { AppliedBatch, ChunkRef, Position } from '../api/index.ts';
import {
  applyBatch,
  type BatchEffects,
  decodeBatchBody,
  headKey,
  type StateWrite,
} from '../hypergraph/index.ts';
import type { ChunkStore } from '../store/chunk-store-port.ts';
import type { AppliedFeed } from './applied-feed.ts';
import type { ChunkPins } from './chunk-pins.ts';
import { encodeHead, encodeLocalPosition, type LogHead, localPositionKey } from './format/v1.ts';
import type { DurableBatch } from './log-ordering.ts';
import type { StateStore } from './state-store.ts';

export interface ApplierModules {
  readonly store: StateStore;
  readonly chunks: ChunkStore;
  readonly pins: ChunkPins;
  readonly feed: AppliedFeed;
}

/** Who is told of writes before anyone hears of the batch. */
export type WritesListener = (writes: readonly StateWrite[]) => void;

export class Applier {
  readonly #modules: ApplierModules;
  #head: LogHead;
  #transactions = 0;
  #refused = 0;
  /** Told of each batch's writes; undefined while the log is replayed. */
  onWrites: WritesListener | undefined;

  /** @param head of what the state holds */
  constructor(modules: ApplierModules, head: LogHead) {
    this.#modules = modules;
    this.#head = head;
  }

  get head(): LogHead {
    return this.#head;
  }

  get counts(): { readonly transactions: number; readonly refused: number } {
    return { transactions: this.#transactions, refused: this.#refused };
  }

  apply(durable: DurableBatch): BatchEffects {
    const { store, chunks, pins, feed } = this.#modules;
    const { position, batch, certificate, head } = durable;
    if (position !== this.#head.position + 1) {
      throw new Error(`position ${position} cannot be applied after ${this.#head.position}`);
    }
    const transactions = decodeBatchBody(batch.body);
    const effects = applyBatch(store, position, { writer: batch.writer, transactions });
    const local = encodeLocalPosition(effects, certificate);
    const writes = effects.writes as StateWrite[];
    writes.push({ type: 'put', key: headKey.bytes, text: headKey.text, value: encodeHead(head) });
    const key = localPositionKey(position);
    writes.push({ type: 'put', key: key.bytes, text: key.text, value: local });
    store.write(writes);
    store.memory.forgetBelow(effects.forgetBelow);
    store.memory.remember(position, effects.record);
    this.#head = head;
    this.onWrites?.(writes);
    this.#count(effects);
    if (effects.named.length > 0) chunks.named(effects.named.map(copyOf));
    if (effects.dropped.length > 0) pins.dropped(effects.dropped.map(copyOf));
    feed.publish(appliedOf(position, transactions, effects), batch.body.length);
    return effects;
  }

  #count({ results }: BatchEffects): void {
    this.#transactions += results.length;
    for (const { outcome } of results) if (outcome.status === 'refused') this.#refused++;
  }
}

function appliedOf(
  position: Position,
  transactions: ReturnType<typeof decodeBatchBody>,
  { results }: BatchEffects,
): AppliedBatch {
  const applied = transactions.flatMap(({ id, operations }, index) => {
    const result = results[index] as BatchEffects['results'][number];
    return result.repeated ? [] : [{ id, outcome: result.outcome, operations }];
  });
  return { position, transactions: applied };
}

/** The hash would otherwise keep a whole batch in memory. */
function copyOf({ hash, length }: ChunkRef): ChunkRef {
  return { hash: Buffer.from(hash), length };
}
