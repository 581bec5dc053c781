/**
 * An epoch key encrypted to the read key (epoch-key.ts), version 1. Never changed once released.
 *
 *   version (1) ‖ epoch (4, big-endian) ‖ K (32) ‖ E (32) ‖ c (32)
 */
const version = 1;
export const epochCiphertextBytes = 101;

/** Cut, not checked: whoever uses a field decodes it. */
export interface EpochCiphertext {
  readonly epoch: number;
  /** K */
  readonly commitment: Uint8Array;
  /** E */
  readonly element: Uint8Array;
  /** c */
  readonly masked: Uint8Array;
}

export function encodeEpochCiphertext(ciphertext: EpochCiphertext): Uint8Array {
  const bytes = new Uint8Array(epochCiphertextBytes);
  bytes[0] = version;
  new DataView(bytes.buffer).setUint32(1, ciphertext.epoch);
  bytes.set(ciphertext.commitment, 5);
  bytes.set(ciphertext.element, 37);
  bytes.set(ciphertext.masked, 69);
  return bytes;
}

/** @returns undefined for another version or length */
export function decodeEpochCiphertext(bytes: Uint8Array): EpochCiphertext | undefined {
  if (bytes.length !== epochCiphertextBytes || bytes[0] !== version) return undefined;
  const own = Uint8Array.from(bytes);
  return {
    epoch: new DataView(own.buffer).getUint32(1),
    commitment: own.subarray(5, 37),
    element: own.subarray(37, 69),
    masked: own.subarray(69),
  };
}
