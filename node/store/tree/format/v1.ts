/**
 * Stored bytes of the tree store, version 1: never changed once released; golden bytes in ../test/golden prove it. Numbers are
 * big-endian. Pieces and references: node/hypergraph/tree/format/pieces-v1.ts.
 *
 * File `<folder>/trees`: units of 512 bytes. The commit record stands at byte 0 or 4096, that of commit n at (n mod 2); pieces from byte
 * 8192 on. The record with the larger number that is whole counts.
 *
 *   commit record, one unit: 0 'HGTREES' 01 | 8 u32 leafAtomsMax | 12 u32 bucketEntries | 16 store id (16) | 32 u64 number
 *     | 40 u64 trees | 48 u64 entries in all | 56 list of trees (reference) | 66 meta (reference) | 76 space table (reference)
 *     | 86 zeros | 508 u32 CRC-32 of 0..508
 *
 *   'm' meta         the caller's bytes
 *   't' list page    u8 level ‖ u16 items ‖ items by rising name: u8 length ‖ name ‖ level 0: u16 length ‖ tree
 *                                                                                  ‖ above: reference of a page, name its first
 *   'S' space table  references of the maps, in order; an empty one (zeros): nothing in use there
 *   's' space map    32,768 bits, unit by unit from the lowest bit of the first byte: 1 is in use by this commit
 *
 *   name of a tree   00 ‖ domain 32 ‖ u8 set, or 01 ‖ name (1..40)
 *
 * A reference of zeros is none: unit 0 holds no piece.
 */
import { crc32 } from 'node:zlib';
import { NodeError } from '../../../api/index.ts';
import {
  newPiece,
  openPiece,
  type PieceRef,
  pieceKind,
  pieceStart,
  pieceUnitBytes,
  readRef,
  readU64,
  refBytes,
  type TreeName,
  treeLimits,
  writeRef,
  writeU64,
} from '../../../hypergraph/tree/index.ts';

const magic = Buffer.from('HGTREES\x01', 'latin1');

export interface CommitRecord {
  readonly leafAtomsMax: number;
  readonly bucketEntries: number;
  /** Random, 16 bytes. */
  readonly storeId: Uint8Array;
  /** Of the commit, from 1. */
  readonly number: number;
  readonly trees: number;
  readonly entries: number;
  readonly list: PieceRef | undefined;
  readonly meta: PieceRef | undefined;
  readonly spaceTable: PieceRef | undefined;
}

const none: PieceRef = { at: 0, units: 0, crc: 0 };
const orNone = (ref: PieceRef): PieceRef | undefined => (ref.units === 0 ? undefined : ref);

export function encodeCommitRecord(record: CommitRecord): Buffer {
  const bytes = Buffer.alloc(pieceUnitBytes);
  magic.copy(bytes);
  bytes.writeUInt32BE(record.leafAtomsMax, 8);
  bytes.writeUInt32BE(record.bucketEntries, 12);
  bytes.set(record.storeId.subarray(0, 16), 16);
  writeU64(bytes, record.number, 32);
  writeU64(bytes, record.trees, 40);
  writeU64(bytes, record.entries, 48);
  writeRef(bytes, record.list ?? none, 56);
  writeRef(bytes, record.meta ?? none, 66);
  writeRef(bytes, record.spaceTable ?? none, 76);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 508)), 508);
  return bytes;
}

/** Undefined when these are not the bytes of a commit record. */
export function decodeCommitRecord(bytes: Buffer): CommitRecord | undefined {
  if (bytes.length < pieceUnitBytes || !bytes.subarray(0, 8).equals(magic)) return undefined;
  if (bytes.readUInt32BE(508) !== crc32(bytes.subarray(0, 508))) return undefined;
  return {
    leafAtomsMax: bytes.readUInt32BE(8),
    bucketEntries: bytes.readUInt32BE(12),
    storeId: Buffer.from(bytes.subarray(16, 32)),
    number: readU64(bytes, 32),
    trees: readU64(bytes, 40),
    entries: readU64(bytes, 48),
    list: orNone(readRef(bytes, 56)),
    meta: orNone(readRef(bytes, 66)),
    spaceTable: orNone(readRef(bytes, 76)),
  };
}

