/** AND, OR, XOR and NOT of byte strings, 32 bits at a time; a shorter string is as if filled with zeros. */
import type { RawString } from './types/raw-string.ts';
import { bytesOf, type StringValue } from './types/string-changes.ts';

export type BitOperation = 'AND' | 'OR' | 'XOR';

/** @param sources at least one; undefined is an empty string @returns as long as the longest */
export function combineBits(operation: BitOperation, sources: readonly (StringValue | undefined)[]): Buffer {
  const result = zeros(longest(sources));
  const first = sources[0];
  if (first !== undefined) bytesOf(first).copy(result);
  for (let i = 1; i < sources.length; i++) {
    const source = sources[i];
    const bytes = source === undefined ? undefined : alignedBytes(source);
    const length = bytes?.length ?? 0;
    if (bytes !== undefined) combineInto(operation, result, bytes);
    if (operation === 'AND') result.fill(0, length);
  }
  return result;
}

export function invertBits(source: StringValue | undefined): Buffer {
  const result = zeros(source?.length ?? 0);
  if (source === undefined) return result;
  bytesOf(source).copy(result);
  const words = new Int32Array(result.buffer, result.byteOffset, result.length >> 2);
  for (let i = 0; i < words.length; i++) words[i] = ~words[i]!;
  for (let i = words.length * 4; i < result.length; i++) result[i] = ~result[i]!;
  return result;
}

function combineInto(operation: BitOperation, result: Buffer, bytes: Buffer): void {
  const words = bytes.length >> 2;
  const to = new Int32Array(result.buffer, result.byteOffset, words);
  const from = new Int32Array(bytes.buffer, bytes.byteOffset, words);
  const tail = words * 4;
  if (operation === 'AND') {
    for (let i = 0; i < words; i++) to[i] = to[i]! & from[i]!;
    for (let i = tail; i < bytes.length; i++) result[i] = result[i]! & bytes[i]!;
  } else if (operation === 'OR') {
    for (let i = 0; i < words; i++) to[i] = to[i]! | from[i]!;
    for (let i = tail; i < bytes.length; i++) result[i] = result[i]! | bytes[i]!;
  } else {
    for (let i = 0; i < words; i++) to[i] = to[i]! ^ from[i]!;
    for (let i = tail; i < bytes.length; i++) result[i] = result[i]! ^ bytes[i]!;
  }
}

function longest(sources: readonly (StringValue | undefined)[]): number {
  let length = 0;
  for (const source of sources) length = Math.max(length, source?.length ?? 0);
  return length;
}

/** Memory of its own, so words are aligned. */
function zeros(length: number): Buffer {
  return Buffer.from(new ArrayBuffer(length));
}

/** The bytes where words can be read: in place, or a copy. */
function alignedBytes(source: StringValue): Buffer {
  if (typeof source !== 'string' && isAligned(source)) return source.view();
  const copy = zeros(source.length);
  if (typeof source === 'string') copy.latin1Write(source, 0, source.length);
  else source.buffer.copy(copy, 0, 0, source.length);
  return copy;
}

function isAligned(source: RawString): boolean {
  return (source.buffer.byteOffset & 3) === 0;
}
