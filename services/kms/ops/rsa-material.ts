/** What a threshold needs of an imported RSA key beyond its length: two primes of this modulus, and the one exponent that is used here. */
import { checkPrime, createPrivateKey } from 'node:crypto';
import { promisify } from 'node:util';
import { kmsError } from '../engine/errors.ts';

const isPrime = promisify(checkPrime) as (candidate: Buffer) => Promise<boolean>;
const exponent = Buffer.from([1, 0, 1]);

/**
 * On the threads of node:crypto's pool.
 * @param material PKCS #8 in DER that OpenSSL reads as RSA
 * @throws KmsError IncorrectKeyMaterialException
 */
export async function checkRsaMaterial(material: Buffer): Promise<void> {
  const jwk = createPrivateKey({ key: material, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' });
  const [n, e, p, q] = [jwk.n, jwk.e, jwk.p, jwk.q].map((text) => Buffer.from(text ?? '', 'base64url')) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ];
  try {
    if (!e.equals(exponent)) throw wrong('The public exponent of imported RSA keys has to be 65537.');
    const isModulus = p.length > 0 && q.length > 0 && !p.equals(q) && value(p) * value(q) === value(n);
    if (!isModulus || !(await isPrime(p)) || !(await isPrime(q)))
      throw wrong('The key material is no RSA key of two primes.');
  } finally {
    p.fill(0);
    q.fill(0);
  }
}

const value = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex')}`);

const wrong = (message: string) => kmsError('IncorrectKeyMaterialException', message);
