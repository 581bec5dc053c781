/**
 * Checks a kept call as the port checked the request: by the same reader, the same rules for what must be signed, the same times and the
 * same comparison. Beyond that, since whoever passes the call on is not believed: nothing may stand in it that the
 * signature does not cover, a body must be the one whose hash was signed, and what a signature does not order (repeated parameters)
 * must not be there.
 */
import { hash } from 'node:crypto';
import type { Clock, Principal } from '../../service.ts';
import type { Credential, CredentialStore } from '../credentials.ts';
import { RawHeaders } from '../http/raw-headers.ts';
import { decodeComponent, decodedQuery, queryPairs, splitUrl, wellFormedUrl } from '../http/raw-url.ts';
import {
  Authenticator,
  hoistedParameters,
  payloadMode,
  type RequestSignature,
  SignatureFailure,
  type SignedRequest,
  SigningKeyCache,
  sentPayloadHash,
  unsignedPayload,
} from '../sigv4/index.ts';
import type { SignedCall } from './call.ts';
import { keptWith } from './keep.ts';

export interface VerifySignedCallOptions {
  readonly credentials: CredentialStore;
  readonly clock: Clock;
  /** How far the time of signing may lie from the clock; 15 minutes unless given. A presigned URL lives as long as it says. */
  readonly skewMs?: number | 'any time';
  /** Whom callers act as that did not sign; without it they are refused. */
  readonly allowUnsigned?: Principal;
  /** Keeps derived keys from one call to the next. */
  readonly keys?: SigningKeyCache;
}

/** A call whose signature holds. Everything in it is covered by the signature. */
export interface VerifiedCall {
  readonly principal: Principal;
  /** Undefined when nobody signed it; then signing name and region are empty. */
  readonly credential: Credential | undefined;
  readonly signingName: string;
  readonly region: string;
  /** When it was signed, milliseconds since 1970; now when nobody signed it. */
  readonly timeMs: number;
  readonly method: string;
  /** Still encoded, without the query. */
  readonly rawPath: string;
  /** Decoded; the parameters of a presigned URL's signature are among them. */
  readonly query: ReadonlyMap<string, string>;
  /** Text of a signed header by its name in lower case; `x-amz-*` parameters of a presigned URL count. */
  header(name: string): string | undefined;
  /** As in `SignedCall`. */
  readonly payloadHash: string;
  /** Undefined when it is withheld, or the signature does not cover it. */
  readonly body: Uint8Array | undefined;
}

/** @throws SignatureFailure */
export async function verifySignedCall(
  call: SignedCall,
  options: VerifySignedCallOptions,
): Promise<VerifiedCall> {
  const request = requestOf(call);
  const { credentials, clock, skewMs, keys = new SigningKeyCache(1) } = options;
  const authenticator = new Authenticator({
    credentials,
    clock,
    keys,
    ...(skewMs === undefined ? {} : { skewMs }),
  });
  const signature = authenticator.read(request);
  if ((signature === undefined) !== (call.unsigned === true)) fail({ kind: 'empty-authorization' });
  const isHoisted = signature?.form === 'query';
  refuseRepeated(request, isHoisted);
  checkPayload(call, request, signature);
  const query = decodedQuery(request.pairs);
  const hoisted = isHoisted ? hoistedParameters(query) : undefined;
  const { method, payloadHash, body } = call;
  const common = { method, rawPath: request.url.path, query, payloadHash, body };
  if (signature === undefined) {
    if (options.allowUnsigned === undefined) fail({ kind: 'empty-authorization' });
    return {
      ...common,
      principal: options.allowUnsigned,
      credential: undefined,
      signingName: '',
      region: '',
      timeMs: clock.now(),
      header: (name) => request.headers.text(name),
    };
  }
  refuseUncovered(request.headers, signature);
  const { service: signingName, region } = signature.scope;
  const credential = await authenticator.identify(signature, request, signingName);
  authenticator.verify(signature, request, credential, payloadHash, pathRuleOf(signingName));
  const signed = new Set(signature.signedHeaders);
  return {
    ...common,
    principal: credential.principal,
    credential,
    signingName,
    region,
    timeMs: signature.time.ms,
    header: (name) => (signed.has(name) ? request.headers.text(name) : undefined) ?? hoisted?.get(name),
  };
}

function pathRuleOf(signingName: string): 's3' | 'normalised' {
  return signingName === 's3' ? 's3' : 'normalised';
}

function requestOf({ method, rawUrl, headers }: SignedCall): SignedRequest {
  const url = splitUrl(rawUrl);
  if (url === undefined || !wellFormedUrl(url))
    fail({ kind: 'malformed-query', message: 'The request target is not well-formed.' });
  return { method, url, pairs: queryPairs(url.query), headers: new RawHeaders(headers.flat()) };
}

/**
 * Parameters are sorted before they are signed, so whoever passes the call on could change the order of repeated ones, and with it
 * the one that counts.
 */
function refuseRepeated({ pairs }: SignedRequest, isHoisted: boolean): void {
  const names = pairs.map((pair) => {
    const name = decodeComponent(pair.name);
    const lower = name.toLowerCase();
    // Where they stand for headers their case does not count.
    return isHoisted && lower.startsWith('x-amz-') ? lower : name;
  });
  if (new Set(names).size !== names.length)
    fail({ kind: 'malformed-query', message: 'A query parameter is given twice.' });
}

function refuseUncovered(headers: RawHeaders, signature: RequestSignature): void {
  const isKept = keptWith(signature, headers.has('x-amz-date'));
  const names = [...headers.names()].filter((name) => !isKept(name)).sort();
  if (names.length > 0) fail({ kind: 'headers-not-signed', names });
}

/** The payload hash is what the request says or, where it says nothing, what the port makes of it; a body fits it. */
function checkPayload(
  { payloadHash, body }: SignedCall,
  request: SignedRequest,
  signature: RequestSignature | undefined,
): void {
  const mode = payloadMode(payloadHash);
  const wrong = { kind: 'invalid-content-sha256', value: payloadHash } as const;
  if (body !== undefined && !(mode.kind === 'sha256' && mode.hex === hash('sha256', body, 'hex')))
    fail(wrong);
  if (signature === undefined) return;
  const sent = sentPayloadHash(request, signature.form);
  if (sent !== undefined) {
    if (sent !== payloadHash) fail(wrong);
  } else if (pathRuleOf(signature.scope.service) === 's3') {
    if (signature.form === 'header') fail({ kind: 'missing-content-sha256' });
    if (payloadHash !== unsignedPayload) fail(wrong);
  } else if (mode.kind !== 'sha256') fail(wrong);
}

function fail(reason: SignatureFailure['reason']): never {
  throw new SignatureFailure(reason);
}
