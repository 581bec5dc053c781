/**
 * Memory in which answers are written one behind the other. Whoever writes has a piece alone, and gives back what it left over; bytes that
 * were given away are never written to again.
 */
import { wireLimits } from './limits.ts';

export interface Slab {
  readonly buffer: Buffer;
  used: number;
}

const free: Slab[] = [];

export function takeSlab(): Slab {
  // Not from the common pool, whose pieces are small.
  return free.pop() ?? { buffer: Buffer.allocUnsafeSlow(wireLimits.slabBytes), used: 0 };
}

export function giveSlab(slab: Slab): void {
  if (slab.buffer.length - slab.used < wireLimits.slabRoomMin || free.length >= wireLimits.slabsKept) return;
  free.push(slab);
}
