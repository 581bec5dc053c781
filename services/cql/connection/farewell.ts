/** The end of a connection whose client is to read the last words, which are queued by now; whether or not it does. */
import type { Socket } from 'node:net';
import { connectionLimits } from './limits.ts';

export function farewell(socket: Socket): void {
  if (socket.destroyed) return;
  const late = setTimeout(() => socket.destroy(), connectionLimits.lingerMs);
  socket.once('close', () => clearTimeout(late));
  // With unread bytes, the client's system would throw the last words away.
  socket.resume();
  socket.end();
}
