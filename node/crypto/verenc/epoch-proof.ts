/**
 * Where the proof for an epoch key stands: in a vertex of its domain, readable by everybody.
 *
 *   slot    = SHA-256(`hypergate/epoch-proof/v1` ‖ domain (32) ‖ epoch (4, big-endian)), its first 24 bytes
 *   payload = 0x40 ‖ proof (format/v1.ts)
 *
 * Not in the configuration: that is fixed when the domain is opened, before there is time to prove, and it is carried by
 * every proof of absence. The configuration needs no hash of the proof either: domain, epoch, R and K, the whole statement,
 * stand in it, and whatever verifies for them shows that the epoch key is recoverable, whoever put it there.
 * A domain whose vertex is not there is not yet proved. Runs in browsers.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { type Checked, refused } from '../checked.ts';
import { decodeDomainPayload } from '../format/domain-payload-v1.ts';
import { decodeEpochCiphertext } from '../format/epoch-key-v1.ts';
import { publicMark } from '../format/v1.ts';
import type { EpochStatement } from './transcript.ts';
import { verifyEncryption } from './verify.ts';

const slotBytes = 24;
/** Type tag of a ristretto255 element (node/api/types.ts). */
const elementTag = 0x20;
const slotLabel = new TextEncoder().encode('hypergate/epoch-proof/v1');

/** @param domain 32 bytes */
export function epochProofSlot(domain: Uint8Array, epoch: number): Uint8Array {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, epoch);
  return sha256(concatBytes(slotLabel, domain, number)).slice(0, slotBytes);
}

export function encodeEpochProof(proof: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(publicMark.epochProof), proof);
}

/** @returns undefined when the payload is something else */
export function decodeEpochProof(payload: Uint8Array): Uint8Array | undefined {
  return payload[0] === publicMark.epochProof ? payload.subarray(1) : undefined;
}

/** The part of a domain's configuration that says what is to be proved. */
export interface EpochKeysConfig {
  /** R with its type tag, 33 bytes. */
  readonly readKey: Uint8Array;
  readonly payload: Uint8Array;
}

/** What is to be proved of a domain, oldest epoch first; undefined when its configuration has another format. */
export function epochStatements(
  domain: Uint8Array,
  { readKey, payload }: EpochKeysConfig,
): EpochStatement[] | undefined {
  const decoded = decodeDomainPayload(payload);
  if (decoded === undefined || readKey.length !== 33 || readKey[0] !== elementTag) return undefined;
  const statements: EpochStatement[] = [];
  for (const ciphertext of decoded.epochs) {
    const fields = decodeEpochCiphertext(ciphertext);
    if (fields === undefined) return undefined;
    const { epoch, commitment } = fields;
    statements.push({ domain, epoch, readKey: readKey.slice(1), commitment });
  }
  return statements;
}

/**
 * Whether the epoch key of a domain is shown to be recoverable by the holder of its read key.
 * @param config as it stands under the roots
 * @param vertex payload of the vertex in `epochProofSlot`; undefined when there is none
 */
export function verifyEpochProof(
  domain: Uint8Array,
  epoch: number,
  config: EpochKeysConfig,
  vertex: Uint8Array | undefined,
): Checked<undefined> {
  const statement = epochStatements(domain, config)?.find((one) => one.epoch === epoch);
  if (statement === undefined) return refused('the configuration of the domain names no such epoch');
  if (vertex === undefined) return refused('the epoch key is not yet proved');
  const proof = decodeEpochProof(vertex);
  return proof === undefined
    ? refused('the vertex holds no proof of an epoch key')
    : verifyEncryption(statement, proof);
}
