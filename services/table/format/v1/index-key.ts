/**
 * Keys and values of the private index (version 1), ordered by domain, kind, name, partition and sort key.
 *
 * key       = domain (32) ‖ 0 (the domain itself)
 *           | domain ‖ 1 ‖ table name ‖ 0 ‖ partition, escaped ‖ end ‖ sort
 *           | domain ‖ 2 ‖ index name ‖ 0 ‖ partition, escaped ‖ end ‖ sort, escaped ‖ end ‖ first 16 bytes of the record's slot
 * escaped   = each 00 becomes 00 ff;  end = 00 01, which sorts below whatever may follow a shorter text
 *
 * Two records may have the same secondary key: the slot keeps their entries apart.
 *
 * value of a domain           = the read key (33) ‖ the payload of its configuration
 * value of a table's entry    = flags (1; 1: shown in scans, 2: has secondary entries) ‖ projection length (2) ‖ projection ‖
 *                               [for each secondary entry: key length (2) ‖ its key without the domain]
 * value of a secondary entry  = projection
 */
import type { Bytes } from '@hypergate/node/api';
import type { RecordKey, SecondaryEntry } from '../../api.ts';
import { IndexDamaged } from '../../tree/errors.ts';

const kind = { domain: 0, record: 1, secondary: 2 } as const;
const domainBytes = 32;
const end = Buffer.of(0, 1);
const slotPartBytes = 16;

function escapeZeros(bytes: Bytes): Bytes {
  let zeros = 0;
  for (const byte of bytes) if (byte === 0) zeros += 1;
  if (zeros === 0) return bytes;
  const escaped = Buffer.allocUnsafe(bytes.length + zeros);
  let at = 0;
  for (const byte of bytes) {
    escaped[at++] = byte;
    if (byte === 0) escaped[at++] = 0xff;
  }
  return escaped;
}

function unescapeZeros(bytes: Buffer): Buffer {
  if (!bytes.includes(0)) return bytes;
  const plain = Buffer.allocUnsafe(bytes.length);
  let at = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index]!;
    plain[at++] = byte;
    if (byte === 0) index += 1;
  }
  return plain.subarray(0, at);
}

function partitionPrefix(domain: Bytes, which: number, name: string, partition: Bytes): Buffer {
  const head = Buffer.of(which);
  return Buffer.concat([
    domain,
    head,
    Buffer.from(name, 'latin1'),
    Buffer.of(0),
    escapeZeros(partition),
    end,
  ]);
}

export function domainKey(domain: Bytes): Buffer {
  return Buffer.concat([domain, Buffer.of(kind.domain)]);
}

/** Bounds of everything in a domain but the domain itself. */
export function domainRange(domain: Bytes): { readonly low: Buffer; readonly high: Buffer } {
  return {
    low: Buffer.concat([domain, Buffer.of(kind.record)]),
    high: Buffer.concat([domain, Buffer.of(0xff)]),
  };
}

/** All entries of a partition begin with it, and no others. */
export function recordPrefix(domain: Bytes, table: string, partition: Bytes): Buffer {
  return partitionPrefix(domain, kind.record, table, partition);
}

/** All records of a table, whatever their partition. */
export function tablePrefix(domain: Bytes, table: string): Buffer {
  return Buffer.concat([domain, Buffer.of(kind.record), Buffer.from(table, 'latin1'), Buffer.of(0)]);
}

/** @param rest of a record's key, without the table's prefix */
export function recordKeyOf(rest: Buffer): RecordKey {
  // What is escaped has no 00 01 in it.
  const at = rest.indexOf(end);
  if (at < 0) throw new IndexDamaged('a key has no end of its partition');
  return { partition: unescapeZeros(rest.subarray(0, at)), sort: rest.subarray(at + end.length) };
}

export function secondaryPrefix(domain: Bytes, index: string, partition: Bytes): Buffer {
  return partitionPrefix(domain, kind.secondary, index, partition);
}

export function secondarySort(sort: Bytes): Buffer {
  return Buffer.concat([escapeZeros(sort), end]);
}

export function secondaryKey(domain: Bytes, entry: SecondaryEntry, slot: Bytes): Buffer {
  const prefix = secondaryPrefix(domain, entry.index, entry.partition);
  return Buffer.concat([prefix, secondarySort(entry.sort), slot.subarray(0, slotPartBytes)]);
}

/** The sort key of a secondary entry. @param rest its key without the partition's prefix */
export function sortOfSecondary(rest: Buffer): Buffer {
  return unescapeZeros(rest.subarray(0, rest.length - slotPartBytes - end.length));
}

/** Above every key that begins with a prefix or sort that ends in `end`. */
export function afterEnd(ended: Buffer): Buffer {
  const after = Buffer.from(ended);
  after[after.length - 1] = 2;
  return after;
}

/** Above every slot part. */
export const lastSlotPart: Buffer = Buffer.alloc(slotPartBytes, 0xff);

const shown = 1;
const withSecondary = 2;

/** @param secondaryKeys whole keys of index entries */
export function encodeEntry(projection: Bytes | undefined, secondaryKeys: readonly Buffer[]): Buffer {
  let size = 3 + (projection?.length ?? 0);
  for (const key of secondaryKeys) size += 2 + key.length - domainBytes;
  const bytes = Buffer.allocUnsafe(size);
  bytes[0] = (projection === undefined ? 0 : shown) | (secondaryKeys.length === 0 ? 0 : withSecondary);
  let at = bytes.writeUInt16BE(projection?.length ?? 0, 1);
  if (projection !== undefined) bytes.set(projection, at);
  at += projection?.length ?? 0;
  for (const key of secondaryKeys) {
    at = bytes.writeUInt16BE(key.length - domainBytes, at);
    bytes.set(key.subarray(domainBytes), at);
    at += key.length - domainBytes;
  }
  return bytes;
}

/** undefined: the entry only remembers secondary keys and is not shown in scans. */
export function projectionOf(entry: Buffer): Buffer | undefined {
  if ((entry[0]! & shown) === 0) return undefined;
  return entry.subarray(3, 3 + ((entry[1]! << 8) | entry[2]!));
}

/** Whole keys. @throws IndexDamaged */
export function secondaryKeysOf(domain: Bytes, entry: Buffer): Buffer[] {
  if ((entry[0]! & withSecondary) === 0) return [];
  const keys: Buffer[] = [];
  let at = 3 + entry.readUInt16BE(1);
  while (at < entry.length) {
    if (at + 2 > entry.length) throw new IndexDamaged('an entry is cut');
    const stop = at + 2 + entry.readUInt16BE(at);
    if (stop > entry.length) throw new IndexDamaged('an entry is cut');
    keys.push(Buffer.concat([domain, entry.subarray(at + 2, stop)]));
    at = stop;
  }
  return keys;
}
