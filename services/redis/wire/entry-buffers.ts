/**
 * Buffers for what connections send before login: all of one size, and used again. Those who come again and again and never
 * log in would otherwise leave garbage faster than it is collected.
 */
import { wireLimits } from './limits.ts';

const { entryBufferBytes, entryBuffersKept } = wireLimits;
const free: Buffer[] = [];

export function takeEntryBuffer(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(entryBufferBytes);
}

/** @param buffer of `takeEntryBuffer`, of which nobody keeps a view */
export function giveEntryBuffer(buffer: Buffer): void {
  if (free.length < entryBuffersKept) free.push(buffer);
}
