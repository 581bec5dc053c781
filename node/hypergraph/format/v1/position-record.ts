/**
 * What a position leaves behind for the time that ids are remembered:
 *
 *   u8 marker ‖ u16 n, n times (id 16 ‖ u16 index in the batch ‖ u8 refusal code ‖ u16 index + 1)
 *   ‖ u32 n, n removed atom ids of 64
 *
 * A transaction that repeats a remembered id leaves no entry. Code 0 is "applied", with index field 0.
 */
import type { Outcome, Position, TransactionId } from '../../../api/index.ts';
import { nodeLimits } from '../../../api/index.ts';
import { ByteReader, ByteWriter, malformed } from './bytes.ts';
import { marker, refusalCodes, refusalReasons, sizes } from './layout.ts';

const entryBytes = sizes.id + 2 + 1 + 2;
/** Indices of a batch's transactions in revisions. */
export const revisionStep = 4096;
/** Revisions of larger positions would not be safe integers. */
export const positionMax = 2 ** 41 - 1;

export interface RememberedOutcome {
  readonly id: TransactionId;
  /** Index of the transaction in its batch. */
  readonly index: number;
  readonly outcome: Outcome;
}

export interface PositionRecord {
  readonly outcomes: readonly RememberedOutcome[];
  /** Ids of atoms removed at this position, in order. */
  readonly removed: readonly Uint8Array[];
}

export function encodePositionRecord(record: PositionRecord): Buffer {
  const { outcomes, removed } = record;
  const size = 1 + 2 + outcomes.length * entryBytes + 4 + removed.length * sizes.atomId;
  const writer = new ByteWriter(size).u8(marker.positionRecord).u16(outcomes.length);
  for (const { id, index, outcome } of outcomes) {
    writer.bytes(id).u16(index);
    if (outcome.status === 'applied') writer.u8(0).u16(0);
    else writer.u8(refusalCodes[outcome.reason]).u16(outcome.index + 1);
  }
  writer.u32(removed.length);
  for (const id of removed) writer.bytes(id);
  return writer.done();
}

/** @throws NodeError `malformed` */
export function decodePositionRecord(position: Position, value: Uint8Array): PositionRecord {
  const reader = new ByteReader(value);
  reader.marker(marker.positionRecord, 'position record');
  const count = reader.count16(nodeLimits.batchTransactionsMax, 'outcomes');
  const outcomes: RememberedOutcome[] = [];
  let previous = -1;
  for (let entry = 0; entry < count; entry++) {
    const id = reader.bytes(sizes.id);
    const index = reader.u16();
    if (index <= previous || index >= revisionStep) throw malformed('indices of outcomes are not in order');
    previous = index;
    outcomes.push({ id, index, outcome: outcomeOf(position, index, reader.u8(), reader.u16()) });
  }
  const removedCount = reader.u32();
  if (removedCount * sizes.atomId !== reader.left) throw malformed('removed atoms do not fill the record');
  const removed: Buffer[] = [];
  for (let index = 0; index < removedCount; index++) removed.push(reader.bytes(sizes.atomId));
  return { outcomes, removed };
}

/** The outcome that a code and an index field (index + 1) stand for. @throws NodeError `malformed` */
export function outcomeOf(position: Position, batchIndex: number, code: number, indexField: number): Outcome {
  if (position > positionMax) throw malformed('a position is outside the log');
  if (code === 0) {
    if (indexField !== 0) throw malformed('an applied transaction has no failed index');
    return { status: 'applied', revision: position * revisionStep + batchIndex };
  }
  const reason = refusalReasons[code];
  if (reason === undefined) throw malformed('unknown refusal code');
  return { status: 'refused', reason, index: indexField - 1 };
}
