/**
 * A small signer for load and raw tests: AWS Signature Version 4 by header, for S3 (paths encoded once) and for services whose calls
 * all go to `/`. It exists because the SDK's signer costs more CPU than a small request costs the server. The suites and the client runs use real signers.
 * Source: AWS General Reference, "Create a signed AWS API request".
 */
import { createHash, createHmac } from 'node:crypto';

export interface SigningIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

export interface SignableRequest {
  readonly method: string;
  /** As sent: every byte but A-Z a-z 0-9 - . _ ~ / percent-encoded. */
  readonly path: string;
  /** As sent, without `?`: encoded, and its parameters in byte order. */
  readonly query?: string;
  /** The Host header. */
  readonly host: string;
  /** Hex SHA-256 of the body, or one of the unsigned markers. */
  readonly payloadHash: string;
  /** Further headers to sign: lower-case names. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Name in the credential's scope; S3 unless given. */
  readonly service?: string;
  readonly now?: Date;
}

export const unsignedPayload = 'UNSIGNED-PAYLOAD';
export const emptyPayloadHash = createHash('sha256').digest('hex');

const signingKeys = new Map<string, Buffer>();

/** All headers to send with the request: host, x-amz-date, of S3 x-amz-content-sha256, the further ones, authorization. */
export function signRequest(identity: SigningIdentity, request: SignableRequest): Record<string, string> {
  const stamp = (request.now ?? new Date()).toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = stamp.slice(0, 8);
  const service = request.service ?? 's3';
  const headers: Record<string, string> = {
    host: request.host,
    ...(service === 's3' ? { 'x-amz-content-sha256': request.payloadHash } : {}),
    'x-amz-date': stamp,
    ...request.headers,
  };
  const names = Object.keys(headers).sort();
  let canonicalHeaders = '';
  for (const name of names)
    canonicalHeaders += `${name}:${(headers[name] as string).trim().replace(/ +/g, ' ')}\n`;
  const signedHeaders = names.join(';');
  const canonical = `${request.method}\n${request.path}\n${request.query ?? ''}\n${canonicalHeaders}\n${signedHeaders}\n${request.payloadHash}`;
  const scope = `${day}/${identity.region}/${service}/aws4_request`;
  const toSign = `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${createHash('sha256').update(canonical).digest('hex')}`;
  const signature = createHmac('sha256', signingKey(identity, day, service))
    .update(toSign)
    .digest('hex');
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${identity.accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
  return headers;
}

/** S3's percent-encoding of a path: `/` stays. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeComponent).join('/');
}

/** Percent-encodes everything but the unreserved characters of RFC 3986. */
export function encodeComponent(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function signingKey(identity: SigningIdentity, day: string, service: string): Buffer {
  const name = `${identity.accessKeyId} ${identity.secretAccessKey} ${identity.region} ${day} ${service}`;
  let key = signingKeys.get(name);
  if (key === undefined) {
    key = Buffer.from(`AWS4${identity.secretAccessKey}`);
    for (const step of [day, identity.region, service, 'aws4_request'])
      key = createHmac('sha256', key).update(step).digest();
    if (signingKeys.size > 100) signingKeys.clear();
    signingKeys.set(name, key);
  }
  return key;
}
