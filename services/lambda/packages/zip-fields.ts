/** Extra fields of headers (APPNOTE 6.3.10, 4.5), among them the sizes of zip64 (4.5.3). */
import { ZipRefused } from './zip-refused.ts';

/** Stands where a number is in the zip64 field instead. */
export const elsewhere32 = 0xffff_ffff;
export const elsewhere16 = 0xffff;

const zip64Field = 0x0001;

/** What is behind a field that does not fit is padding of some aligning program, and is left. */
export function readExtra(extra: Buffer): ReadonlyMap<number, Buffer> {
  const fields = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= extra.length; ) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    if (end > extra.length) break;
    const id = extra.readUInt16LE(at);
    if (!fields.has(id)) fields.set(id, extra.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

/** A number of 64 bits; one that no file can have is a fault. */
export function readLong(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new ZipRefused('damaged', 'a size is beyond all files');
  return Number(value);
}

/** Numbers in the order of the zip64 field: those that say so stand there. */
export function widen(values: readonly number[], extra: ReadonlyMap<number, Buffer>): readonly number[] {
  const field = extra.get(zip64Field);
  let at = 0;
  return values.map((value) => {
    if (value !== elsewhere32) return value;
    if (field === undefined) return value;
    if (at + 8 > field.length) throw new ZipRefused('damaged', 'a zip64 field is too short');
    at += 8;
    return readLong(field, at - 8);
  });
}
