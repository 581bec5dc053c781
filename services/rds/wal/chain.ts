/**
 * Links of batches (version 1). A batch's link is over where it stands, what it holds and the link of the batch before it,
 * so that one link stands for all of the log up to there:
 *   link = SHA-256("hypergate/rds/wal/v1" ‖ timeline u32 ‖ start u64 ‖ end u64 ‖ link before (32) ‖ SHA-256(bytes))
 */
import { hash } from 'node:crypto';
import { type Lsn, type Timeline, writeLsn } from '../model/lsn.ts';
import { linkBytes } from '../model/wal-tables.ts';

const tag = Buffer.from('hypergate/rds/wal/v1');
const placeAt = tag.length;
const prevAt = placeAt + 4 + 8 + 8;
const contentAt = prevAt + linkBytes;
const hashed = Buffer.alloc(contentAt + 32);
tag.copy(hashed);

/** Before the first batch of an instance. */
export const noLink = Buffer.alloc(linkBytes);

export function linkOf(timeline: Timeline, start: Lsn, prev: Buffer, bytes: Buffer): Buffer {
  hashed.writeUInt32BE(timeline, placeAt);
  writeLsn(hashed, start, placeAt + 4);
  writeLsn(hashed, start + bytes.length, placeAt + 12);
  hashed.set(prev, prevAt);
  hashed.set(hash('sha256', bytes, 'buffer'), contentAt);
  return hash('sha256', hashed, 'buffer');
}
