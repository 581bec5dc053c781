/**
 * Writing to a socket past its stream, which costs a third of a small answer's work. Node.js has no public name for a socket's
 * descriptor; where its private one is missing, nothing is written here and the stream does it.
 */
import { writeSync } from 'node:fs';
import type { Socket } from 'node:net';

/** Of an open plain socket; -1 otherwise. Asked each time: a descriptor that was closed may be another connection's by now. */
export function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly fd?: number } | null };
  return handle?.fd ?? -1;
}

/** Call it only while the stream has nothing queued. @returns bytes that the system took, from the first on */
export function writeNow(socket: Socket, bytes: Uint8Array, from = 0, length = bytes.length - from): number {
  const fd = descriptorOf(socket);
  if (fd < 0) return 0;
  try {
    return writeSync(fd, bytes, from, length);
  } catch {
    // Full, or broken: the stream finds out.
    return 0;
  }
}
