/**
 * Big-endian numbers in byte arrays, without views or objects: keys and values are read far more often than they are understood.
 * Texts and their bytes. Nothing of Node's: types are read where proofs are checked, also in browsers.
 */

export function int32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

export function putInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

export function int64At(bytes: Uint8Array, at: number): bigint {
  return (BigInt(int32At(bytes, at)) << 32n) | BigInt(int32At(bytes, at + 4) >>> 0);
}

export function putInt64(bytes: Uint8Array, at: number, value: bigint): void {
  putInt32(bytes, at, Number(BigInt.asIntN(32, value >> 32n)));
  putInt32(bytes, at + 4, Number(BigInt.asIntN(32, value)));
}

const scratch = new DataView(new ArrayBuffer(8));

export function float32At(bytes: Uint8Array, at: number): number {
  scratch.setInt32(0, int32At(bytes, at));
  return scratch.getFloat32(0);
}

export function float64At(bytes: Uint8Array, at: number): number {
  scratch.setInt32(0, int32At(bytes, at));
  scratch.setInt32(4, int32At(bytes, at + 4));
  return scratch.getFloat64(0);
}

export function bytesOfInt8(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff);
}

export function bytesOfInt16(value: number): Uint8Array {
  return Uint8Array.of((value >> 8) & 0xff, value & 0xff);
}

export function bytesOfInt32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  putInt32(bytes, 0, value);
  return bytes;
}

export function bytesOfInt64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  putInt64(bytes, 0, value);
  return bytes;
}

export function bytesOfFloat32(value: number): Uint8Array {
  scratch.setFloat32(0, value);
  return bytesOfInt32(scratch.getInt32(0));
}

export function bytesOfFloat64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  scratch.setFloat64(0, value);
  putInt32(bytes, 0, scratch.getInt32(0));
  putInt32(bytes, 4, scratch.getInt32(4));
  return bytes;
}

export const noBytes = new Uint8Array(0);

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();
/** Below this a loop is quicker than the encoder. */
const shortText = 64;

export function textOfBytes(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

export function bytesOfText(text: string): Uint8Array {
  const { length } = text;
  if (length > shortText) return encoder.encode(text);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit > 0x7f) return encoder.encode(text);
    bytes[at] = unit;
  }
  return bytes;
}

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function hexOf(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 1) text += hexOfByte[bytes[at]!]!;
  return text;
}

/** Of an even number of hexadecimal digits and nothing else. */
export function bytesOfHex(digits: string): Uint8Array {
  const bytes = new Uint8Array(digits.length / 2);
  for (let at = 0; at < bytes.length; at += 1)
    bytes[at] = (digitAt(digits, 2 * at) << 4) | digitAt(digits, 2 * at + 1);
  return bytes;
}

function digitAt(digits: string, at: number): number {
  const code = digits.charCodeAt(at);
  // Letters of both cases have their value in the low bits, counted from one.
  return code < 0x40 ? code - 0x30 : (code & 7) + 9;
}

export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
