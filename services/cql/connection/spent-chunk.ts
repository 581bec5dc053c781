/**
 * Bytes that were read from a socket and are not needed any more. Each read takes 64 KiB, and V8 notices what stands outside its heap only
 * when there is a lot of it: a thousand clients that are thrown out would leave a hundred megabytes behind them.
 */
import { CopyPool } from '@hypergate/kit/bytes';

const copies = new CopyPool();

/**
 * What is looked at for longer: where it is much shorter than the piece of memory it was read into, a copy, and that piece is used for
 * what is read next. Cut to the length of what was read, as the runtime does, it would leave a hole in the process' memory.
 */
export function keptChunk(chunk: Buffer): Buffer {
  if (chunk.length > copiedBytesMax) return chunk;
  const copy = copies.copy(chunk);
  discardChunk(chunk);
  return copy;
}

const copiedBytesMax = 32 * 1024;

/** Gives its memory back at once. Nobody may have a view of it: afterwards it has no bytes. */
export function discardChunk({ buffer, byteOffset, byteLength }: Buffer): void {
  // Never what it shares with others, such as the common pool.
  if (buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength)
    buffer.transfer(0);
}