export function encodeMeta(meta: Uint8Array): Buffer {
  const piece = newPiece(pieceKind.meta, meta.length);
  piece.set(meta, pieceStart);
  return piece;
}

export const decodeMeta = (piece: Buffer): Buffer => openPiece(piece, pieceKind.meta);

export function encodeSpaceMap(bits: Uint8Array): Buffer {
  const piece = newPiece(pieceKind.spaceMap, bits.length);
  piece.set(bits, pieceStart);
  return piece;
}

export const decodeSpaceMap = (piece: Buffer): Buffer => openPiece(piece, pieceKind.spaceMap);

/** @param capacity maps that the piece has room for */
export function encodeSpaceTable(maps: readonly (PieceRef | undefined)[], capacity: number): Buffer {
  const piece = newPiece(pieceKind.spaceTable, capacity * refBytes);
  maps.forEach((ref, index) => {
    writeRef(piece, ref ?? none, pieceStart + index * refBytes);
  });
  return piece;
}

export function decodeSpaceTable(piece: Buffer): (PieceRef | undefined)[] {
  const bytes = openPiece(piece, pieceKind.spaceTable);
  return Array.from({ length: Math.floor(bytes.length / refBytes) }, (_, index) =>
    orNone(readRef(bytes, index * refBytes)),
  );
}

export interface ListItem {
  readonly name: Buffer;
  /** Level 0: the tree (`encodeTree`); above: a reference. */
  readonly value: Buffer;
}

export interface ListPage {
  readonly level: number;
  readonly items: readonly ListItem[];
}

/** Bytes an item takes in its page. */
export const itemBytes = (level: number, { name, value }: ListItem): number =>
  1 + name.length + (level === 0 ? 2 : 0) + value.length;

export function encodeListPage({ level, items }: ListPage): Buffer {
  const length = items.reduce((sum, item) => sum + itemBytes(level, item), 3);
  const piece = newPiece(pieceKind.treeList, length);
  piece[pieceStart] = level;
  piece.writeUInt16BE(items.length, pieceStart + 1);
  let offset = pieceStart + 3;
  for (const { name, value } of items) {
    piece[offset] = name.length;
    offset += 1 + name.copy(piece, offset + 1);
    if (level === 0) offset = piece.writeUInt16BE(value.length, offset);
    offset += value.copy(piece, offset);
  }
  return piece;
}

/** @throws NodeError `corrupt` */
export function decodeListPage(piece: Buffer): ListPage {
  const bytes = openPiece(piece, pieceKind.treeList);
  const cut = (): never => {
    throw new NodeError('corrupt', 'tree store: a page of the list of trees is cut short');
  };
  if (bytes.length < 3) cut();
  const level = bytes[0]!;
  let offset = 3;
  const items = Array.from({ length: bytes.readUInt16BE(1) }, (): ListItem => {
    const from = offset + 1;
    const behind = from + (bytes[offset] ?? cut());
    if (behind + 2 > bytes.length) cut();
    const start = level === 0 ? behind + 2 : behind;
    const end = start + (level === 0 ? bytes.readUInt16BE(behind) : refBytes);
    if (end > bytes.length) cut();
    offset = end;
    return { name: bytes.subarray(from, behind), value: bytes.subarray(start, end) };
  });
  if (offset !== bytes.length) cut();
  return { level, items };
}

/** @throws NodeError `malformed` */
export function encodeTreeName(tree: TreeName): Buffer {
  if ('name' in tree) {
    const { length } = tree.name;
    if (length === 0 || length > treeLimits.nameBytesMax) throw badName();
    return Buffer.concat([Buffer.of(1), tree.name]);
  }
  const { domain, set } = tree;
  if (domain.length !== 32 || !Number.isInteger(set) || set < 0 || set > 255) throw badName();
  return Buffer.concat([Buffer.of(0), domain, Buffer.of(set)]);
}

const badName = (): NodeError => new NodeError('malformed', 'tree store: not the name of a tree');

/** @throws NodeError `corrupt` */
export function decodeTreeName(bytes: Buffer): TreeName {
  if (bytes[0] === 0 && bytes.length === 34) return { domain: bytes.subarray(1, 33), set: bytes[33]! };
  if (bytes[0] === 1 && bytes.length > 1) return { name: bytes.subarray(1) };
  throw new NodeError('corrupt', 'tree store: a name in the list of trees is none');
}
