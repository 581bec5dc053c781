/** The little of DER that keys and signatures need (ITU-T X.690). */

/** @param tag of the element, its first byte */
export function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents);
  return new Uint8Array(Buffer.concat([Uint8Array.of(tag), lengthOf(content.length), content]));
}

function lengthOf(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  if (length < 0x100) return Uint8Array.of(0x81, length);
  return Uint8Array.of(0x82, length >>> 8, length & 255);
}

/** An INTEGER that is not negative. */
export function integer(value: Uint8Array): Uint8Array {
  let start = 0;
  while (start < value.length - 1 && value[start] === 0) start += 1;
  const shortest = value.subarray(start);
  const sign = (shortest[0] ?? 0) >= 0x80 ? [0] : [];
  return element(0x02, Uint8Array.from(sign), shortest);
}

/** @param digits after the first two, which are `1.x` in one byte; each below 128 or already encoded */
export const objectIdentifier = (...bytes: readonly number[]): Uint8Array =>
  element(0x06, Uint8Array.from(bytes));

export const sequence = (...members: readonly Uint8Array[]): Uint8Array => element(0x30, ...members);

export const bitString = (bytes: Uint8Array): Uint8Array => element(0x03, Uint8Array.of(0), bytes);

/** Reads one element at an offset. @returns undefined unless it is whole and in the shortest form */
export function readElement(
  bytes: Uint8Array,
  at: number,
): { readonly tag: number; readonly content: Uint8Array; readonly end: number } | undefined {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined) return undefined;
  const counted = first < 0x80 ? 0 : first & 0x7f;
  if (counted > 2 || (first >= 0x80 && counted === 0)) return undefined;
  let length = counted === 0 ? first : 0;
  for (let i = 0; i < counted; i += 1) length = length * 256 + (bytes[at + 2 + i] ?? Number.NaN);
  const start = at + 2 + counted;
  if (Number.isNaN(length) || start + length > bytes.length) return undefined;
  if ((counted === 1 && length < 0x80) || (counted === 2 && length < 0x100)) return undefined;
  return { tag, content: bytes.subarray(start, start + length), end: start + length };
}
