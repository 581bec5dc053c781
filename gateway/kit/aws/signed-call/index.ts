/**
 * Requests as their callers signed them: kept by the port for operations that ask for it, passed on as bytes, and checked again by somebody
 * who believes neither the port nor who passes them on.
 */
export { SignatureFailure, type SignatureFailureReason, SigningKeyCache } from '../sigv4/index.ts';
export type { SignedCall } from './call.ts';
export { decodeSignedCall, encodeSignedCall, MalformedSignedCall } from './format.ts';
export { signedCallLimits } from './limits.ts';
export { type VerifiedCall, type VerifySignedCallOptions, verifySignedCall } from './verify.ts';
