/** Whether a password is the one that pg_authid has a verifier of, for whoever is given the password itself (RFC 5802, section 3). */
import { createHash, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Verifier } from './verifier.ts';

const derive = promisify(pbkdf2);
const keyBytes = 32;

/** @param verifier undefined when nobody can log in: as much work, and never right */
export async function isPasswordOf(
  verifier: Verifier | undefined,
  user: string,
  password: string,
): Promise<boolean> {
  if (verifier?.kind === 'md5') {
    const hash = createHash('md5').update(password).update(user).digest('hex');
    return timingSafeEqual(Buffer.from(hash), Buffer.from(verifier.hash));
  }
  const { salt, iterations, storedKey } = verifier ?? {
    salt: '',
    iterations: 4096,
    storedKey: Buffer.alloc(keyBytes),
  };
  const salted = await derive(
    password.normalize('NFKC'),
    Buffer.from(salt, 'base64'),
    iterations,
    keyBytes,
    'sha256',
  );
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const isRight = timingSafeEqual(createHash('sha256').update(clientKey).digest(), storedKey);
  return isRight && verifier !== undefined;
}
