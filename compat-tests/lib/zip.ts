/** Zip files as `zip` makes them (APPNOTE 6.3): deflated, with unix modes, for packages of functions. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  readonly data: string | Uint8Array;
  /** 0o644 unless given; with a type for what is no file (0o120777: a symbolic link to `data`). */
  readonly mode?: number;
}

/** @param files texts by name, or entries */
export function zip(files: Readonly<Record<string, string>> | readonly ZipEntry[]): Buffer {
  const entries: readonly ZipEntry[] = Array.isArray(files)
    ? (files as readonly ZipEntry[])
    : Object.entries(files as Record<string, string>).map(([name, data]) => ({ name, data }));
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, data, mode = 0o644 } of entries) {
    const bytes = Buffer.from(data as string);
    const packed = deflateRawSync(bytes);
    const fileName = Buffer.from(name, 'utf8');
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(fileName.length, 22);
    local.push(Buffer.from('PK\x03\x04', 'latin1'), common, fileName, packed);
    const attributes = Buffer.alloc(14);
    attributes.writeUInt32LE(((mode & 0o170000 ? mode : 0o100000 | mode) << 16) >>> 0, 6);
    attributes.writeUInt32LE(offset, 10);
    central.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), common, attributes, fileName);
    offset += 4 + common.length + fileName.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}
