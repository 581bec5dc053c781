/**
 * The genesis document, version 1: what a network of provers begins with. Its hash is the trust root, the one thing that a
 * client must know to check proofs offline.
 *
 *   version 1 ‖ name length (1) ‖ name ‖ created, ms (8) ‖ seed (32) ‖ leafAtomsMax (4) ‖
 *   discriminant bits (2) ‖ SRS hash (32) ‖ key count (1) ‖ count times: public key (585) ‖ proof of possession (74)
 *
 * trust root = SHA-256(`hypergate/genesis/v1` ‖ document)
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { curveSizes } from '../../../crypto/bls48581/curve.ts';
import { FieldReader, FieldWriter, ProofRefused } from '../bytes.ts';

export interface FrameKey {
  /** 585 bytes. */
  readonly publicKey: Uint8Array;
  /** 74 bytes: signature over the key by itself. */
  readonly possession: Uint8Array;
}

export interface Genesis {
  /** 1 to 64 printable ASCII characters. */
  readonly name: string;
  readonly createdMs: number;
  /** 32 random bytes: no two networks have one document. */
  readonly seed: Uint8Array;
  /** Most entries of a fat leaf. */
  readonly leafAtomsMax: number;
  /** Size of the class group's discriminant; below 2,048 only for test networks. */
  readonly discriminantBits: number;
  readonly srsHash: Uint8Array;
  /** 1 to 64. */
  readonly frameKeys: readonly FrameKey[];
}

const version = 1;
const seedBytes = 32;
export const hashBytes = 32;
export const genesisKeysMax = 64;
const nameBytesMax = 64;
const label = new TextEncoder().encode('hypergate/genesis/v1');
const printable = /^[\x20-\x7e]+$/;

export function encodeGenesis(genesis: Genesis): Uint8Array {
  const { name, frameKeys } = genesis;
  if (!isName(name)) throw new RangeError('the name has 1 to 64 printable characters');
  if (frameKeys.length < 1 || frameKeys.length > genesisKeysMax) throw new RangeError('1 to 64 frame keys');
  const out = new FieldWriter().u8(version).u8(name.length).text(name).u64(genesis.createdMs);
  out.bytes(exactly(genesis.seed, seedBytes)).u32(genesis.leafAtomsMax);
  out.u16(genesis.discriminantBits).bytes(exactly(genesis.srsHash, hashBytes)).u8(frameKeys.length);
  for (const { publicKey, possession } of frameKeys) {
    out.bytes(exactly(publicKey, curveSizes.g2)).bytes(exactly(possession, curveSizes.g1));
  }
  return out.done();
}

/** @throws ProofRefused */
export function decodeGenesis(bytes: Uint8Array): Genesis {
  const input = new FieldReader(bytes);
  if (input.u8('the genesis document') !== version)
    throw new ProofRefused('unknown version of the genesis document');
  const name = new TextDecoder().decode(input.bytes(input.u8('the name'), 'the name'));
  if (!isName(name)) throw new ProofRefused('the name of the network is not printable');
  const createdMs = input.u64('the time of creation');
  const seed = input.bytes(seedBytes, 'the seed');
  const leafAtomsMax = input.u32('the size of leaves');
  if (leafAtomsMax < 1) throw new ProofRefused('a leaf holds at least one atom');
  const discriminantBits = input.u16('the size of the discriminant');
  const srsHash = input.bytes(hashBytes, 'the hash of the SRS');
  const count = input.u8('the number of keys');
  if (count < 1 || count > genesisKeysMax)
    throw new ProofRefused('the genesis document has 1 to 64 frame keys');
  const frameKeys: FrameKey[] = [];
  for (let index = 0; index < count; index++) {
    const publicKey = input.bytes(curveSizes.g2, 'a frame key');
    frameKeys.push({ publicKey, possession: input.bytes(curveSizes.g1, 'a proof of possession') });
  }
  input.end('the genesis document');
  return { name, createdMs, seed, leafAtomsMax, discriminantBits, srsHash, frameKeys };
}

/** Hash of an encoded genesis document, 32 bytes. */
export function trustRoot(encoded: Uint8Array): Uint8Array {
  return sha256.create().update(label).update(encoded).digest();
}

function isName(name: string): boolean {
  return name.length <= nameBytesMax && printable.test(name);
}

function exactly(value: Uint8Array, length: number): Uint8Array {
  if (value.length !== length) throw new RangeError(`${value.length} bytes, not ${length}`);
  return value;
}
