/** Encryption primitives of the node and of what stands on it. Pure functions, but for `openKeystoreFile`. */
export * from './address-key.ts';
export * from './aead.ts';
export * from './compare.ts';
export * from './ed25519.ts';
export * from './epoch-key.ts';
export * from './errors.ts';
export { headerBytes, infoBytes, Purpose, type SealedAtom, saltBytes } from './format/v1.ts';
export * from './hkdf.ts';
export * from './keystore.ts';
export * from './keystore-file.ts';
export * from './keystore-format.ts';
export * from './limits.ts';
export * from './prf.ts';
export * from './random.ts';
export * from './ristretto.ts';
export * from './sealed-keys.ts';
export * from './sealed-record.ts';
export * from './sealed-stream.ts';
