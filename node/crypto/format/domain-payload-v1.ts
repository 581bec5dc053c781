/**
 * The payload of a domain's configuration (version 1): what the holder of the read secret needs, and what fixes addresses.
 * Never changed once released. Verifiers in browsers read it too.
 *
 *   version (1) ‖ epoch count (2) ‖ epoch ciphertexts (101 each, epoch-key-v1.ts), oldest first ‖
 *   commitment to the address keys (32, ../address-key.ts)
 */
import { concatBytes } from '@noble/hashes/utils.js';
import { epochCiphertextBytes } from './epoch-key-v1.ts';

const version = 1;
const headBytes = 3;
const commitmentBytes = 32;

export interface DomainPayload {
  readonly epochs: readonly Uint8Array[];
  readonly addressCommitment: Uint8Array;
}

export function encodeDomainPayload({ epochs, addressCommitment }: DomainPayload): Uint8Array {
  const head = new Uint8Array(headBytes);
  head[0] = version;
  new DataView(head.buffer).setUint16(1, epochs.length);
  return concatBytes(head, ...epochs, addressCommitment);
}

/** @returns undefined for another version or length */
export function decodeDomainPayload(payload: Uint8Array): DomainPayload | undefined {
  if (payload.length < headBytes || payload[0] !== version) return undefined;
  const count = payload[1]! * 256 + payload[2]!;
  const end = headBytes + count * epochCiphertextBytes;
  if (count === 0 || payload.length !== end + commitmentBytes) return undefined;
  const own = Uint8Array.from(payload);
  const epochs: Uint8Array[] = [];
  for (let at = headBytes; at < end; at += epochCiphertextBytes)
    epochs.push(own.subarray(at, at + epochCiphertextBytes));
  return { epochs, addressCommitment: own.subarray(end) };
}
