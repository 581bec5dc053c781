/** Polynomial commitments over BLS48-581: vectors of N values, proofs of single values and of many. Runs in browsers too. */
export * from './kzg.ts';
export * from './limits.ts';
export { type EncodedOpening, multiproofBytes } from './multiproof.ts';
export * from './reference.ts';
export type { Claim, Refusal, RefusalCode } from './refusal.ts';
export type { ValueForm } from './values.ts';
