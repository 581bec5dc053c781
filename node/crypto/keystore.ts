/**
 * Every long-lived secret of one gateway comes from one master secret of 32 bytes by HKDF with a label:
 * node key, writer key and the key of a party of computations (Ed25519 seeds), the frame key, the key of the private index, and per domain an owner key (Ed25519 seed), a
 * read secret and an address secret (ristretto255 scalars).
 */
import type { KeyObject } from 'node:crypto';
import { deriveLabelled, secretKey } from './hkdf.ts';
import { baseMultiply, encodeElement, scalarFromWide } from './ristretto.ts';

export const masterSecretBytes = 32;

export interface DomainSecrets {
  /** Ed25519 seed, 32 bytes. */
  readonly ownerSeed: Buffer;
  readonly readSecret: bigint;
  /** R = rG, 32 bytes. */
  readonly readKey: Buffer;
  readonly addressSecret: bigint;
}

export interface Keystore {
  /** Ed25519 seed with which the node certifies positions of its log. */
  nodeSeed(): Buffer;
  /** Ed25519 seed with which the gateway signs its batches. */
  writerSeed(): Buffer;
  /** Ed25519 seed of the gateway as a party of computations. */
  partySeed(): Buffer;
  /** 64 bytes from which the key that signs frames is made (BLS48-581). */
  frameMaterial(): Buffer;
  indexKey(): KeyObject;
  /** From which a custodian of key shares derives all that it has; of its own keystore, not the gateway's. */
  custodianRoot(): KeyObject;
  /** Costs one multiplication in the group (about half a millisecond). */
  domain(address: Uint8Array): DomainSecrets;
}

const none = new Uint8Array(0);

export function createKeystore(master: Uint8Array): Keystore {
  if (master.length !== masterSecretBytes) throw new RangeError('length of the master secret');
  const root = secretKey(master);
  const derive = (purpose: string, context: Uint8Array, length: number) =>
    deriveLabelled(root, `hypergate/keystore/v1/${purpose}`, context, length);
  return {
    nodeSeed: () => derive('node', none, 32),
    writerSeed: () => derive('writer', none, 32),
    partySeed: () => derive('party', none, 32),
    frameMaterial: () => derive('frame', none, 64),
    indexKey: () => secretKey(derive('index', none, 32)),
    custodianRoot: () => secretKey(derive('custodian', none, 32)),
    domain(address) {
      if (address.length !== 32) throw new RangeError('length of a domain address');
      const readSecret = scalarFromWide(derive('domain/read', address, 64));
      return {
        ownerSeed: derive('domain/owner', address, 32),
        readSecret,
        readKey: encodeElement(baseMultiply(readSecret)),
        addressSecret: scalarFromWide(derive('domain/address', address, 64)),
      };
    },
  };
}
