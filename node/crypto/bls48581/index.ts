/** BLS48-581: the curve's operations, signatures, and checks that share one product of pairings. Runs in browsers too. */
export * from './curve.ts';
export * from './limits.ts';
export * from './pairing-batch.ts';
export * from './signatures.ts';
