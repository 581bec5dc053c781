/**
 * FROST, threshold Schnorr signatures, for Ed25519 and Ed25519ph (Komlo and Goldberg, "FROST: flexible round-optimized Schnorr threshold
 * signatures", SAC 2020; RFC 9591): t + 1 custodians make a signature of RFC 8032 in one round, with nonces committed to ahead.
 *
 * ciphersuite.ts and shares.ts are the arithmetic, custodian.ts and nonces.ts one side, coordinator.ts and pool.ts the other.
 */
export { perform, prepare, prepared, renewNonces } from './coordinator.ts';
export { handlers } from './custodian.ts';
