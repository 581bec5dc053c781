/**
 * Why a request was not authenticated. The check itself knows no protocol; `error-forms.ts` turns a failure into the
 * error of the service that was called.
 */
import type { Scope } from './scope.ts';

export type SignatureFailureReason =
  | { readonly kind: 'empty-authorization' }
  | { readonly kind: 'unsupported-scheme'; readonly value: string }
  /** Signature version 2, or the asymmetric version 4a. */
  | { readonly kind: 'unsupported-version' }
  | { readonly kind: 'two-mechanisms'; readonly value: string }
  | { readonly kind: 'malformed-header'; readonly message: string }
  | { readonly kind: 'malformed-query'; readonly message: string }
  /** X-Amz-Expires is a number, but none that a link may live for. */
  | { readonly kind: 'expires-out-of-range'; readonly message: string }
  | { readonly kind: 'missing-date' }
  | {
      readonly kind: 'wrong-service';
      readonly form: SignatureForm;
      readonly service: string;
      readonly expected: string;
    }
  | {
      readonly kind: 'skewed';
      readonly requestIso: string;
      readonly requestMs: number;
      readonly nowMs: number;
    }
  | { readonly kind: 'not-yet-valid'; readonly requestMs: number; readonly nowMs: number }
  | {
      readonly kind: 'expired';
      readonly expiresSeconds: number;
      readonly expiresMs: number;
      readonly nowMs: number;
    }
  | { readonly kind: 'headers-not-signed'; readonly names: readonly string[] }
  | { readonly kind: 'missing-content-sha256' }
  | { readonly kind: 'invalid-content-sha256'; readonly value: string }
  | { readonly kind: 'unknown-access-key'; readonly accessKeyId: string }
  | { readonly kind: 'unknown-token'; readonly accessKeyId: string }
  | { readonly kind: 'expired-token'; readonly accessKeyId: string }
  | {
      readonly kind: 'mismatch';
      readonly accessKeyId: string;
      readonly scope: Scope;
      readonly provided: string;
      readonly stringToSign: string;
      readonly canonicalRequest: string;
    };

export type SignatureForm = 'header' | 'query';

export class SignatureFailure extends Error {
  readonly reason: SignatureFailureReason;
  constructor(reason: SignatureFailureReason) {
    super(`request not authenticated: ${reason.kind}`);
    this.name = 'SignatureFailure';
    this.reason = reason;
  }
}

export function fail(reason: SignatureFailureReason): never {
  throw new SignatureFailure(reason);
}
