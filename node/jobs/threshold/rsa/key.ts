/**
 * A threshold RSA key: what is common, and what a custodian keeps.
 *
 * Commitments. Everybody derives a number W from the modulus and the handle by a hash, so nobody chose it. The base of
 * commitments is v = W^(2 Delta e), and V_j = v^(a_j) commits to a coefficient. That of the constant Delta d is known from W alone:
 * V_0 = W^(2 Delta^2). Who finds its share to be committed to by V_0..V_t knows so that the shares make the private key of this modulus.
 *
 * They tell nothing more: W stands for any random number R with v = R^(2 Delta e), and whoever knows d at t places (by guess: see
 * integer-sharing.ts) makes V_1..V_t from R by Lagrange's formula for coefficients, whose denominators divide Delta.
 */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { MessageWriter, readMessage } from '../codec.ts';
import { malformed } from '../errors.ts';
import { thresholdLimits } from '../limits.ts';
import type { KeyCommon } from '../party.ts';
import { commitmentTerms } from './integer-sharing.ts';
import { bitLength, gcd, productOfPowers, toInteger, toShortBytes } from './integers.ts';
import { rsaLimits } from './limits.ts';
import { coefficientBits, deltaOf, modulusBitsOf, shareBytes } from './parameters.ts';
import { ModularPowers } from './power.ts';

const version = 1;

/** Where the private key was whole once: at the dealer that made it, or with whoever it was imported from. */
export const rsaOrigins = ['dealer', 'imported'] as const;
export type RsaOrigin = (typeof rsaOrigins)[number];

export interface RsaCommon {
  readonly origin: RsaOrigin;
  /** Number of custodians that it is shared among. */
  readonly custodians: number;
  /** Big-endian, as long as the scheme says. */
  readonly modulus: Uint8Array;
  /** V_1..V_t: as many as the threshold. */
  readonly commitments: readonly bigint[];
}

/** What anybody may know of a key, with what follows from it. Expensive parts are made when they are first used. */
export class RsaKey {
  readonly handle: Uint8Array;
  readonly scheme: string;
  readonly generation: number;
  readonly origin: RsaOrigin;
  readonly custodians: number;
  readonly threshold: number;
  readonly modulus: bigint;
  readonly modulusBytes: number;
  readonly delta: bigint;
  /** Of random coefficients. */
  readonly coefficientBits: number;
  readonly shareBytes: number;
  readonly #common: RsaCommon;
  #digest: Uint8Array | undefined;
  #powers: ModularPowers | undefined;
  #publicKey: KeyObject | undefined;
  #base: bigint | undefined;
  #commitments: readonly bigint[] | undefined;

  constructor(handle: Uint8Array, scheme: string, generation: number, common: RsaCommon) {
    const bits = modulusBitsOf(scheme);
    this.handle = handle;
    this.scheme = scheme;
    this.generation = generation;
    this.#common = common;
    this.origin = common.origin;
    this.custodians = common.custodians;
    this.threshold = common.commitments.length;
    this.modulus = toInteger(common.modulus);
    this.modulusBytes = common.modulus.length;
    this.delta = deltaOf(common.custodians);
    this.coefficientBits = coefficientBits(bits, this.custodians, this.threshold);
    this.shareBytes = shareBytes(bits, this.custodians, this.threshold);
  }

