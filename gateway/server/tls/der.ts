/** The few forms of DER (ITU-T X.690) that a certificate needs. Each function returns one encoded element. */

export type Der = Buffer<ArrayBuffer>;

export function element(tag: number, ...contents: readonly Uint8Array[]): Der {
  const body = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

export const sequence = (...items: readonly Uint8Array[]) => element(0x30, ...items);
export const set = (...items: readonly Uint8Array[]) => element(0x31, ...items);
export const octetString = (bytes: Uint8Array) => element(0x04, bytes);
export const boolean = (value: boolean) => element(0x01, Buffer.from([value ? 0xff : 0]));
export const utf8String = (text: string) => element(0x0c, Buffer.from(text));
/** Context-specific constructed tag `[n]`. */
export const tagged = (number: number, ...items: readonly Uint8Array[]) => element(0xa0 | number, ...items);
/** Context-specific primitive tag `[n]`. */
export const taggedBytes = (number: number, bytes: Uint8Array) => element(0x80 | number, bytes);

/** Unsigned big-endian bytes as an integer: no needless zeros, one where the first bit would make it negative. */
export function unsignedInteger(bytes: Uint8Array): Der {
  const first = bytes.findIndex((byte) => byte !== 0);
  const minimal = first < 0 ? Buffer.from([0]) : bytes.subarray(first);
  return element(0x02, (minimal[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), minimal]) : minimal);
}

/** `unused`: how many of the last byte's low bits do not count. */
export function bitString(bytes: Uint8Array, unused = 0): Der {
  return element(0x03, Buffer.from([unused]), bytes);
}

/** @param dotted `1.2.840.10045.4.3.2` */
export function objectId(dotted: string): Der {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes: number[] = [];
  for (const part of [first * 40 + second, ...rest]) {
    const groups = [part % 128];
    for (let more = Math.floor(part / 128); more > 0; more = Math.floor(more / 128))
      groups.unshift(0x80 | (more % 128));
    bytes.push(...groups);
  }
  return element(0x06, Buffer.from(bytes));
}

/** UTCTime up to 2049, GeneralizedTime after it, as RFC 5280 section 4.1.2.5 asks. Milliseconds since 1970. */
export function time(ms: number): Der {
  const digits = new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14);
  return Number(digits.slice(0, 4)) < 2050
    ? element(0x17, Buffer.from(`${digits.slice(2)}Z`))
    : element(0x18, Buffer.from(`${digits}Z`));
}
