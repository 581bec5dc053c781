/** A source of bytes that a seed determines: for tests alone. */
import { createCipheriv, createHash } from 'node:crypto';
import type { RandomSource } from '../../channel.ts';

export function seededRandom(seed: string): RandomSource {
  const key = createHash('sha256').update(seed).digest();
  const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  return (bytes) => stream.update(Buffer.alloc(bytes));
}