  /** Names this generation of this key, 32 bytes. */
  get digest(): Uint8Array {
    this.#digest ??= createHash('sha256')
      .update(`hypergate/rsa/key/v1\0${this.scheme}\0${this.generation}\0`)
      .update(this.handle)
      .update(encodeRsaCommon(this.#common))
      .digest();
    return this.#digest;
  }

  get powers(): ModularPowers {
    this.#powers ??= new ModularPowers(this.#common.modulus);
    return this.#powers;
  }

  get publicKey(): KeyObject {
    this.#publicKey ??= rsaPublicKey(this.modulus);
    return this.#publicKey;
  }

  /** v. */
  get base(): bigint {
    this.#base ??= this.#ofDerived(2n * this.delta * BigInt(rsaLimits.publicExponent));
    return this.#base;
  }

  /** V_0..V_t. */
  get commitments(): readonly bigint[] {
    this.#commitments ??= [this.#ofDerived(2n * this.delta ** 2n), ...this.#common.commitments];
    return this.#commitments;
  }

  /** v^share of a custodian. */
  verificationKey(custodian: number): bigint {
    return productOfPowers(commitmentTerms(this.commitments, custodian), this.modulus) as bigint;
  }

  /** With other shares: commitments V_1..V_t are multiplied by these. */
  refreshed(factors: readonly bigint[]): RsaKey {
    const commitments = this.#common.commitments.map((one, at) => (one * factors[at]!) % this.modulus);
    return new RsaKey(this.handle, this.scheme, this.generation + 1, { ...this.#common, commitments });
  }

  toCommon(): KeyCommon {
    const { handle, scheme, generation } = this;
    return { handle, scheme, generation, common: encodeRsaCommon(this.#common) };
  }

  #ofDerived(exponent: bigint): bigint {
    // 128 bits more than the modulus has: uniform but for 2^-128.
    const derived = createHash('shake256', { outputLength: this.modulusBytes + 16 })
      .update('hypergate/rsa/base/v1\0')
      .update(this.handle)
      .update(this.#common.modulus)
      .digest();
    return productOfPowers([{ base: toInteger(derived) % this.modulus, exponent }], this.modulus) as bigint;
  }
}

export function rsaPublicKey(modulus: bigint): KeyObject {
  const text = (value: bigint): string => toShortBytes(value).toString('base64url');
  const key = { kty: 'RSA', n: text(modulus), e: text(BigInt(rsaLimits.publicExponent)) };
  return createPublicKey({ key, format: 'jwk' });
}

function encodeRsaCommon({ origin, custodians, modulus, commitments }: RsaCommon): Uint8Array {
  const writer = new MessageWriter().u8(version).u8(rsaOrigins.indexOf(origin)).u8(custodians).field(modulus);
  return writer.list(commitments, (one) => void writer.field(toShortBytes(one))).done();
}

const decoded = new WeakMap<object, RsaKey>();

/** Of what is common; read once for each object. @throws ThresholdAbort `malformed`; RangeError for another scheme */
export function rsaKeyOf(key: KeyCommon): RsaKey {
  const known = decoded.get(key);
  if (known !== undefined) return known;
  const bits = modulusBitsOf(key.scheme);
  const common = readMessage(key.common, undefined, (reader): RsaCommon => {
    if (reader.u8('the version') !== version) malformed(undefined, 'unknown version of a key');
    const origin = rsaOrigins[reader.u8('the origin')] ?? malformed(undefined, 'unknown origin of a key');
    const custodians = reader.u8('the number of custodians');
    const modulus = reader.field(bits / 8, 'the modulus');
    const commitments = reader.list(thresholdLimits.custodiansMax, 'commitments', () =>
      toInteger(reader.field(bits / 8, 'a commitment')),
    );
    return { origin, custodians, modulus, commitments };
  });
  const { custodians, modulus, commitments } = common;
  const n = toInteger(modulus);
  if (modulus.length !== bits / 8 || bitLength(n) !== bits || n % 2n === 0n)
    malformed(undefined, 'a modulus that is none of its scheme');
  if (custodians > thresholdLimits.custodiansMax || custodians < 3 * commitments.length + 1)
    malformed(undefined, 'a threshold out of range');
  if (commitments.length < 1 || commitments.some((one) => one < 1n || one >= n || gcd(one, n) !== 1n))
    malformed(undefined, 'a commitment out of range');
  const read = new RsaKey(key.handle, key.scheme, key.generation, common);
  decoded.set(key, read);
  return read;
}
