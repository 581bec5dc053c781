/**
 * What PostgreSQL keeps of a password: `SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey` (RFC 5802, RFC 7677). Made here, so that
 * no statement, log line or list of running queries ever holds the password itself.
 */
import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { EngineFailure } from './failure.ts';
import { passwordBytesMax } from './limits.ts';

const iterations = 4096;
const saltBytes = 16;
const keyBytes = 32;
/** Others would need SASLprep (RFC 4013); RDS takes no others either. */
const printable = /^[\x20-\x7e]+$/;

/** @throws EngineFailure bad-name */
export async function scramVerifier(password: string, salt = randomBytes(saltBytes)): Promise<string> {
  if (Buffer.byteLength(password) > passwordBytesMax || !printable.test(password)) {
    throw new EngineFailure(
      'bad-name',
      `A password has 1 to ${passwordBytesMax} printable ASCII characters.`,
    );
  }
  const salted = await promisify(pbkdf2)(password, salt, iterations, keyBytes, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
