/** Reads a presigned URL: `X-Amz-Algorithm`, `-Credential`, `-Date`, `-Expires`, `-SignedHeaders`, `-Signature`. */
import { decodeComponent, type QueryPair } from '../http/raw-url.ts';
import { parseIsoBasic } from './date.ts';
import { fail } from './failure.ts';
import { accessKeyIdCharsMax, presignExpirySecondsMax } from './limits.ts';
import { algorithm } from './read-header.ts';
import { parseCredential } from './scope.ts';
import type { RequestSignature } from './signature.ts';
import { parseSignedHeaders } from './signed-headers.ts';

/** Parameters of the signature itself: they are no headers of the request. */
export const signatureParameters: ReadonlySet<string> = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-signature',
  'x-amz-signedheaders',
]);

const allSix =
  'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.';

/** Whether the query tries to authenticate with version 4, with version 2, or not at all. */
export function queryMechanism(pairs: readonly QueryPair[]): 'v4' | 'v2' | undefined {
  let v2 = 0;
  for (const { name } of pairs) {
    if (name === 'X-Amz-Algorithm' || name === 'X-Amz-Credential' || name === 'X-Amz-Signature') return 'v4';
    if (name === 'AWSAccessKeyId' || name === 'Signature') v2 += 1;
  }
  return v2 >= 2 ? 'v2' : undefined;
}

/**
 * S3 demands X-Amz-Expires; other services accept URLs without it, which live as long as a header signature does.
 * @throws SignatureFailure
 */
export function readQuerySignature(pairs: readonly QueryPair[]): RequestSignature {
  const found = new Map<string, string>();
  for (const pair of pairs) {
    const name = pair.name.toLowerCase();
    if (!signatureParameters.has(name) && name !== 'x-amz-security-token') continue;
    if (found.has(name)) malformed(`The parameter ${pair.name} is given twice.`);
    found.set(name, decodeComponent(pair.value));
  }
  const [algorithmText, credentialText, dateText, expiresText, signature, signedHeadersText] = [
    'x-amz-algorithm',
    'x-amz-credential',
    'x-amz-date',
    'x-amz-expires',
    'x-amz-signature',
    'x-amz-signedheaders',
  ].map((name) => found.get(name));
  if (algorithmText !== undefined && algorithmText !== algorithm) {
    if (algorithmText === 'AWS4-ECDSA-P256-SHA256') fail({ kind: 'unsupported-version' });
    malformed(`X-Amz-Algorithm only supports "${algorithm}".`);
  }
  if (
    algorithmText === undefined ||
    credentialText === undefined ||
    dateText === undefined ||
    signature === undefined ||
    signedHeadersText === undefined
  ) {
    malformed(allSix);
  }
  const credential = parseCredential(credentialText);
  if (typeof credential === 'string')
    malformed(`Error parsing the X-Amz-Credential parameter; ${credential}`);
  if (credential.accessKeyId.length > accessKeyIdCharsMax) {
    fail({ kind: 'unknown-access-key', accessKeyId: credential.accessKeyId.slice(0, accessKeyIdCharsMax) });
  }
  if (expiresText === undefined && credential.scope.service === 's3') malformed(allSix);
  const time = parseIsoBasic(dateText);
  if (time === undefined) {
    malformed(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`);
  }
  const signedHeaders = parseSignedHeaders(signedHeadersText);
  if (typeof signedHeaders === 'string')
    malformed(`Error parsing the X-Amz-SignedHeaders parameter; ${signedHeaders}`);
  if (!time.iso.startsWith(credential.scope.date)) {
    malformed(
      `Invalid credential date "${credential.scope.date}". This date is not the same as X-Amz-Date: "${time.iso.slice(0, 8)}".`,
    );
  }
  return {
    form: 'query',
    accessKeyId: credential.accessKeyId,
    scope: credential.scope,
    signedHeaders,
    signedHeadersText,
    signature,
    time,
    expiresSeconds: expiresText === undefined ? undefined : readExpiry(expiresText),
    sessionToken: found.get('x-amz-security-token'),
  };
}

/** Zero is a number like others: such a URL has expired when it arrives. */
function readExpiry(text: string): number {
  if (!/^[+-]?\d{1,15}$/.test(text)) malformed('X-Amz-Expires should be a number');
  const seconds = Number(text);
  if (seconds < 0) outOfRange('X-Amz-Expires must be non-negative');
  if (seconds > presignExpirySecondsMax) {
    outOfRange(
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    );
  }
  return seconds;
}

function malformed(message: string): never {
  fail({ kind: 'malformed-query', message });
}

function outOfRange(message: string): never {
  fail({ kind: 'expires-out-of-range', message });
}
