/**
 * How a HyperLogLog lies in its string, byte for byte as in Redis, so that GET, SET and DUMP carry it from one to the other:
 *   "HYLL" ‖ encoding u8 (0 dense, 1 sparse) ‖ 3 zeros ‖ cached count, 64 bits little endian ‖ registers
 * The highest bit of the cached count says that it is out of date. There are 16384 registers of 6 bits.
 */
import '@hypergate/kit/bytes';
import { RedisError } from '../errors.ts';
import { byteAt, type StringValue } from '../types/string-changes.ts';

export const hllFormat = {
  registers: 16_384,
  registerBits: 6,
  /** Bits of the hash that choose a register. */
  indexBits: 14,
  /** Largest value of a register: one more than the bits of the hash that are left. */
  rankMax: 51,
  headerBytes: 16,
  encodingAt: 4,
  countAt: 8,
  denseBytes: 16 + (16_384 * 6) / 8,
  dense: 0,
  sparse: 1,
} as const;

const magic = 'HYLL';
/** Bit of the last byte of the count. */
export const staleBit = 0x80;

export const notHyperLogLog = new RedisError('WRONGTYPE Key is not a valid HyperLogLog string value.');
export const corruptHyperLogLog = new RedisError('INVALIDOBJ Corrupted HLL object detected');

/** Sparse, all registers 0, count 0. */
export const emptyHyperLogLog = `${magic}\x01\0\0\0${'\0'.repeat(8)}\x7f\xff`;

/** Looks at the header only. @throws RedisError */
export function checkHyperLogLog(value: StringValue): void {
  const encoding = byteAt(value, hllFormat.encodingAt);
  const valid =
    value.length >= hllFormat.headerBytes &&
    value.slice(0, 4) === magic &&
    encoding <= hllFormat.sparse &&
    (encoding === hllFormat.sparse || value.length === hllFormat.denseBytes);
  if (!valid) throw notHyperLogLog;
}

export function isDense(value: StringValue): boolean {
  return byteAt(value, hllFormat.encodingAt) === hllFormat.dense;
}

/** The cached count; undefined when it is out of date. */
export function cachedCount(value: StringValue): bigint | undefined {
  if ((byteAt(value, hllFormat.countAt + 7) & staleBit) !== 0) return undefined;
  let count = 0n;
  for (let i = 7; i >= 0; i--) count = (count << 8n) | BigInt(byteAt(value, hllFormat.countAt + i));
  return count;
}
