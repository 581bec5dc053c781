/**
 * What the blob of a layer holds (version 1). Files are cut into pages of 8 KiB, the last of which may be shorter. The pages of a
 * layer stand one behind the other, files in the order of the index, pages in ascending order; this stream is cut into packs of 1
 * MiB, each compressed on its own.
 *   blob  = pack…  ‖  hash of each page (16)  ‖  index, compressed
 *   index = 1 ‖ packs, length of each ‖ files, file…
 *   file  = path ‖ size ‖ runs, (pages between it and the run before, pages)…
 * Numbers and lengths are LEB128; compression is Zstandard (RFC 8878). The index names every file of the checkpoint, also those
 * without a page in this layer: what it does not name was not there.
 */
import { ByteReader, ByteWriter, FormatError } from '@hypergate/kit/bytes';

export const pageBytes = 8192;
/** Of the stream of pages that one pack holds; the last pack holds the rest. */
export const packRawBytes = 1024 * 1024;
/** SHA-256, cut off: pages that a customer makes must not collide. */
export const pageHashBytes = 16;

const version = 1;
const pathBytesMax = 255;
/** A way down from the data directory, of names such as `16384_fsm.1`. */
const path = /^(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*\/)*[A-Za-z0-9_-][A-Za-z0-9_.-]*$/;

/** Pages [first, first + count) of a file. */
export interface PageRun {
  readonly first: number;
  readonly count: number;
}

export interface IndexFile {
  readonly path: string;
  /** At the checkpoint. */
  readonly size: number;
  /** What the layer has of it, ascending. */
  readonly runs: readonly PageRun[];
}

export interface LayerIndex {
  /** Compressed length of each. */
  readonly packs: readonly number[];
  readonly files: readonly IndexFile[];
}

export function pagesOf(size: number): number {
  return Math.ceil(size / pageBytes);
}

/** Bytes of a run's pages. */
export function runBytes({ first, count }: PageRun, size: number): number {
  return Math.min((first + count) * pageBytes, size) - first * pageBytes;
}

export function encodeLayerIndex({ packs, files }: LayerIndex): Buffer {
  const to = new ByteWriter(64 * 1024);
  to.u8(version);
  to.varint(packs.length);
  for (const length of packs) to.varint(length);
  to.varint(files.length);
  for (const file of files) {
    to.string(file.path);
    to.varint(file.size);
    to.varint(file.runs.length);
    let end = 0;
    for (const { first, count } of file.runs) {
      to.varint(first - end);
      to.varint(count);
      end = first + count;
    }
  }
  return to.take();
}

/** @throws FormatError */
export function decodeLayerIndex(bytes: Buffer): LayerIndex {
  const from = new ByteReader(bytes);
  if (from.u8() !== version) throw new FormatError('a layer of an unknown version');
  const packs = Array.from({ length: countIn(from) }, () => from.varint());
  const files = Array.from({ length: countIn(from) }, () => readFile(from));
  if (!from.done) throw new FormatError('a layer index is longer than its content');
  return { packs, files };
}

/** Every element takes a byte at least, so no count leads to more memory than the bytes justify. */
function countIn(from: ByteReader): number {
  const count = from.varint();
  if (count > from.end - from.position) throw new FormatError('a count beyond the end');
  return count;
}

function readFile(from: ByteReader): IndexFile {
  const name = from.string();
  if (name.length > pathBytesMax || !path.test(name)) throw new FormatError('no path of a data directory');
  const size = from.varint();
  const pages = pagesOf(size);
  let end = 0;
  const runs = Array.from({ length: countIn(from) }, () => {
    const first = end + from.varint();
    const count = from.varint();
    end = first + count;
    if (count === 0 || end > pages) throw new FormatError('pages beyond the end of a file');
    return { first, count };
  });
  return { path: name, size, runs };
}
