/**
 * Self-describing test bodies: 16 bytes of header (seed and length, both 64-bit big-endian), then an AES-256-CTR
 * key stream of that seed. Whoever holds a body can tell, without any journal, whether it is whole and from one write.
 */
import { createCipheriv, createHash } from 'node:crypto';

export const contentBytesMin = 16;

/** The body of `seed` with exactly `length` bytes (>= 16). */
export function makeContent(seed: number, length: number): Buffer {
  if (length < contentBytesMin) throw new RangeError(`a body has at least ${contentBytesMin} bytes`);
  const out = streamBytes(seed, length);
  out.writeBigUInt64BE(BigInt(seed), 0);
  out.writeBigUInt64BE(BigInt(length), 8);
  return out;
}

/** The seed a body claims, or why the body is not one of ours or is torn. */
export function checkContent(body: Buffer): { readonly seed: number } | { readonly fault: string } {
  if (body.length < contentBytesMin) return { fault: `only ${body.length} bytes` };
  const seed = Number(body.readBigUInt64BE(0));
  const length = Number(body.readBigUInt64BE(8));
  if (length !== body.length) return { fault: `says ${length} bytes and has ${body.length}` };
  const expected = makeContent(seed, length);
  if (expected.equals(body)) return { seed };
  let at = 0;
  while (expected[at] === body[at]) at += 1;
  return { fault: `differs from its seed ${seed} at byte ${at} of ${length}` };
}

/** `length` reproducible bytes without header: for files and parts of any size. */
export function streamBytes(seed: number | string, length: number): Buffer {
  const key = createHash('sha256').update(`content ${seed}`).digest();
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  return cipher.update(Buffer.alloc(length));
}
