/** Byte strings compared as S3 orders keys: unsigned bytes of UTF-8. */
export type Bytes = Uint8Array;

export const noBytes: Bytes = new Uint8Array(0);

export function startsWith(bytes: Bytes, prefix: Bytes): boolean {
  const { length } = prefix;
  if (bytes.length < length) return false;
  for (let i = 0; i < length; i += 1) if (bytes[i] !== prefix[i]) return false;
  return true;
}

/** Smallest byte string above every string with this prefix; undefined when there is none (empty or all 0xff). */
export function prefixEnd(prefix: Bytes): Bytes | undefined {
  let end = prefix.length;
  while (end > 0 && prefix[end - 1] === 0xff) end -= 1;
  if (end === 0) return undefined;
  // Not `slice`: a Buffer's slice shares memory with the key.
  const bound = new Uint8Array(prefix.subarray(0, end));
  bound[end - 1] = bound[end - 1]! + 1;
  return bound;
}

/** Smallest byte string above this one. */
export function successor(bytes: Bytes): Bytes {
  const next = new Uint8Array(bytes.length + 1);
  next.set(bytes);
  return next;
}

export function compareBytes(a: Bytes, b: Bytes): number {
  return Buffer.compare(a, b);
}

export function equalBytes(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** Index of the needle at or after `from`, -1 when absent. */
export function indexOfBytes(bytes: Bytes, needle: Bytes, from: number): number {
  return viewOf(bytes).indexOf(needle, from);
}

/** The same memory as a Buffer. */
export function viewOf(bytes: Bytes): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function utf8(text: string): Buffer {
  return Buffer.from(text, 'utf8');
}

export function textOf(bytes: Bytes): string {
  return viewOf(bytes).toString('utf8');
}
