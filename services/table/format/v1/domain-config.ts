/**
 * The payload of a domain's configuration (version 1): what the holder of the read secret needs, and what fixes addresses.
 *
 *   version (1) ‖ epoch count (2) ‖ epoch ciphertexts (101 each, node/crypto/epoch-key.ts), oldest first ‖
 *   commitment to the address keys (32, node/crypto/address-key.ts)
 */
import type { Bytes } from '@hypergate/node/api';
import { DecryptionError, epochCiphertextBytes } from '@hypergate/node/crypto';

const version = 1;
const commitmentBytes = 32;

export interface DomainPayload {
  readonly epochs: readonly Bytes[];
  readonly addressCommitment: Bytes;
}

export function encodeDomainPayload({ epochs, addressCommitment }: DomainPayload): Buffer {
  const count = Buffer.alloc(3);
  count[0] = version;
  count.writeUInt16BE(epochs.length, 1);
  return Buffer.concat([count, ...epochs, addressCommitment]);
}

/** @throws DecryptionError `format` */
export function decodeDomainPayload(payload: Bytes): DomainPayload {
  const bytes = Buffer.from(payload);
  if (bytes.length < 3 || bytes[0] !== version) throw new DecryptionError('format');
  const count = bytes.readUInt16BE(1);
  const end = 3 + count * epochCiphertextBytes;
  if (count === 0 || bytes.length !== end + commitmentBytes) throw new DecryptionError('format');
  const epochs: Bytes[] = [];
  for (let at = 3; at < end; at += epochCiphertextBytes)
    epochs.push(bytes.subarray(at, at + epochCiphertextBytes));
  return { epochs, addressCommitment: bytes.subarray(end) };
}
