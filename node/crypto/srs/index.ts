/** Structured reference strings: reading, checking, making. Runs in browsers too. */
export * from './check.ts';
export * from './errors.ts';
export { decodeSrs, encodeSrs } from './format/v1.ts';
export * from './lagrange.ts';
export * from './limits.ts';
export * from './reference-format.ts';
export * from './srs.ts';
export * from './verifier-key.ts';
