import { timingSafeEqual } from 'node:crypto';

/** Equality whose duration does not depend on where secret bytes differ. Lengths are public. */
export const equalSecrets = (left: Uint8Array, right: Uint8Array): boolean =>
  left.length === right.length && timingSafeEqual(left, right);
