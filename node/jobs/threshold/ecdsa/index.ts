/** Threshold ECDSA over secp256k1, P-256, P-384 and P-521, with presignatures. */
import type { Handler } from '../party.ts';
import { blameHandlers } from './blame-handlers.ts';
import { presignHandlers } from './presign-handlers.ts';
import { forgetHandler, signHandler } from './sign-handler.ts';

export { ecdsaGroupOf } from './curve.ts';
export { ecdsaLimits } from './limits.ts';
export { perform } from './perform.ts';
export { PresignaturePool, poolOf } from './pool.ts';
export const handlers: readonly Handler[] = [
  ...presignHandlers,
  signHandler,
  forgetHandler,
  ...blameHandlers,
];
