/**
 * BLS signatures over BLS48-581 (Boneh, Lynn and Shacham 2001; keys in G2, signatures in G1), as the reference protocol makes
 * them: the domain is simply put before the message, so that `("ab", "c")` and `("a", "bc")` are one thing to sign. Use
 * domains of which none is the beginning of another.
 *
 * Sums of keys are safe only if each owner has proven to know its secret (Ristenpart and Yilek 2007): otherwise one who names
 * the key c*G2 - (key of another) signs for both. So sums take keys that `acceptKey` has returned.
 */
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { type Curve, curveSizes, type G1, type G2, scalarOrder } from './curve.ts';
import { blsLimits } from './limits.ts';
import {
  equationHolds,
  type PairingArgument,
  type PairingEquation,
  pairingArgument,
} from './pairing-batch.ts';

declare const brand: unique symbol;

/** Holds nothing that a log could show. */
export interface SecretKey {
  readonly [brand]: 'secret';
}
/** An element of G2, never the identity. */
export interface PublicKey {
  readonly [brand]: 'public' | 'accepted';
}
/** A key whose owner has proven to know its secret. */
export interface AcceptedKey extends PublicKey {
  readonly [brand]: 'accepted';
}
/** An element of G1, never the identity. */
export interface Signature {
  readonly [brand]: 'signature';
}

export interface Bls {
  /**
   * HKDF with SHA-512 over the material and a zero byte, reduced modulo the order.
   * @param material secret random bytes, at least 32; the reference takes 64
   */
  keygen(material: Uint8Array): SecretKey;
  /** 73 bytes, big-endian, in 1..r-1. @returns undefined for anything else */
  decodeSecretKey(bytes: Uint8Array): SecretKey | undefined;
  encodeSecretKey(secret: SecretKey): Uint8Array;
  publicKey(secret: SecretKey): AcceptedKey;
  /** 585 bytes; undefined for what is no element of G2, and for the identity. */
  decodePublicKey(bytes: Uint8Array): PublicKey | undefined;
  encodePublicKey(key: PublicKey): Uint8Array;
  /** 74 bytes; undefined for what is no element of G1, and for the identity. */
  decodeSignature(bytes: Uint8Array): Signature | undefined;
  encodeSignature(signature: Signature): Uint8Array;

  /** @throws RangeError for what could pass for a proof of possession of another key */
  sign(secret: SecretKey, message: Uint8Array, domain: Uint8Array): Signature;
  verify(key: PublicKey, message: Uint8Array, domain: Uint8Array, signature: Signature): boolean;
  /** What `verify` checks, to be checked together with other equations. */
  equation(key: PublicKey, message: Uint8Array, domain: Uint8Array, signature: Signature): PairingEquation;

  provePossession(secret: SecretKey): Signature;
  /** @returns undefined when the proof is not one */
  acceptKey(key: PublicKey, possession: Signature): AcceptedKey | undefined;
  /** What `acceptKey` checks, to be checked together with other equations. */
  possessionEquation(key: PublicKey, possession: Signature): PairingEquation;
  /** For keys that were accepted earlier and kept where nobody else writes. */
  assumeAccepted(key: PublicKey): AcceptedKey;

  /** @returns undefined for no signatures, or when they cancel out */
  aggregateSignatures(signatures: readonly Signature[]): Signature | undefined;
  /** One key under which the sum of signatures of one message verifies. @returns undefined as above */
  aggregateKeys(keys: readonly AcceptedKey[]): AcceptedKey | undefined;
  /** Whether each key signed the message. */
  verifyAggregate(
    keys: readonly AcceptedKey[],
    message: Uint8Array,
    domain: Uint8Array,
    signature: Signature,
  ): boolean;
  /** Whether each key signed its own message; messages may be equal. False for none. */
  verifyMessages(entries: readonly SignedMessage[], domain: Uint8Array, signature: Signature): boolean;
  messagesEquation(
    entries: readonly SignedMessage[],
    domain: Uint8Array,
    signature: Signature,
  ): PairingEquation | undefined;
}

export interface SignedMessage {
  readonly key: AcceptedKey;
  readonly message: Uint8Array;
}

const encoder = new TextEncoder();
const hashDomain = 'BLS_SIG_ZZZG1_XMD:SHA-512_SVDW_RO_NUL_';
const keygenSalt = encoder.encode('BLS-SIG-KEYGEN-SALT-');
const possessionDomain = encoder.encode('BLS48_POP_SK');
/** ceil(3 * ceil(518 / 8) / 2): a bias below 2^-256. */
const keygenBytes = 98;

