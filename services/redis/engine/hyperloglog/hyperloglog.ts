/**
 * A HyperLogLog in a string that is changed in place. Every change goes through `edit`, which also records it; nothing is
 * kept here but the string, so there may be several of these for one key, one after the other.
 */
import { RawString } from '../types/raw-string.ts';
import { denseBytesWith, denseMaxInto, denseOffset, densePack, denseRegister } from './hll-dense.ts';
import { estimate } from './hll-estimate.ts';
import {
  cachedCount,
  corruptHyperLogLog,
  emptyHyperLogLog,
  hllFormat,
  isDense,
  staleBit,
} from './hll-format.ts';
import { hllPlace } from './hll-hash.ts';
import { eachRun, raiseSparse, sparseRankMax } from './hll-sparse.ts';

const { headerBytes, countAt, registers } = hllFormat;
const staleAt = countAt + 7;
/** More registers than this are recorded as all of them: each takes 5 bytes, all together 12 KiB. */
const singleEditsMax = 2048;

/** Puts bytes in the place of `removed` others. */
export type HllEdit = (offset: number, removed: number, bytes: string) => void;

/** Raises `ranks` to the registers of a string. @throws RedisError when it is corrupt */
export function maxInto(ranks: Uint8Array, bytes: Buffer): void {
  if (bytes[hllFormat.encodingAt] === hllFormat.dense) {
    denseMaxInto(ranks, bytes);
    return;
  }
  const whole = eachRun(bytes, (rank, start, length) => {
    if (rank === 0) return;
    for (let i = start; i < start + length; i++) if (rank > ranks[i]!) ranks[i] = rank;
  });
  if (!whole) throw corruptHyperLogLog;
}

export function countOf(ranks: Uint8Array): number {
  const histogram = new Uint32Array(64);
  for (let i = 0; i < ranks.length; i++) histogram[ranks[i]!]!++;
  return estimate(histogram);
}

export class HyperLogLog {
  readonly raw: RawString;
  private readonly edit: HllEdit;
  /** `hll-sparse-max-bytes` */
  private readonly sparseBytesMax: number;

  constructor(raw: RawString, sparseBytesMax: number, edit: HllEdit) {
    this.raw = raw;
    this.sparseBytesMax = sparseBytesMax;
    this.edit = edit;
  }

  /** One that belongs to no key. */
  static scratch(sparseBytesMax: number): HyperLogLog {
    const raw = new RawString(emptyHyperLogLog);
    return new HyperLogLog(raw, sparseBytesMax, (offset, removed, bytes) =>
      raw.splice(offset, removed, bytes),
    );
  }

  get dense(): boolean {
    return isDense(this.raw);
  }

  /** @throws RedisError when runs do not cover the registers: before anything is changed */
  check(): void {
    if (!this.dense && !eachRun(this.raw.view(), () => {})) throw corruptHyperLogLog;
  }

  /** @returns whether a register was raised */
  add(element: string): boolean {
    const place = hllPlace(element);
    return this.raise(place >> 6, place & 63);
  }

  raise(register: number, rank: number): boolean {
    if (this.dense) return this.raiseDense(register, rank);
    const bytes = this.raw.view();
    if (rank <= sparseRankMax) {
      const edit = raiseSparse(bytes, register, rank);
      if (edit === undefined) return false;
      if (edit.growth <= 0 || this.raw.length + edit.growth <= this.sparseBytesMax) {
        this.edit(edit.offset, edit.removed, edit.bytes);
        return true;
      }
    }
    this.toDense();
    return this.raiseDense(register, rank);
  }

  /** Raises the registers to those of others, all at once. */
  raiseAll(ranks: Uint8Array): void {
    if (this.dense) {
      const all = this.ranks();
      let raised = 0;
      for (let i = 0; i < registers; i++) {
        if (ranks[i]! <= all[i]!) continue;
        all[i] = ranks[i]!;
        raised++;
      }
      if (raised > singleEditsMax) {
        this.edit(headerBytes, this.raw.length - headerBytes, densePack(all).latin1Slice());
        return;
      }
    }
    for (let i = 0; i < registers; i++) if (ranks[i]! > 0) this.raise(i, ranks[i]!);
  }

  /** @throws RedisError when it is corrupt */
  ranks(): Uint8Array {
    const ranks = new Uint8Array(registers);
    maxInto(ranks, this.raw.view());
    return ranks;
  }

  /** @returns whether it was sparse. @throws RedisError when it is corrupt */
  toDense(): boolean {
    if (this.dense) return false;
    const header = this.raw.slice(0, headerBytes);
    const registersPacked = densePack(this.ranks()).latin1Slice();
    const encoded = header.slice(0, hllFormat.encodingAt) + String.fromCharCode(hllFormat.dense);
    this.edit(0, this.raw.length, encoded + header.slice(hllFormat.encodingAt + 1) + registersPacked);
    return true;
  }

  /** The count in the header is no longer that of the registers. */
  invalidate(): void {
    const last = this.raw.buffer[staleAt]!;
    if ((last & staleBit) === 0) this.edit(staleAt, 1, String.fromCharCode(last | staleBit));
  }

  /** Computed anew if need be, and kept in the header. @throws RedisError when it is corrupt */
  count(): number | bigint {
    const cached = cachedCount(this.raw);
    if (cached !== undefined) return cached;
    const count = countOf(this.ranks());
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(count));
    this.edit(countAt, 8, bytes.latin1Slice());
    return count;
  }

  private raiseDense(register: number, rank: number): boolean {
    const bytes = this.raw.view();
    if (denseRegister(bytes, register) >= rank) return false;
    const changed = denseBytesWith(bytes, register, rank);
    this.edit(denseOffset(register), changed.length, changed);
    return true;
  }
}
