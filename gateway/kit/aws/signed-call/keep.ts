/** What is kept of a request whose operation asks for it (`OperationRow.keepsSignature`). */
import { hash } from 'node:crypto';
import { payloadMode, type RequestSignature, type SignedRequest, unsignedPayload } from '../sigv4/index.ts';
import type { SignedCall } from './call.ts';

export interface KeptRequest extends SignedRequest {
  readonly rawUrl: string;
}

/**
 * @param signature undefined when nobody signed it
 * @param payloadHash that the signature was checked with
 * @param body as sent; undefined when it is streamed
 */
export function keepSignedCall(
  request: KeptRequest,
  signature: RequestSignature | undefined,
  payloadHash: string | undefined,
  body: Uint8Array | undefined,
): SignedCall {
  const { method, rawUrl, headers } = request;
  const isKept =
    signature === undefined
      ? (name: string) => name === 'host' || name.startsWith('x-amz-')
      : keptWith(signature, headers.has('x-amz-date'));
  const kept = headers.fields
    .filter(({ name }) => isKept(name))
    .map(({ name, value }) => [name, value] as const);
  const call = { method, rawUrl, headers: kept };
  if (signature === undefined || payloadHash === undefined) {
    if (body === undefined) return { ...call, payloadHash: unsignedPayload, unsigned: true };
    return { ...call, payloadHash: hash('sha256', body, 'hex'), body, unsigned: true };
  }
  const isCovered = body !== undefined && payloadMode(payloadHash).kind === 'sha256';
  return isCovered ? { ...call, payloadHash, body } : { ...call, payloadHash };
}

/** Names that belong to a signature: those it covers and those it stands in. */
export function keptWith(
  { form, signedHeaders }: RequestSignature,
  hasAmzDate: boolean,
): (name: string) => boolean {
  const names = new Set(signedHeaders);
  if (form === 'header') {
    names.add('authorization');
    // It is not covered as a field, but its time is.
    if (!hasAmzDate) names.add('date');
  }
  return (name) => names.has(name);
}
