/**
 * The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding: the way is a unix socket. The password is
 * the gateway's own, random and ASCII, so that nothing has to be prepared.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';
import { ProtocolError } from './frame-reader.ts';

export const scramName = 'SCRAM-SHA-256';
/** No channel binding, no other identity. */
const header = 'n,,';
const iterationsMax = 1_000_000;

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

export class ScramClient {
  readonly #password: string;
  readonly #nonce = randomBytes(18).toString('base64');
  #serverSignature: Buffer | undefined;

  constructor(password: string) {
    this.#password = password;
  }

  first(): string {
    return `${header}${this.#firstBare()}`;
  }

  /** @throws ProtocolError */
  final(serverFirst: string): string {
    const parts = /^r=([^,]+),s=([A-Za-z0-9+/=]+),i=(\d{1,9})$/.exec(serverFirst);
    const iterations = Number(parts?.[3]);
    const nonce = parts?.[1];
    if (parts === null || nonce === undefined || !nonce.startsWith(this.#nonce) || nonce === this.#nonce)
      throw new ProtocolError('a challenge that is none');
    if (iterations < 1 || iterations > iterationsMax)
      throw new ProtocolError('a challenge that asks for too much');
    const salt = Buffer.from(parts[2]!, 'base64');
    const salted = pbkdf2Sync(this.#password, salt, iterations, 32, 'sha256');
    const clientKey = hmac(salted, 'Client Key');
    const storedKey = createHash('sha256').update(clientKey).digest();
    const withoutProof = `c=${Buffer.from(header).toString('base64')},r=${nonce}`;
    const signed = `${this.#firstBare()},${serverFirst},${withoutProof}`;
    const signature = hmac(storedKey, signed);
    const proof = Buffer.from(clientKey.map((byte, index) => byte ^ signature[index]!));
    this.#serverSignature = hmac(hmac(salted, 'Server Key'), signed);
    return `${withoutProof},p=${proof.toString('base64')}`;
  }

  /** @throws ProtocolError when the server does not know the password */
  check(serverFinal: string): void {
    const expected = this.#serverSignature;
    const given = Buffer.from(/^v=([A-Za-z0-9+/=]+)$/.exec(serverFinal)?.[1] ?? '', 'base64');
    if (expected === undefined || given.length !== expected.length || !timingSafeEqual(given, expected))
      throw new ProtocolError('the server does not know the password');
  }

  #firstBare(): string {
    // PostgreSQL takes the name from the connection's first message.
    return `n=,r=${this.#nonce}`;
  }
}
