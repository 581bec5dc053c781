/**
 * What redis-server would take for a list packed into one block ("listpack"): the engine packs nothing, but OBJECT ENCODING
 * and MEMORY USAGE tell what a client of Redis expects. Sizes follow the listpack format as it is documented.
 */
import { parseInteger } from '../numbers.ts';

/** Head and end mark of an empty listpack. */
export const listpackBytesMin = 7;

/** A list whose length is bounded by a count is packed up to this size all the same. */
const countedBytesMax = 8192;

/** `list-max-listpack-size` -1 to -5 in bytes; lower ones count as -5. */
const fillBytes = [4096, 8192, 16_384, 32_768, 65_536] as const;

/** Bytes of one entry: head, payload and its own length, once more, at the end. */
export function listpackEntryBytes(text: string): number {
  const body = integerBytes(text) || stringHeadBytes(text.length) + text.length;
  if (body < 128) return body + 1;
  if (body < 16_384) return body + 2;
  if (body < 2_097_152) return body + 3;
  return body + (body < 268_435_456 ? 4 : 5);
}

function stringHeadBytes(length: number): number {
  if (length < 64) return 1;
  return length < 4096 ? 2 : 5;
}

/** 0 when the text is no integer of 64 bits. */
function integerBytes(text: string): number {
  if (text.length > 20 || text.length === 0) return 0;
  const first = text.charCodeAt(0);
  if (first > 57 || (first < 48 && first !== 45)) return 0;
  const value = parseInteger(text);
  if (value === undefined) return 0;
  if (typeof value === 'bigint') return 9;
  if (value >= 0 && value < 128) return 1;
  if (value >= -4096 && value < 4096) return 2;
  if (value >= -32_768 && value < 32_768) return 3;
  if (value >= -8_388_608 && value < 8_388_608) return 4;
  return value >= -2_147_483_648 && value < 2_147_483_648 ? 5 : 9;
}

/** Whether a list is too large to be one listpack. @param fill `list-max-listpack-size` */
export function exceedsFill(fill: number, bytes: number, count: number): boolean {
  if (fill < 0) return bytes > bytesOfFill(fill);
  return bytes > countedBytesMax || count > Math.max(fill, 1);
}

/** Whether a list that was too large has shrunk enough to be one listpack again: to half of what is allowed. */
export function fitsHalfFill(fill: number, bytes: number, count: number): boolean {
  if (fill < 0) return bytes <= bytesOfFill(fill) / 2;
  return count <= Math.floor(Math.max(fill, 1) / 2);
}

function bytesOfFill(fill: number): number {
  return fillBytes[Math.min(-fill, fillBytes.length) - 1]!;
}
