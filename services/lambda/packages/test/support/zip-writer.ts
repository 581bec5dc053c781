/** Zip files as programs write them, and as nobody should: every field can be said otherwise. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipPart {
  readonly name: string | Uint8Array;
  readonly data?: string | Uint8Array;
  /** With its type; none: packed on DOS. */
  readonly mode?: number;
  readonly isStored?: boolean;
  /** How the sizes follow the data instead of being in the local header. */
  readonly descriptor?: 'signed' | 'bare' | 'signed-wide' | 'bare-wide';
  readonly isWide?: boolean;
  /** What is said instead, in both headers or in one. */
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  readonly size?: number;
  readonly compressedSize?: number;
  readonly packed?: Uint8Array;
  readonly extra?: Uint8Array;
  readonly local?: Partial<Pick<ZipPart, 'name' | 'flags' | 'method' | 'crc' | 'size' | 'compressedSize'>>;
  readonly offset?: number;
}

export interface ZipEnd {
  readonly comment?: Uint8Array;
  readonly entries?: number;
  readonly isWide?: boolean;
  readonly wideEntries?: number;
  readonly directoryOffset?: number;
  readonly disk?: number;
}

const utf8 = 1 << 11;
const described = 1 << 3;
const max32 = 0xffff_ffff;

export const u16 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt16LE(value, 2 * index);
  return bytes;
};

export const u32 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, 4 * index);
  return bytes;
};

export const u64 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), 8 * index);
  return bytes;
};

export function writeZip(parts: readonly ZipPart[], end: ZipEnd = {}): Buffer {
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  const push = (...bytes: Buffer[]) => {
    for (const piece of bytes) at += piece.length;
    pieces.push(...bytes);
  };
  for (const part of parts) {
    const data = Buffer.from((part.data ?? '') as string);
    const packed = Buffer.from(part.packed ?? (part.isStored ? data : deflateRawSync(data)));
    const name = Buffer.from(part.name as string);
    const flags = part.flags ?? utf8 | (part.descriptor ? described : 0);
    const method = part.method ?? (part.isStored ? 0 : 8);
    const crc = part.crc ?? crc32(data);
    const size = part.size ?? data.length;
    const compressedSize = part.compressedSize ?? packed.length;
    const { local = {} } = part;
    const localName = Buffer.from((local.name ?? name) as string);
    const offset = part.offset ?? at;
    const isLater = part.descriptor !== undefined;
    const localSizes = isLater
      ? [0, 0, 0]
      : [local.crc ?? crc, local.compressedSize ?? compressedSize, local.size ?? size];
    const wide = (sizes: readonly number[], ...more: readonly number[]) =>
      part.isWide
        ? Buffer.concat([u16(1, 8 * (sizes.length + more.length)), u64(...sizes, ...more)])
        : Buffer.alloc(0);
    const extra = Buffer.from(part.extra ?? Buffer.alloc(0));
    const localExtra = Buffer.concat([extra, wide([localSizes[2]!, localSizes[1]!])]);
    push(
      Buffer.from('PK\x03\x04', 'latin1'),
      u16(part.isWide ? 45 : 20, local.flags ?? flags, local.method ?? method, 0, 0x21),
      u32(localSizes[0]!, ...(part.isWide ? [max32, max32] : [localSizes[1]!, localSizes[2]!])),
      u16(localName.length, localExtra.length),
      localName,
      localExtra,
      packed,
    );
    if (part.descriptor?.startsWith('signed')) push(Buffer.from('PK\x07\x08', 'latin1'));
    if (isLater) push(u32(crc), (part.descriptor!.endsWith('wide') ? u64 : u32)(compressedSize, size));
    const centralExtra = Buffer.concat([extra, wide([size, compressedSize], offset)]);
    directory.push(
      Buffer.from('PK\x01\x02', 'latin1'),
      Buffer.of(20, part.mode === undefined ? 0 : 3),
      u16(part.isWide ? 45 : 20, flags, method, 0, 0x21),
      u32(crc, ...(part.isWide ? [max32, max32] : [compressedSize, size])),
      u16(name.length, centralExtra.length, 0, 0, 0),
      u32(part.mode === undefined ? 0 : (part.mode << 16) >>> 0, part.isWide ? max32 : offset),
      name,
      centralExtra,
    );
  }
  const start = end.directoryOffset ?? at;
  const bytes = Buffer.concat(directory);
  push(bytes);
  const entries = end.entries ?? parts.length;
  if (end.isWide) {
    const wideAt = at;
    const wideEntries = end.wideEntries ?? parts.length;
    push(Buffer.from('PK\x06\x06', 'latin1'), u64(44), u16(45, 45), u32(0, 0));
    push(u64(wideEntries, wideEntries, bytes.length, start));
    push(Buffer.from('PK\x06\x07', 'latin1'), u32(0), u64(wideAt), u32(1));
  }
  const comment = Buffer.from(end.comment ?? Buffer.alloc(0));
  const disk = end.disk ?? 0;
  const sizes = end.isWide ? [max32, max32] : [bytes.length, start];
  const count = end.isWide ? 0xffff : entries;
  push(Buffer.from('PK\x05\x06', 'latin1'), u16(disk, disk, count, count), u32(...sizes));
  push(u16(comment.length), comment);
  return Buffer.concat(pieces);
}
