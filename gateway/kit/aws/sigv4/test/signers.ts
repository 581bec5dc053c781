/** Independent signers, and their output in the form Node's HTTP parser would hand to us. */
import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
// @ts-expect-error: aws4 ships no declarations
import aws4 from 'aws4';
import { RawHeaders } from '../../http/raw-headers.ts';
import { queryPairs, splitUrl } from '../../http/raw-url.ts';
import type { SignedRequest } from '../signature.ts';

export const accessKeyId = 'AKIDEXAMPLE';
export const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
export const signedAt = new Date('2026-03-04T05:06:07Z');

class Sha256 {
  readonly #hash: ReturnType<typeof createHash>;
  constructor(secret?: string | Uint8Array | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined
        ? createHash('sha256')
        : (createHmac('sha256', Buffer.from(secret as Uint8Array)) as unknown as ReturnType<
            typeof createHash
          >);
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

export interface PlainRequest {
  readonly method: string;
  /** Encoded path, as it goes over the wire. */
  readonly path: string;
  /** Decoded parameters; an array repeats one. */
  readonly query: Readonly<Record<string, string | string[]>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly service: string;
  readonly region: string;
}

export interface WireRequest {
  readonly method: string;
  readonly target: string;
  /** Flat list of byte strings. */
  readonly rawHeaders: string[];
}

export function view(wire: WireRequest): SignedRequest {
  const url = splitUrl(wire.target)!;
  return {
    method: wire.method,
    url,
    pairs: queryPairs(url.query),
    headers: new RawHeaders(wire.rawHeaders),
  };
}

export function toByteString(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function wireHeaders(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => [name, toByteString(value.trim())]);
}

function rfc3986(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function wireQuery(query: Readonly<Record<string, string | string[]>>): string {
  return Object.entries(query)
    .flatMap(([name, value]) =>
      (Array.isArray(value) ? value : [value]).map((one) => `${rfc3986(name)}=${rfc3986(one)}`),
    )
    .join('&');
}

function smithySigner(request: PlainRequest, sessionToken?: string): SignatureV4 {
  return new SignatureV4({
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    region: request.region,
    service: request.service,
    sha256: Sha256 as never,
    uriEscapePath: request.service !== 's3',
    applyChecksum: true,
  });
}

export async function signWithSmithy(
  request: PlainRequest,
  presign?: { expiresIn: number },
  sessionToken?: string,
): Promise<WireRequest> {
  const signer = smithySigner(request, sessionToken);
  const message = {
    method: request.method,
    protocol: 'http:',
    hostname: 'localhost',
    path: request.path,
    query: { ...request.query },
    headers: { ...request.headers },
  };
  const options = { signingDate: signedAt, ...presign };
  const signed = (await (presign === undefined
    ? signer.sign(message as never, options)
    : signer.presign(message as never, options))) as unknown as typeof message;
  const query = wireQuery(signed.query);
  return {
    method: request.method,
    target: query === '' ? request.path : `${request.path}?${query}`,
    rawHeaders: wireHeaders(signed.headers),
  };
}

export function signWithAws4(request: PlainRequest, presign: boolean): WireRequest {
  const query = wireQuery(request.query);
  const iso = signedAt.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const signed = aws4.sign(
    {
      method: request.method,
      path: presign
        ? `${request.path}?${query}${query === '' ? '' : '&'}X-Amz-Date=${iso}&X-Amz-Expires=600`
        : query === ''
          ? request.path
          : `${request.path}?${query}`,
      headers: presign ? { ...request.headers } : { ...request.headers, 'X-Amz-Date': iso },
      service: request.service,
      region: request.region,
      signQuery: presign,
    },
    { accessKeyId, secretAccessKey },
  ) as { path: string; headers: Record<string, string> };
  return { method: request.method, target: signed.path, rawHeaders: wireHeaders(signed.headers) };
}
