/** Chooses how a request's body is read, from its headers and its verified signature. */

import type { RequestBody } from '../body.ts';
import { AwsError } from '../definition.ts';
import type { RawHeaders } from '../http/raw-headers.ts';
import type { VerifiedSignature } from '../sigv4/authenticator.ts';
import { ChunkSigner } from '../sigv4/chunk-signer.ts';
import { emptySha256, type PayloadMode } from '../sigv4/payload-hash.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';
import { invalidDecodedLength, missingContentLength, payloadHashMismatch } from './errors.ts';
import type { IdleWatch } from './idle-watch.ts';
import type { ByteSource } from './pump.ts';
import { StreamedBody } from './streamed-body.ts';
import { announcedTrailers } from './trailer.ts';
import { emptyBody } from './whole-body.ts';

export interface BodyRequest {
  readonly headers: RawHeaders;
  readonly source: ByteSource;
  /** From `x-amz-content-sha256`; undefined when it was not sent. */
  readonly mode: PayloadMode | undefined;
  readonly verified: VerifiedSignature | undefined;
  readonly watch: IdleWatch;
  readonly onStart: () => void;
  readonly tooLarge: (bytesMax: number) => AwsError;
}

/** Whether the message has a body at all (RFC 9112 section 6.3). */
export function hasBody(headers: RawHeaders): boolean {
  if (headers.has('transfer-encoding')) return true;
  const length = headers.bytes('content-length');
  return length !== undefined && length !== '0';
}

/** @throws AwsError when the headers contradict each other */
export function createRequestBody(request: BodyRequest): RequestBody {
  const { headers, mode } = request;
  if (mode?.kind === 'chunked') return chunkedBody(request, mode);
  const lengthText = headers.bytes('content-length');
  const contentLength = lengthText === undefined ? undefined : Number(lengthText);
  const sha256Hex = mode?.kind === 'sha256' ? mode.hex : undefined;
  if (!hasBody(headers)) {
    if (sha256Hex !== undefined && sha256Hex !== emptySha256)
      throw payloadHashMismatch(sha256Hex, emptySha256);
    return emptyBody(contentLength, request.tooLarge, sha256Hex);
  }
  return new StreamedBody({
    source: request.source,
    contentLength,
    watch: request.watch,
    onStart: request.onStart,
    tooLarge: request.tooLarge,
    coding: { kind: 'plain', sha256Hex },
  });
}

const digits = /^\d{1,15}$/;

function chunkedBody(request: BodyRequest, mode: Extract<PayloadMode, { kind: 'chunked' }>): RequestBody {
  const { headers, verified } = request;
  const lengthText = headers.bytes('x-amz-decoded-content-length');
  if (lengthText === undefined) throw missingContentLength();
  if (!digits.test(lengthText)) throw invalidDecodedLength(lengthText);
  const decodedLength = Number(lengthText);
  if (mode.signed && verified === undefined) {
    throw new AwsError('InvalidRequest', 400, 'Signed chunks need a signed request.');
  }
  const signer =
    mode.signed && verified !== undefined
      ? new ChunkSigner(verified.signature, verified.signingKey)
      : undefined;
  const decoder = new ChunkedDecoder({
    signer,
    trailer: mode.trailer,
    announced: mode.trailer ? announcedTrailers(headers.bytes('x-amz-trailer')) : new Set(),
    decodedLength,
  });
  return new StreamedBody({
    source: request.source,
    contentLength: decodedLength,
    watch: request.watch,
    onStart: request.onStart,
    tooLarge: request.tooLarge,
    coding: { kind: 'chunked', decoder },
  });
}

/**
 * `Content-Encoding` without `aws-chunked`, which describes the transfer and not the object; undefined when nothing
 * else is left.
 */
export function storedContentEncoding(value: string | undefined): string | undefined {
  if (value === undefined || !/aws-chunked/i.test(value)) return value;
  const kept = value
    .split(',')
    .map((piece) => piece.trim())
    .filter((piece) => piece.toLowerCase() !== 'aws-chunked' && piece !== '');
  return kept.length === 0 ? undefined : kept.join(',');
}
