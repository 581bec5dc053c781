/** A presigned URL that came by another way than HTTP: tokens of IAM authentication are GET requests that nobody sends. */
import type { Clock } from '../../service.ts';
import type { Credential, CredentialStore } from '../credentials.ts';
import { RawHeaders } from '../http/raw-headers.ts';
import { decodedQuery, queryPairs, splitUrl } from '../http/raw-url.ts';
import { Authenticator } from './authenticator.ts';
import { fail } from './failure.ts';
import { emptySha256 } from './payload-hash.ts';
import { SigningKeyCache } from './signing-key.ts';

export interface PresignedUse {
  readonly credential: Credential;
  readonly region: string;
  /** From the time in the URL on; undefined where it does not say. */
  readonly expiresSeconds: number | undefined;
  /** Decoded. */
  readonly query: ReadonlyMap<string, string>;
}

/**
 * @param host that was signed, with its port
 * @param target path and query as they stand in the URL
 * @throws SignatureFailure
 */
export async function verifyPresigned(
  {
    host,
    target,
    signingName,
  }: { readonly host: string; readonly target: string; readonly signingName: string },
  { credentials, clock }: { readonly credentials: CredentialStore; readonly clock: Clock },
): Promise<PresignedUse> {
  const url = splitUrl(target);
  if (url === undefined) fail({ kind: 'malformed-query', message: 'The URL has no path.' });
  const pairs = queryPairs(url.query);
  const request = { method: 'GET', url, pairs, headers: new RawHeaders(['host', host]) };
  const authenticator = new Authenticator({ credentials, clock, keys: new SigningKeyCache(1) });
  const signature = authenticator.read(request);
  if (signature === undefined) fail({ kind: 'empty-authorization' });
  const credential = await authenticator.identify(signature, request, signingName);
  authenticator.verify(signature, request, credential, emptySha256, 'normalised');
  return {
    credential,
    region: signature.scope.region,
    expiresSeconds: signature.expiresSeconds,
    query: decodedQuery(pairs),
  };
}
