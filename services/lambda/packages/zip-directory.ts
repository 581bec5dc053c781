/**
 * The central directory of a zip file (APPNOTE 6.3.10, 4.3.12 to 4.3.16): found from the end, counted before memory is taken.
 * It must fill the file up to its end record: a file whose readers could disagree about where it stands is not taken.
 */
import { packageLimits } from './limits.ts';
import { elsewhere16, elsewhere32, readExtra, readLong, widen } from './zip-fields.ts';
import { decodeName } from './zip-names.ts';
import { ZipRefused } from './zip-refused.ts';

const endSignature = 0x06054b50;
const endBytes = 22;
const commentBytesMax = 0xffff;
const locatorSignature = 0x07064b50;
const locatorBytes = 20;
const wideEndSignature = 0x06064b50;
const wideEndBytes = 56;
const entrySignature = 0x02014b50;
const entryBytes = 46;

const flagBits = { encrypted: 1 << 0, patched: 1 << 5, strong: 1 << 6, utf8: 1 << 11, masked: 1 << 13 };

/** Systems whose upper half of the external attributes is a mode: Unix and macOS. */
const unixSystems = new Set([3, 19]);
const dosDirectory = 0x10;

export interface CentralEntry {
  readonly rawName: Buffer;
  readonly name: string;
  readonly flags: number;
  readonly method: 0 | 8;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly localOffset: number;
  /** Of Unix with the type of the file; undefined where it was packed on another system. */
  readonly mode: number | undefined;
  readonly isDosDirectory: boolean;
}

export interface CentralDirectory {
  readonly entries: readonly CentralEntry[];
  /** Where it begins: contents end before. */
  readonly start: number;
}

interface End {
  readonly entries: number;
  readonly bytes: number;
  readonly start: number;
  /** Where the directory has to end. */
  readonly end: number;
}

export function readDirectory(zip: Buffer): CentralDirectory {
  if (zip.length === 0) throw new ZipRefused('empty', 'there are no bytes');
  const end = readEnd(zip);
  if (end.entries > packageLimits.entriesMax)
    throw new ZipRefused('hostile', `there are more than ${packageLimits.entriesMax} entries`);
  if (end.start + end.bytes !== end.end)
    throw new ZipRefused('damaged', 'the directory is not where it should be');
  if (end.entries * entryBytes > end.bytes) throw new ZipRefused('damaged', 'the directory is too short');
  const entries: CentralEntry[] = [];
  let at = end.start;
  while (entries.length < end.entries) {
    const { entry, next } = readEntry(zip, at, end.end);
    entries.push(entry);
    at = next;
  }
  if (at !== end.end) throw new ZipRefused('damaged', 'the directory has more than its entries');
  return { entries, start: end.start };
}

function readEnd(zip: Buffer): End {
  const at = findEnd(zip);
  const disks = [zip.readUInt16LE(at + 4), zip.readUInt16LE(at + 6)];
  const [here, entries] = [zip.readUInt16LE(at + 8), zip.readUInt16LE(at + 10)];
  const [bytes, start] = [zip.readUInt32LE(at + 12), zip.readUInt32LE(at + 16)];
  const hasLocator = at >= locatorBytes && zip.readUInt32LE(at - locatorBytes) === locatorSignature;
  if (!hasLocator) {
    if (disks.some((disk) => disk !== 0) || here !== entries) throw split();
    return { entries, bytes, start, end: at };
  }
  const wide = readWideEnd(zip, at - locatorBytes);
  const agrees =
    [entries, here].every((count) => count === elsewhere16 || count === wide.entries) &&
    (bytes === elsewhere32 || bytes === wide.bytes) &&
    (start === elsewhere32 || start === wide.start) &&
    disks.every((disk) => disk === 0 || disk === elsewhere16);
  if (!agrees) throw new ZipRefused('damaged', 'the two end records disagree');
  return wide;
}

/** The last one whose comment ends with the file. */
function findEnd(zip: Buffer): number {
  const lowest = Math.max(0, zip.length - endBytes - commentBytesMax);
  for (let at = zip.length - endBytes; at >= lowest; at--)
    if (zip.readUInt32LE(at) === endSignature && at + endBytes + zip.readUInt16LE(at + 20) === zip.length)
      return at;
  throw new ZipRefused('damaged', 'there is no end record');
}

function readWideEnd(zip: Buffer, locatorAt: number): End {
  const at = readLong(zip, locatorAt + 8);
  const isOneDisk = zip.readUInt32LE(locatorAt + 4) === 0 && zip.readUInt32LE(locatorAt + 16) <= 1;
  if (!isOneDisk) throw split();
  if (at + wideEndBytes > locatorAt || zip.readUInt32LE(at) !== wideEndSignature)
    throw new ZipRefused('damaged', 'there is no zip64 end record');
  if (at + 12 + readLong(zip, at + 4) !== locatorAt)
    throw new ZipRefused('damaged', 'the zip64 end record has another length');
  const [here, entries] = [readLong(zip, at + 24), readLong(zip, at + 32)];
  if (zip.readUInt32LE(at + 16) !== 0 || zip.readUInt32LE(at + 20) !== 0 || here !== entries) throw split();
  return { entries, bytes: readLong(zip, at + 40), start: readLong(zip, at + 48), end: at };
}

function readEntry(zip: Buffer, at: number, end: number): { entry: CentralEntry; next: number } {
  if (at + entryBytes > end || zip.readUInt32LE(at) !== entrySignature)
    throw new ZipRefused('damaged', 'an entry of the directory is cut off');
  const nameEnd = at + entryBytes + zip.readUInt16LE(at + 28);
  const extraEnd = nameEnd + zip.readUInt16LE(at + 30);
  const next = extraEnd + zip.readUInt16LE(at + 32);
  if (next > end) throw new ZipRefused('damaged', 'an entry of the directory is cut off');
  const flags = zip.readUInt16LE(at + 8);
  const method = zip.readUInt16LE(at + 10);
  if ((flags & (flagBits.encrypted | flagBits.strong | flagBits.masked)) !== 0)
    throw new ZipRefused('unsupported', 'an entry is encrypted');
  if ((flags & flagBits.patched) !== 0) throw new ZipRefused('unsupported', 'an entry is a patch');
  if (method !== 0 && method !== 8)
    throw new ZipRefused('unsupported', `an entry is compressed by method ${method}`);
  const extra = readExtra(copyOf(zip, nameEnd, extraEnd));
  const sizes = [zip.readUInt32LE(at + 24), zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 42)];
  const [size, compressedSize, localOffset] = widen(sizes, extra) as [number, number, number];
  const disk = zip.readUInt16LE(at + 34);
  if (disk !== 0 && disk !== elsewhere16) throw split();
  if (method === 0 && size !== compressedSize)
    throw new ZipRefused('damaged', 'a stored entry has two different sizes');
  const rawName = copyOf(zip, at + entryBytes, nameEnd);
  const entry: CentralEntry = {
    rawName,
    name: decodeName(rawName, (flags & flagBits.utf8) !== 0, extra),
    flags,
    method,
    crc: zip.readUInt32LE(at + 16),
    compressedSize,
    size,
    localOffset,
    mode: unixSystems.has(zip[at + 5]!) ? zip.readUInt16LE(at + 40) : undefined,
    isDosDirectory: (zip[at + 38]! & dosDirectory) !== 0,
  };
  return { entry, next };
}

/** Shared memory is no input for some of what looks at names. */
const copyOf = (zip: Buffer, start: number, end: number): Buffer => Buffer.from(zip.subarray(start, end));

const split = (): ZipRefused => new ZipRefused('unsupported', 'the file is a part of several');
