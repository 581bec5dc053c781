/**
 * Receipt handles: which message of which queue, and a random nonce that the message's record has from its newest delivery alone. Who did not
 * receive it cannot make one, and one of an earlier delivery is not taken for the newest.
 *   handle = base64url(version ‖ queue id (16) ‖ sequence (16) ‖ nonce (32))
 */
import { timingSafeEqual } from 'node:crypto';
import { queueLimits } from './limits.ts';
import { type MessageRow, sequenceBytes } from './tables.ts';

const version = 1;
const idBytes = 16;
export const nonceBytes = 32;
const handleBytes = 1 + idBytes + sequenceBytes + nonceBytes;

export interface Receipt {
  readonly sequence: Buffer;
  readonly nonce: Buffer;
}

export function receiptOf(queueId: string, sequence: Uint8Array, nonce: Uint8Array): string {
  const bytes = Buffer.concat([Buffer.of(version), Buffer.from(queueId, 'hex'), sequence, nonce]);
  return bytes.toString('base64url');
}

/** @returns undefined when it is none of this queue's */
export function readReceipt(queueId: string, handle: string): Receipt | undefined {
  if (handle.length > queueLimits.receiptHandleMax) return undefined;
  const bytes = Buffer.from(handle, 'base64url');
  if (bytes.length !== handleBytes || bytes[0] !== version) return undefined;
  if (!bytes.subarray(1, 1 + idBytes).equals(Buffer.from(queueId, 'hex'))) return undefined;
  const sequence = bytes.subarray(1 + idBytes, 1 + idBytes + sequenceBytes);
  return { sequence, nonce: bytes.subarray(1 + idBytes + sequenceBytes) };
}

/** Whether it is the handle of the newest delivery. */
export function isNewest({ nonce }: Receipt, message: Pick<MessageRow, 'nonce'>): boolean {
  if (message.nonce === undefined) return false;
  const kept = Buffer.from(message.nonce, 'base64');
  return kept.length === nonce.length && timingSafeEqual(kept, nonce);
}