export function createBls(curve: Curve): Bls {
  const secrets = new WeakMap<SecretKey, bigint>();
  const keys = new WeakMap<PublicKey, { readonly point: G2; argument?: PairingArgument }>();
  const accepted = new WeakSet<PublicKey>();
  const signatures = new WeakMap<Signature, G1>();
  const generator = pairingArgument(curve, curve.g2);
  const g2Identity = curve.addG2(curve.g2, curve.negateG2(curve.g2));

  const newSecret = (scalar: bigint): SecretKey => {
    const secret = Object.freeze({}) as SecretKey;
    secrets.set(secret, scalar);
    return secret;
  };
  const newKey = (point: G2): PublicKey | undefined => {
    if (equalBytes(point, g2Identity)) return undefined;
    const key = Object.freeze({}) as PublicKey;
    keys.set(key, { point });
    return key;
  };
  const accept = (key: PublicKey): AcceptedKey => {
    accepted.add(key);
    return key as AcceptedKey;
  };
  const newSignature = (point: G1): Signature | undefined => {
    if (curve.isIdentity(point)) return undefined;
    const signature = Object.freeze({}) as Signature;
    signatures.set(signature, point);
    return signature;
  };
  const secretOf = (secret: SecretKey) => present(secrets.get(secret));
  const pointOf = (key: PublicKey) => present(keys.get(key)).point;
  const argumentOf = (key: PublicKey) => {
    const parts = present(keys.get(key));
    return (parts.argument ??= pairingArgument(curve, parts.point));
  };
  const signaturePoint = (signature: Signature) => present(signatures.get(signature));
  const checkAccepted = (list: readonly AcceptedKey[]) => {
    if (!list.every((key) => accepted.has(key))) throw new TypeError('a key was not accepted');
  };
  const hashed = (domain: Uint8Array, message: Uint8Array) =>
    curve.hashToG1(concatBytes(domain, message), hashDomain);
  const signed = (secret: SecretKey, domain: Uint8Array, message: Uint8Array) =>
    newSignature(curve.multiplyG1Secret(hashed(domain, message), secretOf(secret)))!;
  const encodedKey = (key: PublicKey) => curve.encodeG2(pointOf(key));

  const bls: Bls = {
    keygen(material) {
      const { keyMaterialBytesMin, keyMaterialBytesMax } = blsLimits;
      if (!(material.length >= keyMaterialBytesMin && material.length <= keyMaterialBytesMax)) {
        throw new RangeError(`key material has ${keyMaterialBytesMin} to ${keyMaterialBytesMax} bytes`);
      }
      const input = concatBytes(material, Uint8Array.of(0));
      const bytes = hkdf(sha512, input, keygenSalt, Uint8Array.of(0, keygenBytes), keygenBytes);
      input.fill(0);
      const scalar = bytesToNumberBE(bytes) % scalarOrder;
      bytes.fill(0);
      if (scalar === 0n) throw new RangeError('the key material gives the key zero');
      return newSecret(scalar);
    },
    decodeSecretKey(bytes) {
      if (bytes.length !== curveSizes.scalar) return undefined;
      const scalar = bytesToNumberBE(bytes);
      return scalar > 0n && scalar < scalarOrder ? newSecret(scalar) : undefined;
    },
    encodeSecretKey: (secret) => numberToBytesBE(secretOf(secret), curveSizes.scalar),
    publicKey: (secret) => accept(newKey(curve.publicKey(secretOf(secret)))!),
    decodePublicKey(bytes) {
      const point = curve.decodeG2(bytes);
      return point === undefined ? undefined : newKey(point);
    },
    encodePublicKey: encodedKey,
    decodeSignature(bytes) {
      const point = curve.decodeG1(bytes);
      return point === undefined ? undefined : newSignature(point);
    },
    encodeSignature: (signature) => curve.encodeG1(signaturePoint(signature)),

    sign(secret, message, domain) {
      const whole = concatBytes(domain, message);
      const length = possessionDomain.length + curveSizes.g2;
      if (
        whole.length === length &&
        equalBytes(whole.subarray(0, possessionDomain.length), possessionDomain)
      ) {
        throw new RangeError('such a message is signed by provePossession only');
      }
      return signed(secret, domain, message);
    },
    verify: (key, message, domain, signature) =>
      equationHolds(curve, bls.equation(key, message, domain, signature)),
    equation: (key, message, domain, signature) => ({
      pairs: [
        { g1: hashed(domain, message), argument: argumentOf(key) },
        { g1: curve.negateG1(signaturePoint(signature)), argument: generator },
      ],
    }),

    provePossession(secret) {
      return signed(secret, possessionDomain, encodedKey(bls.publicKey(secret)));
    },
    acceptKey: (key, possession) =>
      bls.verify(key, encodedKey(key), possessionDomain, possession) ? accept(key) : undefined,
    possessionEquation: (key, possession) => bls.equation(key, encodedKey(key), possessionDomain, possession),
    assumeAccepted: accept,

    aggregateSignatures(list) {
      checkCount(list.length);
      return newSignature(
        list.map(signaturePoint).reduce((sum, point) => curve.addG1(sum, point), curve.g1Identity),
      );
    },
    aggregateKeys(list) {
      checkCount(list.length);
      checkAccepted(list);
      const sum = newKey(list.map(pointOf).reduce((total, point) => curve.addG2(total, point), g2Identity));
      return sum === undefined ? undefined : accept(sum);
    },
    verifyAggregate(list, message, domain, signature) {
      const key = bls.aggregateKeys(list);
      return key !== undefined && bls.verify(key, message, domain, signature);
    },
    verifyMessages(entries, domain, signature) {
      const equation = bls.messagesEquation(entries, domain, signature);
      return equation !== undefined && equationHolds(curve, equation);
    },
    messagesEquation(entries, domain, signature) {
      if (entries.length > blsLimits.messagesMax) throw new RangeError('too many messages');
      checkAccepted(entries.map(({ key }) => key));
      if (entries.length === 0) return undefined;
      return {
        pairs: [
          ...entries.map(({ key, message }) => ({ g1: hashed(domain, message), argument: argumentOf(key) })),
          { g1: curve.negateG1(signaturePoint(signature)), argument: generator },
        ],
      };
    },
  };
  return bls;
}

function checkCount(count: number): void {
  if (count > blsLimits.aggregateMax) throw new RangeError('too many to sum');
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('a key or signature that was not made here');
  return value;
}

/** Of public bytes. */
function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
