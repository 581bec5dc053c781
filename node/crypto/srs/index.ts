/** Structured reference strings: reading, checking, making. Runs in browsers too. */
export * from './ceremony.ts';
export * from './check.ts';
export * from './errors.ts';
export {
  type Contribution,
  readTranscript,
  type Transcript,
  writeTranscript,
} from './format/transcript-v1.ts';
export { decodeSrs, encodeSrs } from './format/v1.ts';
export * from './lagrange.ts';
export * from './limits.ts';
export * from './reference-format.ts';
export * from './srs.ts';
export * from './verifier-key.ts';
