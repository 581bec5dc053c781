/** MGF1 (RFC 8017, B.2.1). */
import { createHash } from 'node:crypto';
import type { HashName } from '../message-sizes.ts';

export function mgf1(hash: HashName, seed: Uint8Array, length: number): Buffer {
  const blocks: Buffer[] = [];
  const counter = Buffer.alloc(4);
  for (let at = 0, i = 0; at < length; i += 1) {
    counter.writeUInt32BE(i);
    const block = createHash(hash).update(seed).update(counter).digest();
    blocks.push(block);
    at += block.length;
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/** In place. */
export function xorInto(target: Uint8Array, mask: Uint8Array): void {
  for (let i = 0; i < target.length; i += 1) target[i]! ^= mask[i]!;
}
