/** RSA private keys, whole: made, or read from PKCS #8. Only the dealer's process comes here. */
import { checkPrimeSync, createPrivateKey, type JsonWebKey } from 'node:crypto';
import type { RandomSource } from '../../../crypto/random.ts';
import { bitLength, gcd, inverse, toInteger, toShortBytes } from './integers.ts';
import { rsaLimits } from './limits.ts';
import { generateRsaPrimes } from './prime.ts';

export interface RsaPrivateKey {
  readonly modulus: bigint;
  /** e^-1 modulo lambda(N). */
  readonly d: bigint;
}

export function generateRsaPrivateKey(modulusBits: number, random: RandomSource): RsaPrivateKey {
  for (;;) {
    const { p, q } = generateRsaPrimes(modulusBits, random);
    const key = privateKeyOf(p, q);
    // FIPS 186-5, A.1.1: begin anew with a small exponent; nobody will ever see it.
    if (key !== undefined && bitLength(key.d) > modulusBits / 2) return key;
  }
}

/**
 * @param material PKCS #8 in DER
 * @throws RangeError when it is no RSA key of two primes, of this length and with the exponent 65537
 */
export function readRsaPrivateKey(material: Uint8Array, modulusBits: number): RsaPrivateKey {
  const { n, e, p, q } = readJwk(material);
  if (typeof n !== 'string' || typeof e !== 'string' || typeof p !== 'string' || typeof q !== 'string')
    throw new RangeError('the key material is no RSA private key');
  const [modulus, exponent, first, second] = [n, e, p, q].map(ofBase64) as [bigint, bigint, bigint, bigint];
  if (bitLength(modulus) !== modulusBits)
    throw new RangeError('the modulus of the key material has another length');
  if (exponent !== BigInt(rsaLimits.publicExponent))
    throw new RangeError('the public exponent of the key material is not 65537');
  if (first === second || first * second !== modulus || ![first, second].every(isPrime))
    throw new RangeError('the modulus of the key material is no product of two primes');
  const key = privateKeyOf(first, second);
  if (key === undefined) throw new RangeError('the key material has no private exponent');
  return key;
}

function readJwk(material: Uint8Array): JsonWebKey {
  const copy = Buffer.from(material);
  try {
    const key = createPrivateKey({ key: copy, format: 'der', type: 'pkcs8' });
    if (key.asymmetricKeyType !== 'rsa') throw new RangeError('the key material is no RSA private key');
    return key.export({ format: 'jwk' });
  } catch (error) {
    // OpenSSL's text may quote what it read.
    if (error instanceof RangeError) throw error;
    throw new RangeError('the key material is no private key in PKCS #8');
  } finally {
    copy.fill(0);
  }
}

function ofBase64(text: string): bigint {
  const bytes = Buffer.from(text, 'base64url');
  const value = toInteger(bytes);
  bytes.fill(0);
  return value;
}

function isPrime(value: bigint): boolean {
  return checkPrimeSync(toShortBytes(value));
}

function privateKeyOf(p: bigint, q: bigint): RsaPrivateKey | undefined {
  const lambda = ((p - 1n) / gcd(p - 1n, q - 1n)) * (q - 1n);
  const d = inverse(BigInt(rsaLimits.publicExponent), lambda);
  return d === undefined ? undefined : { modulus: p * q, d };
}
