/**
 * FROST(Ed25519, SHA-512) of RFC 9591, section 6.1, and the same for Ed25519ph (RFC 8032, section 5.1): hashes, binding factors and
 * challenges. Signatures are those of RFC 8032, which anybody verifies.
 *
 * RFC 9591 does not define Ed25519ph. Here its challenge is that of RFC 8032, with dom2(1, "") before it, and its binding factors have a
 * context string of their own: nonces are bound to what is signed and to how. The proof of FROST asks of both no more than that
 * they are random oracles over key, message and commitments.
 */
import { createHash } from 'node:crypto';
import { ed25519, modulo } from '../groups/index.ts';
import { lagrange } from '../sharing/shamir.ts';

/** What one signer commits to, at the place of its custodian. */
export interface Commitment {
  readonly custodian: number;
  /** D = dB. */
  readonly hiding: Uint8Array;
  /** E = eB. */
  readonly binding: Uint8Array;
}

export interface Subject {
  readonly publicKey: Uint8Array;
  /** With `prehashed` the SHA-512 digest of what is signed. */
  readonly message: Uint8Array;
  readonly prehashed: boolean;
}

export interface Signer {
  readonly commitment: Commitment;
  /** rho: makes every commitment depend on all of them and on the message. */
  readonly bindingFactor: bigint;
  /** Lagrange's factor of its place, times the challenge. */
  readonly keyFactor: bigint;
}

/** All that follows from what is public. */
export interface Session {
  /** R, the signature's first half. */
  readonly groupCommitment: Uint8Array;
  readonly challenge: bigint;
  /** In the order of the commitments. */
  readonly signers: readonly Signer[];
}

const { order } = ed25519;
const contextPure = Buffer.from('FROST-ED25519-SHA512-v1');
const contextPrehashed = Buffer.from('hypergate/FROST-ED25519PH-SHA512-v1');
/** dom2(1, ""), RFC 8032, section 2. */
const dom2 = Buffer.concat([Buffer.from('SigEd25519 no Ed25519 collisions'), Buffer.of(1, 0)]);

/**
 * @param commitments elements all, in ascending order of custodians
 * @throws RangeError when the commitments add up to the identity
 */
export function openSession(subject: Subject, commitments: readonly Commitment[]): Session {
  const factors = bindingFactors(subject, commitments);
  const groupCommitment = ed25519.combine(
    commitments.flatMap(({ hiding, binding }, at) => [
      { element: hiding, factor: 1n },
      { element: binding, factor: factors[at]! },
    ]),
  );
  const challenge = challengeOf(subject, groupCommitment);
  const places = lagrange(
    commitments.map(({ custodian }) => custodian),
    order,
  );
  const signers = commitments.map((commitment, at) => ({
    commitment,
    bindingFactor: factors[at]!,
    keyFactor: modulo(places[at]! * challenge, order),
  }));
  return { groupCommitment, challenge, signers };
}

/** RFC 9591, section 4.4. */
export function bindingFactors(
  { publicKey, message, prehashed }: Subject,
  commitments: readonly Commitment[],
): bigint[] {
  const context = prehashed ? contextPrehashed : contextPure;
  const hash = (label: string, parts: readonly Uint8Array[]): Buffer => {
    const state = createHash('sha512').update(context).update(label);
    for (const part of parts) state.update(part);
    return state.digest();
  };
  const list = commitments.flatMap(({ custodian, hiding, binding }) => [
    identifier(custodian),
    hiding,
    binding,
  ]);
  const prefix = [publicKey, hash('msg', [message]), hash('com', list)];
  return commitments.map(({ custodian }) => wide(hash('rho', [...prefix, identifier(custodian)])));
}

/** RFC 8032, section 5.1.6: of R, A and the message. */
function challengeOf({ publicKey, message, prehashed }: Subject, groupCommitment: Uint8Array): bigint {
  const hash = createHash('sha512');
  if (prehashed) hash.update(dom2);
  return wide(hash.update(groupCommitment).update(publicKey).update(message).digest());
}

function identifier(custodian: number): Uint8Array {
  return ed25519.encodeScalar(BigInt(custodian));
}

/** 64 bytes, little-endian, modulo the order. */
function wide(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.reverse().toString('hex')}`) % order;
}
