/**
 * Checks who sent a request, in three steps, so that the port can stop at the earliest failure and before it reads a
 * body: `read` (the syntax), `identify` (times, signed headers, the key), `verify` (the signature).
 */
import { type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../service.ts';
import type { Credential, CredentialStore } from '../credentials.ts';
import {
  canonicalHeaders,
  canonicalQuery,
  canonicalRequest,
  normalisedCanonicalPath,
  s3CanonicalPath,
  stringToSign,
} from './canonical.ts';
import { fail } from './failure.ts';
import { clockSkewMsMax } from './limits.ts';
import { readHeaderSignature } from './read-header.ts';
import { queryMechanism, readQuerySignature } from './read-query.ts';
import type { RequestSignature, SignedRequest } from './signature.ts';
import { requireSigned } from './signed-headers.ts';
import { type SigningKeyCache, sign } from './signing-key.ts';

/** `s3`: path encoded once and never normalised. `normalised`: every other service. */
export type PathRule = 's3' | 'normalised';

/** A request whose signature holds. */
export interface VerifiedSignature {
  readonly signature: RequestSignature;
  readonly credential: Credential;
  /** For the signatures of chunks and trailers. */
  readonly signingKey: KeyObject;
}

export interface AuthenticatorModules {
  readonly credentials: CredentialStore;
  readonly clock: Clock;
  readonly keys: SigningKeyCache;
  /** How far the time of a request may lie from the clock; `clockSkewMsMax` unless given. `any time`: nor does a URL expire. */
  readonly skewMs?: number | 'any time';
}

export class Authenticator {
  readonly #modules: AuthenticatorModules;

  constructor(modules: AuthenticatorModules) {
    this.#modules = modules;
  }

  /**
   * @returns undefined when the request carries no credentials
   * @throws SignatureFailure
   */
  read(request: SignedRequest): RequestSignature | undefined {
    const authorization = request.headers.bytes('authorization');
    const mechanism = queryMechanism(request.pairs);
    if (authorization !== undefined) {
      if (mechanism !== undefined) fail({ kind: 'two-mechanisms', value: authorization });
      return readHeaderSignature(request.headers, authorization);
    }
    if (mechanism === 'v2') fail({ kind: 'unsupported-version' });
    return mechanism === undefined ? undefined : readQuerySignature(request.pairs);
  }

  /**
   * Everything but the signature itself.
   * @throws SignatureFailure
   */
  async identify(
    signature: RequestSignature,
    request: SignedRequest,
    signingName: string,
  ): Promise<Credential> {
    const { scope } = signature;
    if (scope.service !== signingName) {
      fail({ kind: 'wrong-service', form: signature.form, service: scope.service, expected: signingName });
    }
    this.#checkTime(signature);
    requireSigned(request.headers, signature.signedHeaders);
    const credential = await this.#modules.credentials.lookup(signature.accessKeyId, signature.sessionToken);
    if (credential === undefined) {
      fail({ kind: 'unknown-access-key', accessKeyId: signature.accessKeyId });
    }
    if (!sameToken(signature.sessionToken, credential.sessionToken)) {
      fail({ kind: 'unknown-token', accessKeyId: signature.accessKeyId });
    }
    if (credential.expiresMs !== undefined && this.#nowOf(signature) >= credential.expiresMs) {
      fail({ kind: 'expired-token', accessKeyId: signature.accessKeyId });
    }
    return credential;
  }

  /**
   * @param payloadHash last line of the canonical request: the header as sent, or the hash of the collected body
   * @throws SignatureFailure
   */
  verify(
    signature: RequestSignature,
    request: SignedRequest,
    credential: Credential,
    payloadHash: string,
    rule: PathRule,
  ): VerifiedSignature {
    const { keys } = this.#modules;
    const { accessKeyId, scope } = signature;
    const signingKey = keys.get(accessKeyId, credential.secretAccessKey, scope);
    const query = canonicalQuery(request.pairs);
    const headers = canonicalHeaders(request.headers, signature.signedHeaders);
    let last = '';
    let lastToSign = '';
    for (const path of pathCandidates(request.url.path, rule)) {
      last = canonicalRequest({
        method: request.method,
        path,
        query,
        headers,
        signedHeaders: signature.signedHeadersText,
        payloadHash,
      });
      lastToSign = stringToSign(signature.time.iso, scope, last);
      if (sameSignature(sign(signingKey, lastToSign), signature.signature)) {
        keys.keep(accessKeyId, credential.secretAccessKey, scope, signingKey);
        return { signature, credential, signingKey };
      }
    }
    return fail({
      kind: 'mismatch',
      accessKeyId,
      scope,
      provided: signature.signature,
      stringToSign: lastToSign,
      canonicalRequest: last,
    });
  }

  /** Where any time of signing will do, that is when it was. */
  #nowOf({ time }: RequestSignature): number {
    const { clock, skewMs } = this.#modules;
    return skewMs === 'any time' ? time.ms : clock.now();
  }

  #checkTime(signature: RequestSignature): void {
    const { clock, skewMs = clockSkewMsMax } = this.#modules;
    if (skewMs === 'any time') return;
    const nowMs = clock.now();
    const { ms: requestMs, iso: requestIso } = signature.time;
    if (signature.form === 'header' || signature.expiresSeconds === undefined) {
      if (Math.abs(nowMs - requestMs) > skewMs) {
        fail({ kind: 'skewed', requestIso, requestMs, nowMs });
      }
      return;
    }
    if (requestMs - nowMs > skewMs) fail({ kind: 'not-yet-valid', requestMs, nowMs });
    const expiresMs = requestMs + signature.expiresSeconds * 1000;
    if (nowMs >= expiresMs) {
      fail({ kind: 'expired', expiresSeconds: signature.expiresSeconds, expiresMs, nowMs });
    }
  }
}

/**
 * Forms of the path a signer may have used. For S3: with escaped slashes decoded (some signers do that), as sent (nearly
 * every client, and free), and encoded anew. All of them address the same key, so accepting either widens nothing. The
 * one AWS documents is last, because an error document shows the last.
 */
function* pathCandidates(rawPath: string, rule: PathRule): Generator<string> {
  if (rule === 'normalised') {
    yield normalisedCanonicalPath(rawPath);
    return;
  }
  yield rawPath;
  const canonical = s3CanonicalPath(rawPath);
  if (canonical.includes('%2F')) yield canonical.replaceAll('%2F', '/');
  if (canonical !== rawPath) yield canonical;
}

/** Compares two texts without telling by its duration where they differ. */
export function sameText(computed: string, provided: string): boolean {
  const a = Buffer.from(computed, 'utf8');
  const b = Buffer.from(provided, 'utf8');
  return a.length === b.length && timingSafeEqual(a, b);
}

function sameSignature(computedHex: string, provided: string): boolean {
  return provided.length === computedHex.length && sameText(computedHex, provided);
}

function sameToken(sent: string | undefined, expected: string | undefined): boolean {
  if (sent === undefined || expected === undefined) return sent === expected;
  return sameText(expected, sent);
}
