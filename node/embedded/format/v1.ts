/**
 * What the embedded node keeps for itself, format v1:
 *
 *   head              u8 marker ‖ u64 applied position ‖ head 33
 *   local position    u8 marker ‖ u16 n, n times (u16 index ‖ u8 code ‖ u16 index + 1) ‖ certificate
 *   number            u8 marker ‖ u64
 *
 * A local position lists only transactions that were not applied now: code 255 repeats an id, others are refusals. With
 * the log record it gives back the applied batch, as long as the log keeps it.
 */
import type { AppliedBatch, CommitCertificate, Position, TaggedHash, Transaction } from '../../api/index.ts';
import { Tag } from '../../api/index.ts';
import {
  type BatchEffects,
  ByteReader,
  ByteWriter,
  decodeCertificate,
  encodeCertificate,
  firstPreviousHash,
  malformed,
  outcomeOf,
  positionBytes,
  prefix,
  refusalCodes,
  type StateKey,
  sizes,
  stateKey,
} from '../../hypergraph/index.ts';

const marker = 0x01;
const codeRepeated = 0xff;
const exceptionBytes = 2 + 1 + 2;

const local = {
  position: Buffer.from('q'),
  follower: Buffer.from('f'),
  checkpoint: Buffer.from('c'),
  resetting: Buffer.from('r'),
  emptied: Buffer.from('e'),
} as const;

export const localParts = local;
export const checkpointKey: StateKey = stateKey(prefix.local, local.checkpoint);
export const resettingKey: StateKey = stateKey(prefix.local, local.resetting);

/** Position of the last reset: what came before left no records. */
export const emptiedKey: StateKey = stateKey(prefix.local, local.emptied);

export function localPositionKey(position: Position): StateKey {
  return stateKey(prefix.local, local.position, positionBytes(position));
}

export function followerKey(name: string): StateKey {
  return stateKey(prefix.local, local.follower, Buffer.from(name, 'utf8'));
}

/** Name of the follower whose key this is. */
export function followerName(key: Uint8Array): string {
  return Buffer.from(key.subarray(2)).toString('utf8');
}

/** Where a log stands: the last position applied, and the hash that the next one names. */
export interface LogHead {
  readonly position: Position;
  readonly hash: TaggedHash;
}

export const emptyHead: LogHead = { position: 0, hash: firstPreviousHash };

export function encodeHead(head: LogHead): Buffer {
  return new ByteWriter(1 + 8 + sizes.taggedHash).u8(marker).u64(head.position).bytes(head.hash).done();
}

/** @throws NodeError `malformed` */
export function decodeHead(value: Uint8Array): LogHead {
  const reader = new ByteReader(value);
  reader.marker(marker, 'head');
  const head = { position: reader.u64(), hash: reader.tagged(Tag.sha256, sizes.taggedHash, 'head') };
  reader.end('head');
  return head;
}

export function encodeNumber(value: number): Buffer {
  return new ByteWriter(1 + 8).u8(marker).u64(value).done();
}

/** @throws NodeError `malformed` */
export function decodeNumber(value: Uint8Array): number {
  const reader = new ByteReader(value);
  reader.marker(marker, 'number');
  const number = reader.u64();
  reader.end('number');
  return number;
}

export function encodeLocalPosition(effects: BatchEffects, certificate: CommitCertificate): Buffer {
  const exceptions: [index: number, code: number, field: number][] = [];
  effects.results.forEach(({ repeated, outcome }, index) => {
    if (repeated) exceptions.push([index, codeRepeated, 0]);
    else if (outcome.status === 'refused') {
      exceptions.push([index, refusalCodes[outcome.reason], outcome.index + 1]);
    }
  });
  const tail = encodeCertificate(certificate);
  const writer = new ByteWriter(1 + 2 + exceptions.length * exceptionBytes + tail.length);
  writer.u8(marker).u16(exceptions.length);
  for (const [index, code, field] of exceptions) writer.u16(index).u8(code).u16(field);
  return writer.bytes(tail).done();
}

export interface LocalPosition {
  readonly exceptions: ReadonlyMap<number, { readonly code: number; readonly field: number }>;
  readonly certificate: CommitCertificate;
}

/** @throws NodeError `malformed` */
export function decodeLocalPosition(value: Uint8Array): LocalPosition {
  const reader = new ByteReader(value);
  reader.marker(marker, 'local position');
  const count = reader.u16();
  if (count * exceptionBytes > reader.left) throw malformed('bytes end inside the exceptions');
  const exceptions = new Map<number, { code: number; field: number }>();
  for (let entry = 0; entry < count; entry++) {
    exceptions.set(reader.u16(), { code: reader.u8(), field: reader.u16() });
  }
  return { exceptions, certificate: decodeCertificate(reader.bytes(reader.left)) };
}

/** The applied batch that a log record's transactions and the local position stand for. */
export function appliedBatchOf(
  position: Position,
  transactions: readonly Transaction[],
  { exceptions }: LocalPosition,
): AppliedBatch {
  const applied = transactions.flatMap(({ id, operations }, index) => {
    const exception = exceptions.get(index);
    if (exception?.code === codeRepeated) return [];
    const outcome = outcomeOf(position, index, exception?.code ?? 0, exception?.field ?? 0);
    return [{ id, outcome, operations }];
  });
  return { position, transactions: applied };
}
