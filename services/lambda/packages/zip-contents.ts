/**
 * The bytes of an entry, stored or deflated (RFC 1951). Never more than the entry says comes out, whatever is in it, and in pieces when
 * that is much; sizes and checksum are compared at the end.
 */
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { packageLimits } from './limits.ts';
import { ZipRefused } from './zip-refused.ts';

export interface PackedFile {
  /** Where its bytes begin in the zip file. */
  readonly data: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly crc: number;
  readonly method: 0 | 8;
}

const { wholeFileMax, pieceBytes } = packageLimits;
/** Least that zlib takes. */
const outputBytesMin = 64;

/** @param take gets the pieces in order @throws ZipRefused */
export async function readFile(
  zip: Buffer,
  file: PackedFile,
  take: (piece: Uint8Array) => void,
): Promise<void> {
  if (file.size <= wholeFileMax) {
    take(readWholeFile(zip, file));
    return;
  }
  const packed = packedBytes(zip, file);
  let crc = 0;
  let length = 0;
  const pass = (piece: Uint8Array) => {
    length += piece.length;
    if (length > file.size) throw moreThanSaid();
    crc = crc32(piece, crc);
    take(piece);
  };
  if (file.method === 0)
    for (let at = 0; at < packed.length; at += pieceBytes) pass(packed.subarray(at, at + pieceBytes));
  else await inflate(packed, pass);
  if (length !== file.size || crc !== file.crc) throw otherContents();
}

/** @throws ZipRefused */
export async function readWhole(zip: Buffer, file: PackedFile): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  await readFile(zip, file, (piece) => pieces.push(piece));
  return Buffer.concat(pieces);
}

/** A file of at most `wholeFileMax` bytes. @throws ZipRefused */
export function readWholeFile(zip: Buffer, file: PackedFile): Uint8Array {
  const packed = packedBytes(zip, file);
  const bytes = file.method === 0 ? packed : inflateWhole(packed, file.size);
  if (bytes.length !== file.size || crc32(bytes) !== file.crc) throw otherContents();
  return bytes;
}

function inflateWhole(packed: Uint8Array, size: number): Uint8Array {
  const options = {
    info: true,
    chunkSize: Math.max(outputBytesMin, size + 1),
    maxOutputLength: Math.max(1, size),
  };
  try {
    // With `info` the engine comes along, which the types do not know.
    const { buffer, engine } = inflateRawSync(packed, options) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    if (engine.bytesWritten !== packed.length) throw endsEarly();
    return buffer;
  } catch (error) {
    throw translated(error);
  }
}

async function inflate(packed: Uint8Array, pass: (piece: Uint8Array) => void): Promise<void> {
  const engine = createInflateRaw({ chunkSize: pieceBytes });
  engine.end(packed);
  try {
    for await (const piece of engine) pass(piece);
  } catch (error) {
    throw translated(error);
  }
  if (engine.bytesWritten !== packed.length) throw endsEarly();
}

const packedBytes = (zip: Buffer, { data, compressedSize }: PackedFile): Buffer =>
  zip.subarray(data, data + compressedSize);

const moreThanSaid = () => new ZipRefused('hostile', 'more comes out of an entry than it says');
const otherContents = () => new ZipRefused('damaged', 'an entry has another size or checksum than it says');
const endsEarly = () => new ZipRefused('damaged', 'an entry ends before its bytes do');

function translated(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ERR_BUFFER_TOO_LARGE') return moreThanSaid();
  if (code.startsWith('Z_') && code !== 'Z_MEM_ERROR')
    return new ZipRefused('damaged', 'an entry cannot be inflated');
  return error;
}
