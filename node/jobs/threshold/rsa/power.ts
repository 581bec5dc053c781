/**
 * Powers modulo an odd composite number, by OpenSSL: Diffie and Hellman's shared secret modulo N is base^exponent mod N, in constant
 * time (BN_mod_exp_mont_consttime) and six times as fast as with BigInt. 2048 / 3072 / 4096 bits: 1.7 / 5.5 / 12.4 ms.
 *
 * As it guards key agreement, OpenSSL refuses the bases 0, 1 and N - 1 and the results 1 and N - 1. The first are answered here.
 * The others stand for an element of small order: nobody finds one who does not know the factors of N, so the detour over BigInt, whose
 * time depends on the exponent, tells nobody anything.
 */
import { createDiffieHellman, type DiffieHellman } from 'node:crypto';
import { productOfPowers, toBytes, toInteger, toShortBytes } from './integers.ts';

export class ModularPowers {
  readonly modulus: bigint;
  readonly #bytes: number;
  readonly #engine: DiffieHellman;

  /** Takes a few powers' time: OpenSSL looks at the modulus. @param modulus big-endian, odd, at least 512 bits */
  constructor(modulus: Uint8Array) {
    this.modulus = toInteger(modulus);
    this.#bytes = modulus.length;
    this.#engine = createDiffieHellman(modulus);
  }

  /** @param base in [0, N) @param exponent secret, not negative */
  power(base: bigint, exponent: bigint): bigint {
    const { modulus } = this;
    if (exponent < 0n || base < 0n || base >= modulus) throw new RangeError('a power out of range');
    if (exponent === 0n || base === 1n) return 1n;
    if (base === 0n) return 0n;
    if (base === modulus - 1n) return exponent % 2n === 0n ? 1n : base;
    const key = toShortBytes(exponent);
    this.#engine.setPrivateKey(key);
    key.fill(0);
    try {
      return toInteger(this.#engine.computeSecret(toBytes(base, this.#bytes)));
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ERR_CRYPTO_OPERATION_FAILED') throw error;
      return productOfPowers([{ base, exponent }], modulus) as bigint;
    }
  }
}
