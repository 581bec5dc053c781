/**
 * Threshold RSA: rsa-2048, rsa-3072, rsa-4096. Keys come from a dealer or are imported (create.ts); x^d by t + 1 partials (perform.ts);
 * new shares of the same key (refresh.ts) and shares for custodians that lack them (recover.ts). Padding is the caller's.
 */
import type { Bytes } from '../../../api/index.ts';
import type { Handler, KeyCommon } from '../party.ts';
import { dealHandlers } from './deal-handlers.ts';
import { type RsaOrigin, rsaKeyOf } from './key.ts';
import { powerHandlers } from './power-handlers.ts';
import { recoverHandlers } from './recover-handlers.ts';
import { refreshHandlers } from './refresh-handlers.ts';

export { createRsaKey, importRsaKey } from './create.ts';
export type { RsaOrigin } from './key.ts';
export { performRsa } from './perform.ts';
export { recoverRsaShares } from './recover.ts';
export { refreshRsaKey } from './refresh.ts';

export const rsaHandlers: readonly Handler[] = [
  ...dealHandlers,
  ...powerHandlers,
  ...refreshHandlers,
  ...recoverHandlers,
];

/** SubjectPublicKeyInfo in DER. */
export function rsaPublicKeyOf(key: KeyCommon): Bytes {
  return rsaKeyOf(key).publicKey.export({ format: 'der', type: 'spki' });
}

/** Where the private key was whole once. */
export function rsaOriginOf(key: KeyCommon): RsaOrigin {
  return rsaKeyOf(key).origin;
}
