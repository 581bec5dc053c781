/** Passwords of users are kept as the hexadecimal SHA-256 of their bytes, and compared in constant time. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** @param password a byte string. @returns 64 lower-case hexadecimal digits */
export function passwordHash(password: string): string {
  return createHash('sha256').update(password, 'latin1').digest('hex');
}

export function isPasswordHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

/** Whether the password is one of those hashed. Every hash is looked at, so the time does not tell which one it was. */
export function matchesAny(password: string, hashes: readonly string[]): boolean {
  const given = Buffer.from(passwordHash(password), 'latin1');
  let found = false;
  for (const hash of hashes) if (timingSafeEqual(given, Buffer.from(hash, 'latin1'))) found = true;
  return found;
}

/** Hexadecimal digits that nobody can foresee. */
export function randomPassword(digits: number): string {
  return randomBytes(Math.ceil(digits / 2))
    .toString('hex')
    .slice(0, digits);
}
