import { createHash } from 'node:crypto';
import type { RandomSource } from '../random.ts';

/** Reproducible bytes: SHA-256 of a seed and a counter. */
export function countingRandom(seed: string): RandomSource {
  let counter = 0;
  return {
    bytes(length) {
      const blocks: Buffer[] = [];
      for (let made = 0; made < length; made += 32)
        blocks.push(createHash('sha256').update(`${seed}/${counter++}`).digest());
      return Buffer.concat(blocks).subarray(0, length);
    },
  };
}
