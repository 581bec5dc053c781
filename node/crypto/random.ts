/** Random bytes in small portions, cut from a larger block: one call of the system's generator serves many. */
import { randomFillSync } from 'node:crypto';

export interface RandomSource {
  /** Fresh bytes that nobody else was or will be given. */
  bytes(length: number): Uint8Array;
}

const poolBytes = 8192;

/**
 * A used block is dropped, never filled again, so a portion handed out stays what it was.
 * @param fill fills the whole buffer with random bytes
 */
export function createPooledRandom(
  fill: (block: Buffer) => void = (block) => randomFillSync(block),
): RandomSource {
  let pool = Buffer.alloc(0);
  let used = 0;
  return {
    bytes(length) {
      if (length > poolBytes / 8) {
        const own = Buffer.allocUnsafeSlow(length);
        fill(own);
        return own;
      }
      if (used + length > pool.length) {
        pool = Buffer.allocUnsafeSlow(poolBytes);
        fill(pool);
        used = 0;
      }
      const portion = pool.subarray(used, used + length);
      used += length;
      return portion;
    },
  };
}
