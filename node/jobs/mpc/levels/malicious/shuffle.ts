/** A permutation that a public seed determines. */
import { createCipheriv } from 'node:crypto';

const bufferBytes = 65_536;

/**
 * Fisher-Yates with numbers from AES-256 in counter mode; those that would favour some places are thrown away.
 *
 * @param seed 32 bytes
 * @returns the numbers below `count`, each once
 */
export function shuffled(seed: Uint8Array, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const stream = createCipheriv('aes-256-ctr', seed, Buffer.alloc(16));
  const zeros = Buffer.alloc(bufferBytes);
  let bytes = Buffer.alloc(0);
  let at = 0;
  const next = () => {
    if (at === bytes.length) {
      bytes = stream.update(zeros);
      at = 0;
    }
    at += 4;
    return bytes.readUInt32LE(at - 4);
  };
  for (let last = count - 1; last > 0; last--) {
    const places = last + 1;
    const fair = 2 ** 32 - (2 ** 32 % places);
    let drawn = next();
    while (drawn >= fair) drawn = next();
    const place = drawn % places;
    const moved = order[place]!;
    order[place] = order[last]!;
    order[last] = moved;
  }
  return order;
}
