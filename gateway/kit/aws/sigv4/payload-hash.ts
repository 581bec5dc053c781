/** `x-amz-content-sha256`: what the signature says about the body. */

import { fail, type SignatureForm } from './failure.ts';
import type { SignedRequest } from './signature.ts';

export const unsignedPayload = 'UNSIGNED-PAYLOAD';
export const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export type PayloadMode =
  /** The header holds the body's SHA-256. */
  | { readonly kind: 'sha256'; readonly hex: string }
  | { readonly kind: 'unsigned' }
  /** aws-chunked; `signed` chunks carry signatures, `trailer` allows trailing headers. */
  | { readonly kind: 'chunked'; readonly signed: boolean; readonly trailer: boolean };

const modes: ReadonlyMap<string, PayloadMode> = new Map<string, PayloadMode>([
  [unsignedPayload, { kind: 'unsigned' }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', { kind: 'chunked', signed: true, trailer: false }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', { kind: 'chunked', signed: true, trailer: true }],
  ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', { kind: 'chunked', signed: false, trailer: true }],
]);

const hex64 = /^[0-9a-f]{64}$/i;

/**
 * The payload hash as sent: the header, for presigned URLs also the parameter. Undefined when neither is there.
 */
export function sentPayloadHash(request: SignedRequest, form: SignatureForm | undefined): string | undefined {
  const header = request.headers.bytes('x-amz-content-sha256');
  if (header !== undefined || form !== 'query') return header;
  for (const pair of request.pairs) {
    if (pair.name.toLowerCase() === 'x-amz-content-sha256') return pair.value;
  }
  return undefined;
}

/** @throws SignatureFailure for a value that is none of the known modes */
export function payloadMode(value: string): PayloadMode {
  const mode = modes.get(value);
  if (mode !== undefined) return mode;
  if (value.startsWith('STREAMING-AWS4-ECDSA-')) fail({ kind: 'unsupported-version' });
  if (!hex64.test(value)) fail({ kind: 'invalid-content-sha256', value });
  return { kind: 'sha256', hex: value.toLowerCase() };
}
