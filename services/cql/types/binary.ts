/** Big-endian numbers in byte arrays, without views or objects: keys and values are read far more often than they are understood. */

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

/** The same memory as a Node buffer, which has the quick methods. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function textOfBytes(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('utf8');
}

export function bytesOfText(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

export function hexOf(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('hex');
}
