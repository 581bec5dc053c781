/** Brings the content of one chunk from its source into a frame; a signal ends it at any time. */
import { type Bytes, NodeError } from '../../api/index.ts';
import type { DiskFile } from '../disk.ts';
import type { Frame } from '../format/v1.ts';
import type { ChunkFile } from './chunk-file.ts';
import { FrameWriter, writeFrame } from './frame-writer.ts';

export const aborted = (signal: AbortSignal): NodeError =>
  signal.reason instanceof NodeError
    ? signal.reason
    : new NodeError('aborted', 'staging was given up', { cause: signal.reason });

/** Rejects when the signal is aborted. `stop` ends the listening. */
function whenAborted(signal: AbortSignal): { readonly promise: Promise<never>; readonly stop: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(aborted(signal));
  promise.catch(() => undefined); // Raced against; alone it says nothing new.
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return { promise, stop: () => signal.removeEventListener('abort', onAbort) };
}

async function pump(source: AsyncIterable<Bytes>, writer: FrameWriter, signal: AbortSignal): Promise<void> {
  const iterator = source[Symbol.asyncIterator]();
  const abort = whenAborted(signal);
  let ended = false;
  try {
    for (;;) {
      const step = await Promise.race([iterator.next(), abort.promise]);
      if (step.done === true) break;
      if (!(step.value instanceof Uint8Array)) throw new NodeError('malformed', 'a chunk consists of bytes');
      await writer.push(step.value);
    }
    ended = true;
  } finally {
    abort.stop();
    // Not awaited: a source that hangs would hang this too. It is told, and what it answers no longer matters.
    if (!ended) iterator.return?.().catch(() => undefined);
  }
}

/** Gives back what a frame that was given up has written. */
async function cutTail(file: ChunkFile, disk: DiskFile): Promise<void> {
  if (file.damaged) return;
  try {
    await disk.truncate(file.end);
  } catch {
    // The disk fails: whoever staged hears of the first failure, and this file is written no more.
    file.damaged = true;
  }
}

/** @throws NodeError `aborted`, `chunk-too-large`, `malformed`; the error of the source or of the disk */
export async function stageFrame(
  file: ChunkFile,
  source: Bytes | AsyncIterable<Bytes>,
  signal: AbortSignal,
): Promise<Frame> {
  if (signal.aborted) throw aborted(signal);
  const disk = await file.acquire();
  try {
    if (source instanceof Uint8Array) return await writeFrame(file, disk, source);
    const writer = new FrameWriter(file, disk);
    try {
      await pump(source, writer, signal);
      return await writer.finish();
    } catch (error) {
      // The next frame starts at the same place: no late write may fall on it.
      await writer.settle();
      await cutTail(file, disk);
      throw error;
    }
  } finally {
    await file.shared.release();
  }
}
