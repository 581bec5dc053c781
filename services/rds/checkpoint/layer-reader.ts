/** Reads the parts of a stored layer. */
import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import type { TableDomain } from '@hypergate/table';
import type { LayerRow } from '../model/checkpoint-tables.ts';
import {
  decodeLayerIndex,
  type LayerIndex,
  packRawBytes,
  pageHashBytes,
  runBytes,
} from '../model/layer-format.ts';
import { CheckpointError } from './errors.ts';
import { checkpointLimits } from './limits.ts';

const decompress = promisify(zstdDecompress);

export interface OpenLayer {
  readonly row: LayerRow;
  readonly index: LayerIndex;
}

/** @throws CheckpointError `damaged` */
export async function openLayer(domain: TableDomain, row: LayerRow): Promise<OpenLayer> {
  const { packBytes, hashBytes, indexBytes, indexRawBytes, blob } = row;
  const isWhole = packBytes + hashBytes + indexBytes === blob.length;
  if (!isWhole || indexRawBytes > checkpointLimits.indexBytesMax) throw damaged(row);
  const packed = await readWhole(domain, row, packBytes + hashBytes, indexBytes);
  const index = decodeLayerIndex(await unpack(packed, indexRawBytes));
  const packs = index.packs.reduce((sum, length) => sum + length, 0);
  let raw = 0;
  let pages = 0;
  for (const { size, runs } of index.files) {
    for (const run of runs) {
      raw += runBytes(run, size);
      pages += run.count;
    }
  }
  const fits =
    packs === packBytes &&
    raw === row.rawBytes &&
    pages * pageHashBytes === hashBytes &&
    index.packs.length === Math.ceil(raw / packRawBytes);
  if (!fits) throw damaged(row);
  return { row, index };
}

/** Hashes of the layer's pages, in their order. */
export function readHashes(domain: TableDomain, row: LayerRow): Promise<Buffer> {
  return readWhole(domain, row, row.packBytes, row.hashBytes);
}

/** Compressed packs [first, end), one after the other. */
export async function* readPacks(
  domain: TableDomain,
  { row, index }: OpenLayer,
  first: number,
  end: number,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const sum = (from: number, to: number) =>
    index.packs.slice(from, to).reduce((total, length) => total + length, 0);
  let pack = first;
  let parts: Buffer[] = [];
  let missing = index.packs[pack] ?? 0;
  for await (const piece of domain.readBlob(row.blob, sum(0, first), sum(first, end), signal)) {
    for (let at = 0; at < piece.length; ) {
      const part = Buffer.from(piece.buffer, piece.byteOffset + at, Math.min(missing, piece.length - at));
      parts.push(part);
      at += part.length;
      missing -= part.length;
      if (missing > 0) continue;
      yield Buffer.concat(parts);
      parts = [];
      pack++;
      missing = index.packs[pack] ?? 0;
    }
  }
}

/** Raw bytes of a pack. @throws CheckpointError `damaged` */
export async function openPack({ row, index }: OpenLayer, pack: number, packed: Buffer): Promise<Buffer> {
  const isLast = pack === index.packs.length - 1;
  return unpack(packed, isLast ? row.rawBytes - pack * packRawBytes : packRawBytes);
}

/** @param length that it must have */
export async function unpack(packed: Buffer, length: number): Promise<Buffer> {
  const bytes = await decompress(packed, { maxOutputLength: Math.max(length, 1) });
  if (bytes.length !== length)
    throw new CheckpointError('damaged', 'compressed bytes are not as long as they should be');
  return bytes;
}

async function readWhole(
  domain: TableDomain,
  { blob }: LayerRow,
  at: number,
  length: number,
): Promise<Buffer> {
  const whole = Buffer.allocUnsafe(length);
  let filled = 0;
  for await (const piece of domain.readBlob(blob, at, length)) {
    whole.set(piece, filled);
    filled += piece.length;
  }
  return whole;
}

function damaged({ id }: LayerRow): CheckpointError {
  return new CheckpointError('damaged', `layer ${id} is not as its record says`);
}
