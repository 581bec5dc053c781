/**
 * Local headers and data descriptors (APPNOTE 6.3.10, 4.3.7 and 4.3.9). They must say what the central directory says, and the
 * stretches of entries may not overlap: bombs that name one stretch many times are found here (Fifield, "A better zip bomb", 2019).
 */
import type { CentralDirectory, CentralEntry } from './zip-directory.ts';
import { elsewhere32, readExtra, widen } from './zip-fields.ts';
import { ZipRefused } from './zip-refused.ts';

const localSignature = 0x04034b50;
const localBytes = 30;
const descriptorSignature = 0x08074b50;
const hasDescriptor = 1 << 3;
/** Encryption in its kinds, and whether a descriptor follows. */
const sameFlags = (1 << 0) | hasDescriptor | (1 << 6) | (1 << 13);

/** @returns where the bytes of each entry begin, in the order of the directory */
export function locate(zip: Buffer, { entries, start }: CentralDirectory): readonly number[] {
  const located = entries.map((entry) => locateEntry(zip, entry, start));
  const stretches = located
    .map(({ end }, index) => ({ from: entries[index]!.localOffset, end }))
    .sort((a, b) => a.from - b.from);
  for (const [index, { from }] of stretches.entries())
    if (index > 0 && from < stretches[index - 1]!.end) throw new ZipRefused('hostile', 'entries overlap');
  return located.map(({ data }) => data);
}

function locateEntry(zip: Buffer, entry: CentralEntry, limit: number): { data: number; end: number } {
  const at = entry.localOffset;
  if (at + localBytes > limit || zip.readUInt32LE(at) !== localSignature)
    throw new ZipRefused('damaged', 'an entry has no local header');
  const nameEnd = at + localBytes + zip.readUInt16LE(at + 26);
  const data = nameEnd + zip.readUInt16LE(at + 28);
  const end = data + entry.compressedSize;
  if (end > limit) throw new ZipRefused('damaged', 'an entry reaches into the directory');
  const flags = zip.readUInt16LE(at + 6);
  const extra = readExtra(zip.subarray(nameEnd, data));
  const sizes = [zip.readUInt32LE(at + 22), zip.readUInt32LE(at + 18)];
  const [size, compressedSize] = widen(sizes, extra);
  const isDescribed = (flags & hasDescriptor) !== 0;
  const agrees = (found: number | undefined, said: number) =>
    found === said || (isDescribed && (found === 0 || found === elsewhere32));
  const isSame =
    ((flags ^ entry.flags) & sameFlags) === 0 &&
    zip.readUInt16LE(at + 8) === entry.method &&
    agrees(zip.readUInt32LE(at + 14), entry.crc) &&
    agrees(compressedSize, entry.compressedSize) &&
    agrees(size, entry.size) &&
    entry.rawName.equals(zip.subarray(at + localBytes, nameEnd));
  if (!isSame) throw new ZipRefused('damaged', 'a local header disagrees with the directory');
  return { data, end: isDescribed ? descriptorEnd(zip, entry, end, limit) : end };
}

/** With or without its signature, of 32 or 64 bits: only the contents tell. */
function descriptorEnd(zip: Buffer, entry: CentralEntry, at: number, limit: number): number {
  for (const signatureBytes of [4, 0])
    for (const sizeBytes of [4, 8]) {
      const crcAt = at + signatureBytes;
      const end = crcAt + 4 + 2 * sizeBytes;
      if (end > limit || (signatureBytes === 4 && zip.readUInt32LE(at) !== descriptorSignature)) continue;
      const read = (position: number) =>
        sizeBytes === 4 ? zip.readUInt32LE(position) : Number(zip.readBigUInt64LE(position));
      const isSame =
        zip.readUInt32LE(crcAt) === entry.crc &&
        read(crcAt + 4) === entry.compressedSize &&
        read(crcAt + 4 + sizeBytes) === entry.size;
      if (isSame) return end;
    }
  throw new ZipRefused('damaged', 'a data descriptor disagrees with the directory');
}
