/** Reading the frames of a chunk file by their headers and footers alone: one read per frame, none of the content. */
import { nodeLimits } from '../../api/index.ts';
import type { DiskFile } from '../disk.ts';
import {
  decodeFrameHeader,
  type Frame,
  frameBytes,
  frameFooterBytes,
  frameHeaderBytes,
  isFrameFooter,
} from '../format/v1.ts';
import type { ChunkPlace } from './chunk-index.ts';
import { hashBytes } from './frame-writer.ts';

/** Frames from an offset on, in order, until something else stands there. */
export async function* walkFrames(disk: DiskFile, salt: number, from: number): AsyncGenerator<Frame> {
  let offset = from;
  let head = await disk.read(offset, frameHeaderBytes);
  for (;;) {
    const frame = decodeFrameHeader(head, salt);
    if (frame === undefined || frame.offset !== offset) return;
    if (!(frame.length >= 1 && frame.length <= nodeLimits.chunkBytesMax)) return;
    const next = offset + frameBytes(frame.length);
    const footerAt = offset + frameHeaderBytes + frame.length;
    const between = await disk.read(footerAt, next + frameHeaderBytes - footerAt);
    if (!isFrameFooter(between.subarray(0, frameFooterBytes), frame, salt)) return;
    yield frame;
    offset = next;
    head = between.subarray(next - footerAt);
  }
}

/** Whether the content is what the hash says: of two copies one may come from a sync that failed. */
export async function isWhole(place: ChunkPlace & { readonly hash: Uint8Array }): Promise<boolean> {
  const disk = await place.file.acquire();
  try {
    const content = await disk.read(place.offset + frameHeaderBytes, place.length);
    return (await hashBytes(content)).equals(place.hash);
  } finally {
    await place.file.shared.release();
  }
}
