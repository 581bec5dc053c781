/**
 * AWS KMS: the 54 operations of its API, over keys of which no one place ever holds the whole. Custodians, processes of their own, hold shares
 * and use them together; each checks caller, key state and permission for itself before a share leaves it.
 *
 * Answered as KMS answers where there is none: custom key stores (every operation on them, and keys in them), regions other than this
 * one (ReplicateKey, UpdatePrimaryRegion).
 * Refused: ML_DSA_44, ML_DSA_65, ML_DSA_87 and SM2 keys (UnsupportedOperationException); RSAES_PKCS1_V1_5 as a wrapping algorithm; recipients
 * of Nitro enclaves.
 * Different: ciphertexts of symmetric keys are 121 bytes longer than their plaintext, and no other KMS reads them.
 */
export { createService } from './service.ts';
