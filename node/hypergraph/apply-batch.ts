/**
 * The state machine: what a batch at a log position does. Deterministic and synchronous; the only inputs are the
 * state before, the position, the writer and the transactions.
 *
 * A transaction is looked at in this order: repeated id, form, validity window, fence, expectations in order,
 * operations in order. The first thing that does not hold refuses it whole. Later transactions see earlier ones.
 */
import type {
  ChunkRef,
  DomainUsage,
  Expectation,
  Outcome,
  Position,
  RefusalReason,
  Revision,
  TaggedKey,
  Transaction,
} from '../api/index.ts';
import { nodeLimits } from '../api/index.ts';
import { applyOperation, type OperationContext } from './apply-operation.ts';
import { keyText, storedLease } from './decoded.ts';
import {
  asBuffer,
  atomRevision,
  decodePositionRecord,
  encodePositionRecord,
  type PositionRecord,
  positionMax,
  type RememberedOutcome,
  revisionStep,
  sizes,
} from './format/v1.ts';
import {
  atomKey,
  isConfigSlot,
  isReservedSlot,
  leaseKey,
  leaseKeyOfSlot,
  positionKey,
  removalKey,
} from './keys.ts';
import type { FoundOutcome } from './outcome-memory.ts';
import { type StateReader, type StateWrite, WorkingState } from './working-state.ts';

export interface OrderedBatch {
  readonly writer: TaggedKey;
  readonly transactions: readonly Transaction[];
}

export interface TransactionResult extends FoundOutcome {
  /** The id was ordered before; this is its first outcome, and nothing was done now. */
  readonly repeated: boolean;
}

export interface BatchEffects {
  readonly position: Position;
  /** One for each transaction of the batch, in order. */
  readonly results: readonly TransactionResult[];
  /** For the outcome memory; also among the writes. */
  readonly record: PositionRecord;
  /** Positions below are forgotten. */
  readonly forgetBelow: Position;
  readonly writes: readonly StateWrite[];
  readonly named: readonly ChunkRef[];
  readonly dropped: readonly ChunkRef[];
  readonly usage: readonly { readonly domain: Uint8Array; readonly usage: DomainUsage }[];
}

export function applyBatch(reader: StateReader, position: Position, batch: OrderedBatch): BatchEffects {
  if (!Number.isInteger(position) || position < 1 || position > positionMax) {
    throw new RangeError(`position ${position} is outside the log`);
  }
  const { transactions } = batch;
  if (transactions.length > nodeLimits.batchTransactionsMax) throw new RangeError('batch is too large');
  const state = new WorkingState(reader);
  const forgetBelow = firstRemembered(position);
  prune(state, reader, forgetBelow - 1);
  state.keep();
  const writer = keyText(batch.writer);
  const first = new Map<string, FoundOutcome>();
  const results: TransactionResult[] = [];
  const outcomes: RememberedOutcome[] = [];
  for (let index = 0; index < transactions.length; index++) {
    const transaction = transactions[index] as Transaction;
    const { id } = transaction;
    const idText = asBuffer(id).toString('latin1');
    const known = first.get(idText) ?? remembered(reader, id, forgetBelow);
    if (known !== undefined) {
      results.push({ ...known, repeated: true });
      continue;
    }
    const context: OperationContext = { state, writer, revision: position * revisionStep + index };
    const outcome = applyTransaction(transaction, position, context);
    if (outcome.status === 'applied') state.keep();
    else state.undo();
    first.set(idText, { position, outcome });
    results.push({ position, outcome, repeated: false });
    outcomes.push({ id, index, outcome });
  }
  const record: PositionRecord = { outcomes, removed: state.removed };
  state.put(positionKey(position), encodePositionRecord(record));
  const writes = state.writes();
  const { named, dropped } = state.chunkChanges();
  return { position, results, record, forgetBelow, writes, named, dropped, usage: state.usageChanges() };
}

/** Ids that were ordered at this position or later still count when a batch is applied at `position`. */
export function firstRemembered(position: Position): Position {
  return position - nodeLimits.transactionWindowMax;
}

function remembered(reader: StateReader, id: Uint8Array, from: Position): FoundOutcome | undefined {
  const found = reader.outcome(id);
  return found === undefined || found.position < from ? undefined : found;
}

function applyTransaction(transaction: Transaction, position: Position, context: OperationContext): Outcome {
  const refusal = refusedAsWhole(transaction, position, context);
  if (refusal !== undefined) return { status: 'refused', reason: refusal, index: -1 };
  const { expects, operations } = transaction;
  for (let index = 0; index < expects.length; index++) {
    const expectation = expects[index] as (typeof expects)[number];
    const revision = revisionOf(expectation, context.state);
    if (revision !== expectation.revision) return { status: 'refused', reason: 'expectation-failed', index };
  }
  for (let index = 0; index < operations.length; index++) {
    const reason = applyOperation(operations[index] as (typeof operations)[number], context);
    if (reason !== undefined) return { status: 'refused', reason, index };
  }
  return { status: 'applied', revision: context.revision };
}

function refusedAsWhole(
  transaction: Transaction,
  position: Position,
  context: OperationContext,
): RefusalReason | undefined {
  const { validFrom, validUntil, fence } = transaction;
  if (!windowIsWellFormed(transaction)) return 'malformed';
  if (position < validFrom || position > validUntil) return 'outside-window';
  if (fence === undefined) return undefined;
  if (context.state.domain(fence.domain).stored?.state !== 'open') return 'domain-unknown';
  const value = context.state.get(leaseKey(fence.domain, fence.resource));
  const lease = value === undefined ? undefined : storedLease(value);
  const holds = lease?.term === fence.term && lease.resource === fence.resource;
  return holds ? undefined : 'stale-term';
}

/** When what stands in a slot was last written; 0 when nothing does. */
function revisionOf({ domain, slot }: Expectation, state: WorkingState): Revision {
  if (isConfigSlot(slot)) return state.domain(domain).stored?.revision ?? 0;
  if (isReservedSlot(slot)) {
    const lease = state.get(leaseKeyOfSlot(domain, slot));
    return lease === undefined ? 0 : storedLease(lease).revision;
  }
  const atom = state.get(atomKey(domain, slot));
  return atom === undefined ? 0 : atomRevision(atom);
}

export function windowIsWellFormed({ validFrom, validUntil }: Transaction): boolean {
  return validFrom <= validUntil && validUntil - validFrom <= nodeLimits.transactionWindowMax;
}

/**
 * Forgets a position: its record, and the pairs (add, remove) of the atoms that were removed at it. Every transaction
 * that could have added those atoms is outside its window by now.
 */
function prune(state: WorkingState, reader: StateReader, position: Position): void {
  if (position < 1) return;
  const key = positionKey(position);
  if (reader.hasRemovals(position)) {
    const value = state.get(key);
    if (value === undefined) throw new Error(`the record of position ${position} is missing`);
    for (const id of decodePositionRecord(position, value).removed) pruneRemoval(state, id);
  }
  state.delete(key);
}

function pruneRemoval(state: WorkingState, id: Uint8Array): void {
  const address = id.subarray(0, sizes.domain);
  const slot = id.subarray(sizes.domain, sizes.domain + sizes.slot);
  state.delete(removalKey(address, slot, id.subarray(sizes.domain + sizes.slot)));
  const domain = state.domain(address);
  if (domain.stored?.state !== 'open') return;
  state.setUsage(domain, { ...domain.usage, removals: domain.usage.removals - 1 });
}
