/**
 * How the prover's trees come to show the state again after a start. While that goes on, writes are applied and told as
 * always: what is told here is either read at the moment of telling, or comes below what was told before.
 */
import type { Position } from '../api/index.ts';
import {
  asBuffer,
  keyRange,
  type PhaseSet,
  phaseSet,
  prefix,
  removalKey,
  type StateKey,
  sizes,
} from '../hypergraph/index.ts';
import type { KvRange } from '../store/kv.ts';
import { BulkWriter } from './changes/bulk.ts';
import type { ChangeFeed } from './changes/change-feed.ts';
import { sameBytes } from './format/bytes.ts';
import { phaseCodes } from './format/v1/shard.ts';
import { provingLimits } from './limits.ts';
import type { FrameInfo, FromProver, ProverEngine } from './messages.ts';
import type { ProvenState } from './proven-state.ts';
import { touchedKeys } from './touched-keys.ts';

/** What the engine says while trees are brought up to date, one after another. */
export class Answers {
  #waiting: FromProver[] = [];
  #next: PromiseWithResolvers<FromProver> | undefined;
  #failure: Error | undefined;

  push(message: FromProver): void {
    const next = this.#next;
    this.#next = undefined;
    if (next === undefined) this.#waiting.push(message);
    else next.resolve(message);
  }

  end(error: Error): void {
    this.#failure = error;
    this.#next?.reject(error);
  }

  /** @throws when the engine ended or is closed, or others are asked now */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** The next one of the type; others are passed over. @throws when the engine ends or is closed */
  async next<Type extends FromProver['type']>(type: Type): Promise<FromProver & { readonly type: Type }> {
    for (;;) {
      const message = this.#waiting.shift() ?? (await this.#arrival());
      if (message.type === type) return message as FromProver & { readonly type: Type };
    }
  }

  #arrival(): Promise<FromProver> {
    this.check();
    this.#next ??= Promise.withResolvers<FromProver>();
    return this.#next.promise;
  }
}

export interface RecoverModules {
  readonly engine: ProverEngine;
  readonly state: ProvenState;
  readonly feed: ChangeFeed;
  readonly answers: Answers;
}

/**
 * Whether the log still leads from a frame to what is applied now, so that the frame's trees can be brought up to date. An
 * older copy of the node, as a backup brings it, may have gone on from there in another way: then the hashes differ.
 */
export async function isPast(
  { position, logHead }: Pick<FrameInfo, 'position' | 'logHead'>,
  state: ProvenState,
): Promise<boolean> {
  const head = state.head();
  if (position <= state.emptiedAt() || position > head.position) return false;
  if (position === head.position) return sameBytes(head.hash, logHead);
  if (position + 1 < state.logFirst()) return false;
  for await (const { previousHash } of state.transactions(position + 1)) {
    return sameBytes(previousHash, logHead);
  }
  return false;
}

/**
 * Keys that the log touched from a position on are told as they are now.
 * @param from position after that of the frame whose trees are stored
 */
export async function catchUp(
  from: Position,
  { engine, state, feed, answers }: RecoverModules,
): Promise<void> {
  const told = new Set<string>();
  const tell = (key: StateKey): void => {
    answers.check();
    if (told.has(key.text)) return;
    if (told.size >= provingLimits.rememberedKeysMax) told.clear();
    told.add(key.text);
    feed.put(key.bytes, state.get(key));
  };
  // What the last frame shows as removed may be forgotten by now: no batch of the log names it then.
  engine.post({ type: 'removals' });
  for (;;) {
    const ids = asBuffer((await answers.next('removals')).ids);
    if (ids.length === 0) break;
    for (let at = 0; at < ids.length; at += sizes.atomId) {
      const id = ids.subarray(at, at + sizes.atomId);
      const slot = id.subarray(sizes.domain, sizes.domain + sizes.slot);
      tell(removalKey(id.subarray(0, sizes.domain), slot, id.subarray(sizes.domain + sizes.slot)));
    }
  }
  const head = state.head().position;
  if (from > head) return;
  for await (const { position, transactions } of state.transactions(from)) {
    for (const { operations } of transactions) {
      for (const operation of operations) for (const key of touchedKeys(operation)) tell(key);
    }
    while (feed.outstandingBytes > provingLimits.outstandingBytesMax) await answers.next('slab');
    // Later ones are told as they are applied.
    if (position >= head) return;
  }
}

/**
 * Builds every tree from the state. Each shows its own moment, none before this call: what changed since is told as it
 * changes, and comes on top before the first frame.
 */
export async function buildTrees({ engine, state, answers }: RecoverModules): Promise<void> {
  const send = async (bulk: BulkWriter): Promise<void> => {
    // The state may have been emptied while it was read.
    answers.check();
    engine.post({ type: 'bulk', ...bulk.take() });
    await answers.next('bulk');
  };
  const domains: Uint8Array[] = [];
  for await (const [key] of state.entries(keyRange(prefix.domain)))
    domains.push(Uint8Array.from(key.subarray(1)));
  const entries = (range: KvRange) => state.entries(range);
  for (const domain of domains) {
    for (const set of Object.keys(phaseCodes) as PhaseSet[]) {
      const bulk = new BulkWriter(domain, phaseCodes[set]);
      for await (const entry of phaseSet(entries, domain, set)) if (bulk.add(entry)) await send(bulk);
      if (!bulk.isEmpty) await send(bulk);
    }
  }
  answers.check();
  engine.post({ type: 'built' });
  await answers.next('bulk');
}
