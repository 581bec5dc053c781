/** Addresses of records: HMAC-SHA-256, cut to the 24 bytes of a slot. */
import { createHmac, type KeyObject } from 'node:crypto';

export const slotBytes = 24;

/** @param input must be an injective encoding of what is addressed */
export function prfSlot(key: KeyObject, input: Uint8Array): Buffer {
  return createHmac('sha256', key).update(input).digest().subarray(0, slotBytes);
}
