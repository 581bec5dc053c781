/**
 * Who a custodian is: an Ed25519 key that signs what it says, and an X25519 key to which others seal what only it may read. A sealed
 * message is authenticated by the key that both have (static Diffie-Hellman, HKDF-SHA-256 with a fresh salt, AES-256-GCM): its
 * receiver knows who sealed it, and can show it to nobody.
 */
import { createHash, createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';
import { open, sealInto, tagBytes } from '../../crypto/aead.ts';
import { Ed25519Verifier, ed25519SigningKey } from '../../crypto/ed25519.ts';
import { DecryptionError } from '../../crypto/errors.ts';
import { hkdf, secretKey } from '../../crypto/hkdf.ts';
import type { RandomSource } from '../../crypto/random.ts';
import type { Committee, Member } from './committee.ts';
import { ThresholdAbort } from './errors.ts';
import type { PartyIdentity } from './party.ts';
import { openBox } from './sealed-box.ts';

const saltBytes = 32;
const noBytes = Buffer.alloc(0);
const zeroNonce = Buffer.alloc(12);
/** DER heads of RFC 8410 for X25519. */
const privateHead = Buffer.from('302e020100300506032b656e04220420', 'hex');
const publicHead = Buffer.from('302a300506032b656e032100', 'hex');

export interface IdentitySeeds {
  /** Ed25519 seed, 32 bytes. */
  readonly signing: Uint8Array;
  /** X25519 private key, 32 bytes. */
  readonly sealing: Uint8Array;
}

/** The public half, as it stands in the committee. */
export function memberOf(index: number, seeds: IdentitySeeds): Member {
  const spki = createPublicKey(privateOf(seeds.sealing)).export({ format: 'der', type: 'spki' });
  return {
    index,
    key: ed25519SigningKey(seeds.signing).publicKey,
    sealingKey: spki.subarray(publicHead.length),
  };
}

/** Checks statements of the members of a committee. */
export class StatementVerifier {
  readonly #committee: Committee;
  readonly #verifier = new Ed25519Verifier();

  constructor(committee: Committee) {
    this.#committee = committee;
  }

  /** @returns whether custodian `from` signed it */
  verify(from: number, purpose: string, message: Uint8Array, signature: Uint8Array): boolean {
    const member = this.#committee.members[from - 1];
    return member !== undefined && this.#verifier.verify(member.key, statement(purpose, message), signature);
  }
}

export function openIdentity(
  me: number,
  seeds: IdentitySeeds,
  committee: Committee,
  random: RandomSource,
): PartyIdentity {
  const signing = ed25519SigningKey(seeds.signing);
  const sealing = privateOf(seeds.sealing);
  const statements = new StatementVerifier(committee);
  const shared = new Map<number, KeyObject>();
  const sharedWith = (other: number): KeyObject => {
    const known = shared.get(other);
    if (known !== undefined) return known;
    const member = committee.members[other - 1];
    if (member === undefined) throw new RangeError('no such custodian');
    const publicKey = createPublicKey({
      key: Buffer.concat([publicHead, member.sealingKey]),
      format: 'der',
      type: 'spki',
    });
    const key = secretKey(diffieHellman({ privateKey: sealing, publicKey }));
    shared.set(other, key);
    return key;
  };
  const keyFor = (other: number, direction: string, purpose: string, context: Uint8Array, salt: Uint8Array) =>
    secretKey(
      hkdf(
        sharedWith(other),
        salt,
        createHash('sha256')
          .update(`hypergate/custodian/seal/v1\0${direction}\0${purpose}\0`)
          .update(context)
          .digest(),
        32,
      ),
    );
  return {
    sign: (purpose, message) => signing.sign(statement(purpose, message)),
    verify: (from, purpose, message, signature) => statements.verify(from, purpose, message, signature),
    seal(to, purpose, context, plain) {
      const salt = random.bytes(saltBytes);
      const sealed = Buffer.alloc(saltBytes + plain.length + tagBytes);
      sealed.set(salt);
      sealInto(
        sealed,
        saltBytes,
        keyFor(to, `${me}>${to}`, purpose, context, salt),
        zeroNonce,
        noBytes,
        plain,
      );
      return sealed;
    },
    open(from, purpose, context, sealed) {
      if (sealed.length < saltBytes) throw new ThresholdAbort('cheater', from, 'what it sealed is too short');
      const key = keyFor(from, `${from}>${me}`, purpose, context, sealed.subarray(0, saltBytes));
      try {
        return open(key, zeroNonce, noBytes, sealed.subarray(saltBytes));
      } catch (error) {
        if (!(error instanceof DecryptionError)) throw error;
        throw new ThresholdAbort('cheater', from, 'what it sealed does not open', { cause: error });
      }
    },
    openBox: (purpose, context, box) => openBox(sealing, purpose, context, box),
  };
}

function statement(purpose: string, message: Uint8Array): Buffer {
  return createHash('sha256')
    .update(`hypergate/custodian/statement/v1\0${purpose}\0`)
    .update(message)
    .digest();
}

function privateOf(bytes: Uint8Array): KeyObject {
  const der = Buffer.concat([privateHead, bytes]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  return key;
}
