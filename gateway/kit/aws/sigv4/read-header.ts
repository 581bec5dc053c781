/** Reads `Authorization: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`. */
import type { RawHeaders } from '../http/raw-headers.ts';
import { parseDateHeader, parseIsoBasic, type RequestTime } from './date.ts';
import { fail } from './failure.ts';
import { accessKeyIdCharsMax, authorizationBytesMax } from './limits.ts';
import { parseCredential } from './scope.ts';
import type { RequestSignature } from './signature.ts';
import { parseSignedHeaders } from './signed-headers.ts';

export const algorithm = 'AWS4-HMAC-SHA256';

const threeComponents =
  'the authorization header requires three components: Credential, SignedHeaders, and Signature.';

/** @throws SignatureFailure */
export function readHeaderSignature(headers: RawHeaders, value: string): RequestSignature {
  if (headers.isRepeated('authorization')) fail({ kind: 'two-mechanisms', value });
  if (value.trim() === '') fail({ kind: 'empty-authorization' });
  if (value.length > authorizationBytesMax) malformed('it is too long.');
  const components = readComponents(value);

  const credential = parseCredential(components.credential);
  if (typeof credential === 'string') malformed(credential);
  if (credential.accessKeyId.length > accessKeyIdCharsMax) {
    fail({ kind: 'unknown-access-key', accessKeyId: credential.accessKeyId.slice(0, accessKeyIdCharsMax) });
  }
  const signedHeaders = parseSignedHeaders(components.signedHeaders);
  if (typeof signedHeaders === 'string') malformed(signedHeaders);
  const time = readTime(headers);
  if (!time.iso.startsWith(credential.scope.date)) {
    malformed(
      `Invalid credential date "${credential.scope.date}". This date is not the same as X-Amz-Date: "${time.iso.slice(0, 8)}".`,
    );
  }
  return {
    form: 'header',
    accessKeyId: credential.accessKeyId,
    scope: credential.scope,
    signedHeaders,
    signedHeadersText: components.signedHeaders,
    signature: components.signature,
    time,
    expiresSeconds: undefined,
    sessionToken: headers.text('x-amz-security-token'),
  };
}

interface Components {
  readonly credential: string;
  readonly signedHeaders: string;
  readonly signature: string;
}

function readComponents(value: string): Components {
  const space = value.indexOf(' ');
  const scheme = space < 0 ? value : value.slice(0, space);
  if (scheme !== algorithm) {
    if (scheme === 'AWS' || scheme.startsWith('AWS4-')) fail({ kind: 'unsupported-version' });
    fail({ kind: 'unsupported-scheme', value });
  }
  if (space < 0) malformed(threeComponents);
  let credential: string | undefined;
  let signedHeaders: string | undefined;
  let signature: string | undefined;
  for (const piece of value.slice(space + 1).split(',')) {
    const equals = piece.indexOf('=');
    const name = piece.slice(0, Math.max(equals, 0)).trim();
    const content = piece.slice(equals + 1).trim();
    if (name === 'Credential' && credential === undefined) credential = content;
    else if (name === 'SignedHeaders' && signedHeaders === undefined) signedHeaders = content;
    else if (name === 'Signature' && signature === undefined) signature = content;
    else malformed(threeComponents);
  }
  if (credential === undefined || signedHeaders === undefined || signature === undefined) {
    malformed(threeComponents);
  }
  return { credential, signedHeaders, signature };
}

/** `X-Amz-Date` counts before `Date`. */
function readTime(headers: RawHeaders): RequestTime {
  const amzDate = headers.bytes('x-amz-date');
  const date = headers.bytes('date');
  const time =
    amzDate !== undefined ? parseIsoBasic(amzDate) : date !== undefined ? parseDateHeader(date) : undefined;
  return time ?? fail({ kind: 'missing-date' });
}

function malformed(message: string): never {
  fail({ kind: 'malformed-header', message });
}
