/** Reads what has arrived on a descriptor in non-blocking mode, at once: the event loop may not turn for a long time. */
import { readSync } from 'node:fs';
import { processLimits } from './limits.ts';

const buffer = Buffer.allocUnsafeSlow(processLimits.readBufferBytes);

/**
 * @param take is given bytes that stay unchanged until it returns
 * @returns false at the end of the stream, which the event loop will see too
 */
export function readPastLoop(fd: number, take: (bytes: Buffer) => void): boolean {
  let length: number;
  try {
    length = readSync(fd, buffer);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Nothing has arrived, or the connection broke: the event loop will tell.
    if (code === 'EAGAIN' || code === 'EINTR' || code === 'ECONNRESET' || code === 'EBADF') return true;
    throw error;
  }
  if (length > 0) take(buffer.subarray(0, length));
  return length > 0;
}
