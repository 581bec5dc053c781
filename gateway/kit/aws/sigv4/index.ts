/** Signature Version 4: reading, checking, and the errors of both. */
export {
  Authenticator,
  type AuthenticatorModules,
  type PathRule,
  type VerifiedSignature,
} from './authenticator.ts';
export { ChunkSigner } from './chunk-signer.ts';
export { signatureError } from './error-forms.ts';
export { SignatureFailure, type SignatureFailureReason } from './failure.ts';
export { hoistedParameters } from './hoisted.ts';
export {
  emptySha256,
  type PayloadMode,
  payloadMode,
  sentPayloadHash,
  unsignedPayload,
} from './payload-hash.ts';
export { signatureParameters } from './read-query.ts';
export { type OwnCredentials, type OwnRequest, signOwnRequest } from './sign-request.ts';
export type { RequestSignature, SignedRequest } from './signature.ts';
export { deriveSigningKey, SigningKeyCache, sign } from './signing-key.ts';
