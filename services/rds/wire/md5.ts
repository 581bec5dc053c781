/** AuthenticationMD5Password: md5(md5(password ‖ user) ‖ salt), of which the inner hash is what the server keeps. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Md5Verifier } from './verifier.ts';

/** @param answer body of the password message without its terminator @param salt of four random bytes */
export function checkMd5(verifier: Md5Verifier, salt: Buffer, answer: Buffer): boolean {
  const inner = Buffer.from(verifier.hash, 'latin1');
  const expected = Buffer.from(`md5${createHash('md5').update(inner).update(salt).digest('hex')}`, 'latin1');
  return answer.length === expected.length && timingSafeEqual(answer, expected);
}
