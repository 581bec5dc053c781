/**
 * What opening a node finds, and how it gets to where it stopped:
 *
 *   1. the state says which position it holds (H) and where it was last synced (C);
 *   2. every position in (C, H] must have left its record: a store that lost an earlier batch and kept a later one would
 *      otherwise be taken for whole;
 *   3. the outcomes of the window's positions are loaded;
 *   4. log records H + 1 … are checked against the chain of hashes and applied, as when they were live. The signature of
 *      the last certificate vouches for all of them.
 */
import { NodeError, nodeLimits, type Position } from '../api/index.ts';
import { Ed25519Verifier } from '../crypto/ed25519.ts';
import {
  asBuffer,
  batchHash,
  certificateMessage,
  decodeLogRecord,
  decodePositionRecord,
  headKey,
  logHead,
  type OutcomeMemory,
  positionKey,
  readU64,
  sha256,
} from '../hypergraph/index.ts';
import type { CommitLog } from '../store/commit-log-port.ts';
import type { KeyValueStore } from '../store/kv.ts';
import {
  checkpointKey,
  decodeHead,
  decodeNumber,
  emptyHead,
  type LogHead,
  localPositionKey,
} from './format/v1.ts';
import type { DurableBatch } from './log-ordering.ts';
import type { RecoveryProgress } from './modules.ts';
import { emptiedPosition } from './reset.ts';

export interface FoundState {
  readonly head: LogHead;
  readonly checkpoint: Position;
}

/** Steps 1 and 2. @throws NodeError `corrupt` */
export async function readState(kv: KeyValueStore): Promise<FoundState> {
  const headValue = await kv.get(headKey.bytes);
  const checkpointValue = await kv.get(checkpointKey.bytes);
  const head = headValue === undefined ? emptyHead : decodeHead(headValue);
  const checkpoint = checkpointValue === undefined ? 0 : decodeNumber(checkpointValue);
  if (checkpoint > head.position)
    throw corrupt(`synced at position ${checkpoint}, but holds ${head.position}`);
  let expected = checkpoint + 1;
  const range = { gte: localPositionKey(expected).bytes, lte: localPositionKey(head.position).bytes };
  if (expected <= head.position) {
    for await (const [key] of kv.entries(range)) {
      if (positionOf(key) !== expected) break;
      expected++;
    }
    if (expected !== head.position + 1)
      throw corrupt(`has lost position ${expected} and kept ${head.position}`);
  }
  return { head, checkpoint };
}

function corrupt(what: string): NodeError {
  return new NodeError('corrupt', `the state ${what}; restore it from a copy`);
}

function positionOf(key: Uint8Array): Position {
  return readU64(asBuffer(key), key.length - 8);
}

/** Step 3. */
export async function loadOutcomes(kv: KeyValueStore, head: LogHead, memory: OutcomeMemory): Promise<void> {
  const emptiedAt = await emptiedPosition(kv);
  const first = Math.max(emptiedAt + 1, head.position + 1 - nodeLimits.transactionWindowMax);
  if (first > head.position) return;
  const range = { gte: positionKey(first).bytes, lte: positionKey(head.position).bytes };
  let expected = first;
  for await (const [key, value] of kv.entries(range)) {
    const position = positionOf(key);
    if (position !== expected) break;
    memory.remember(position, decodePositionRecord(position, value));
    expected++;
  }
  if (expected !== head.position + 1) throw corrupt(`has lost the record of position ${expected}`);
}

export interface ReplayModules {
  readonly log: CommitLog;
  apply(batch: DurableBatch): void;
  /** Resolves when the state can take more. */
  room(): Promise<void> | undefined;
  progress(progress: RecoveryProgress): void;
}

/** Step 4. Returns the head reached. @throws NodeError `corrupt` when the log does not continue the state */
export async function replay(
  from: LogHead,
  modules: ReplayModules,
  progressPositions: number,
): Promise<LogHead> {
  const { log, apply, room, progress } = modules;
  const { last } = log;
  if (last < from.position) {
    throw new NodeError('corrupt', `the log ends at ${last}, before the state's position ${from.position}`);
  }
  if (log.first > from.position + 1) {
    throw new NodeError('corrupt', `the log begins at ${log.first}, the state ends at ${from.position}`);
  }
  let head = from;
  let final: DurableBatch | undefined;
  if (last > from.position) {
    for await (const { position, record } of log.read(from.position + 1)) {
      final = chained(head, position, record);
      head = final.head;
      apply(final);
      const waiting = room();
      if (waiting !== undefined) await waiting;
      if (position % progressPositions === 0) progress({ position, last });
      if (position === last) break;
    }
  }
  if (head.position !== last)
    throw new NodeError('corrupt', `the log has lost position ${head.position + 1}`);
  if (final !== undefined) verifyCertificate(final);
  return head;
}

/** The record as the next link of the chain. */
function chained(head: LogHead, position: Position, bytes: Buffer): DurableBatch {
  const { certificate, batch } = decodeLogRecord(bytes);
  const statement = certificateMessage(certificate);
  const isNext =
    position === head.position + 1 &&
    certificate.position === position &&
    Buffer.compare(certificate.previousHash, head.hash) === 0 &&
    Buffer.compare(certificate.batchHash, batchHash(certificate.log, batch, sha256(batch.body))) === 0;
  if (!isNext) throw new NodeError('corrupt', `log record ${position} does not continue the chain of hashes`);
  return {
    position,
    batch,
    certificate,
    head: { position, hash: logHead(statement) },
    recordBytes: bytes.length,
  };
}

function verifyCertificate({ certificate, position }: DurableBatch): void {
  const verifier = new Ed25519Verifier();
  const message = certificateMessage(certificate);
  const valid =
    certificate.signers.length > 0 &&
    certificate.signers.every(({ key, signature }) => verifier.verify(key, message, signature));
  if (!valid) throw new NodeError('corrupt', `the certificate of position ${position} is not signed`);
}
