/**
 * Writes one frame at the end of a chunk file, as its content arrives, with constant memory. The header carries length
 * and hash, so it is written last: until then the frame is not there for a recovery. The file's `end` is not moved here:
 * a frame that was given up is overwritten by the next.
 */
import { createHash, hash as hashOnce } from 'node:crypto';
import { type Bytes, NodeError, nodeLimits, Tag } from '../../api/index.ts';
import type { DiskFile } from '../disk.ts';
import { isNoSpace } from '../errors.ts';
import { encodeFrameEnd, encodeFrameHeader, type Frame, frameBytes, frameHeaderBytes } from '../format/v1.ts';
import { storeLimits } from '../limits.ts';
import type { ChunkFile } from './chunk-file.ts';

const tagged = (digest: Buffer): Buffer => Buffer.concat([Buffer.from([Tag.sha256]), digest]);
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Tagged SHA-256; the event loop gets its turn every few megabytes. */
export async function hashBytes(bytes: Bytes): Promise<Buffer> {
  const hash = createHash('sha256');
  const slice = storeLimits.chunkHashSliceBytes;
  for (let at = 0; at < bytes.length; at += slice) {
    if (at > 0) await nextTurn();
    hash.update(bytes.subarray(at, at + slice));
  }
  return tagged(hash.digest());
}

/** As `hashBytes`, at once: for small content. */
export function hashNow(bytes: Bytes): Buffer {
  return tagged(hashOnce('sha256', bytes, 'buffer'));
}

function checkLength(length: number): void {
  if (length > nodeLimits.chunkBytesMax) {
    throw new NodeError('chunk-too-large', `a chunk holds at most ${nodeLimits.chunkBytesMax} bytes`);
  }
}

function saltOf(file: ChunkFile): number {
  if (file.salt === undefined) throw new Error(`${file.path} has no header and takes no frames`);
  return file.salt;
}

/** After any failure but a full disk nobody knows what the file holds behind its synced part. */
async function write(
  file: ChunkFile,
  disk: DiskFile,
  at: number,
  buffers: readonly Uint8Array[],
): Promise<void> {
  try {
    await disk.write(at, buffers);
  } catch (error) {
    if (!isNoSpace(error)) file.damaged = true;
    throw error;
  }
}

/** One write. @throws NodeError `chunk-too-large`, `malformed`; the disk's error */
export async function writeFrame(file: ChunkFile, disk: DiskFile, content: Bytes): Promise<Frame> {
  checkLength(content.length);
  if (content.length === 0) throw new NodeError('malformed', 'a chunk holds at least one byte');
  return writeHashedFrame(file, disk, content, await hashBytes(content));
}

/** As `writeFrame`, for content whose hash is known. */
export async function writeHashedFrame(
  file: ChunkFile,
  disk: DiskFile,
  content: Bytes,
  hash: Bytes,
): Promise<Frame> {
  const frame: Frame = { hash, length: content.length, offset: file.end };
  const header = encodeFrameHeader(frame, saltOf(file));
  await write(file, disk, frame.offset, [header, content, encodeFrameEnd(frame, header, saltOf(file))]);
  return frame;
}

/** A frame and its content. */
export interface ContentFrame extends Frame {
  readonly content: Bytes;
}

/** Frames one behind the other, by one write. The file's `end` is not moved here. */
export async function writeFrames(
  file: ChunkFile,
  disk: DiskFile,
  contents: readonly { readonly content: Bytes; readonly hash: Bytes }[],
): Promise<ContentFrame[]> {
  const salt = saltOf(file);
  const buffers: Uint8Array[] = [];
  let offset = file.end;
  const frames = contents.map(({ content, hash }): ContentFrame => {
    const frame = { hash, length: content.length, offset, content };
    const header = encodeFrameHeader(frame, salt);
    buffers.push(header, content, encodeFrameEnd(frame, header, salt));
    offset += frameBytes(content.length);
    return frame;
  });
  await write(file, disk, file.end, buffers);
  return frames;
}

/** A frame whose content comes in pieces. After `finish` or a failure, `settle` waits for writes on their way. */
export class FrameWriter {
  readonly #file: ChunkFile;
  readonly #disk: DiskFile;
  readonly #offset: number;
  readonly #hash = createHash('sha256');
  #held: Bytes[] = [];
  #heldBytes = 0;
  #written = 0;
  #writing: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  constructor(file: ChunkFile, disk: DiskFile) {
    this.#file = file;
    this.#disk = disk;
    this.#offset = file.end;
  }

  /** The piece must not change afterwards. Waits while the disk is behind: two writes' worth are held at most. */
  async push(piece: Bytes): Promise<void> {
    checkLength(this.#written + this.#heldBytes + piece.length);
    if (piece.length === 0) return;
    this.#hash.update(piece);
    this.#held.push(piece);
    this.#heldBytes += piece.length;
    if (this.#held.length >= storeLimits.chunkPiecesMax) this.#held = [Buffer.concat(this.#held)];
    if (this.#heldBytes >= storeLimits.chunkWriteBytes) await this.#flush([]);
  }

  async #flush(after: readonly Uint8Array[]): Promise<void> {
    await this.settle();
    if (this.#failure !== undefined) throw this.#failure.error;
    const at = this.#offset + frameHeaderBytes + this.#written;
    const buffers = [...this.#held, ...after];
    this.#written += this.#heldBytes;
    this.#held = [];
    this.#heldBytes = 0;
    this.#writing = write(this.#file, this.#disk, at, buffers).catch((error: unknown) => {
      this.#failure = { error };
    });
  }

  /** @throws NodeError `malformed` for an empty chunk; the disk's error */
  async finish(): Promise<Frame> {
    const length = this.#written + this.#heldBytes;
    if (length === 0) throw new NodeError('malformed', 'a chunk holds at least one byte');
    const frame: Frame = { hash: tagged(this.#hash.digest()), length, offset: this.#offset };
    const salt = saltOf(this.#file);
    const header = encodeFrameHeader(frame, salt);
    const end = encodeFrameEnd(frame, header, salt);
    if (this.#written === 0) {
      await write(this.#file, this.#disk, this.#offset, [header, ...this.#held, end]);
      return frame;
    }
    await this.#flush([end]);
    await this.settle();
    if (this.#failure !== undefined) throw this.#failure.error;
    await write(this.#file, this.#disk, this.#offset, [header]);
    return frame;
  }

  /** Waits for the write on its way. Never rejects. */
  settle(): Promise<void> {
    return this.#writing;
  }
}
