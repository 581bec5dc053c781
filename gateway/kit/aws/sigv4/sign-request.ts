/** Signs requests that the gateway sends to itself for a caller, as the caller's own client would (AWS Signature Version 4, by header). */
import { canonicalRequest, stringToSign } from './canonical.ts';
import { isoBasicOf } from './date.ts';
import { scopeText } from './scope.ts';
import { deriveSigningKey, sign } from './signing-key.ts';

export interface OwnCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface OwnRequest {
  readonly method: string;
  /** As sent: every byte but A-Z a-z 0-9 - . _ ~ / percent-encoded. */
  readonly path: string;
  /** As sent, without the question mark: encoded, in the byte order of names. */
  readonly query: string;
  readonly host: string;
  readonly region: string;
  readonly service: string;
  /** SHA-256 of the body, lower-case hex. */
  readonly payloadHash: string;
  readonly nowMs: number;
}

/** @returns all headers to send but those of the body */
export function signOwnRequest(credentials: OwnCredentials, request: OwnRequest): Record<string, string> {
  const { method, path, query, host, region, service, payloadHash } = request;
  const iso = isoBasicOf(request.nowMs);
  const headers: Record<string, string> = {
    host,
    'x-amz-content-sha256': payloadHash,
    'x-amz-date': iso,
    ...(credentials.sessionToken === undefined ? {} : { 'x-amz-security-token': credentials.sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const signedHeaders = names.join(';');
  const scope = { date: iso.slice(0, 8), region, service };
  const text = canonicalRequest({
    method,
    path,
    query,
    headers: names.map((name) => `${name}:${headers[name]}\n`).join(''),
    signedHeaders,
    payloadHash,
  });
  const signature = sign(
    deriveSigningKey(credentials.secretAccessKey, scope),
    stringToSign(iso, scope, text),
  );
  const credential = `${credentials.accessKeyId}/${scopeText(scope)}`;
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}`,
  };
}
