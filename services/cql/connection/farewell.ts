/**
 * The end of a connection whose client is to read the last words, which are queued by now. With unread bytes, the client's system would throw
 * them away: so what still comes is read and thrown away, up to a limit. Behind that the client can send no more, and has the last words and
 * the end of the stream to read, until its time is over.
 */
import type { Socket } from 'node:net';
import { connectionLimits } from './limits.ts';
import { discardChunk } from './spent-chunk.ts';

const { lingerMs, discardBytesMax } = connectionLimits;

/** Nobody else may want what comes. */
export function farewell(socket: Socket): void {
  if (socket.destroyed) return;
  const late = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(late));
  let rest: number = discardBytesMax;
  socket.on('data', (chunk: Buffer) => {
    rest -= chunk.length;
    discardChunk(chunk);
    if (rest <= 0) socket.pause();
  });
  socket.resume();
  socket.end();
}
