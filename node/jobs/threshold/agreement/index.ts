/**
 * Diffie-Hellman with a shared scalar: cofactor Diffie-Hellman of SEC 1, section 3.3.2 (NIST SP 800-56A, section 5.7.1.2), on P-256,
 * P-384 and P-521, whose cofactor is 1. Shares of the product are proven and put together by `sharing/shared-product.ts`.
 *
 * The other side's point comes from outside: it is checked to be on the curve and not the identity by the coordinator and again by
 * every custodian, as a point of another curve would give away its share. Shares are multiplied by OpenSSL's ladder, twice each, for
 * the y coordinate (`groups/openssl-multiply.ts`): 16 times as fast as in bigints on P-256, and in constant time.
 */
import type { Bytes } from '../../../api/index.ts';
import type { AuthorisedTask, Custodians, Handler, KeyCommon } from '../party.ts';
import { multiplyByKey, type ProductProtocol, productHandler } from '../sharing/shared-product.ts';

const protocol: ProductProtocol = {
  kind: 'agreement.multiply',
  schemes: ['ecdh-p256', 'ecdh-p384', 'ecdh-p521'],
  elementOf: (task, group) => (task.kind === 'agree' && group.isElement(task.point) ? task.point : undefined),
};

export const handlers: readonly Handler[] = [productHandler(protocol)];

/**
 * @returns the x coordinate of the key times the point of the task, as long as the field (32, 48 or 66 bytes)
 * @throws RangeError for a task that is none of the key's, or a point that is none of the curve's
 * @throws ThresholdAbort `stale` when `key` has to be read again; `unknown-key`; `unavailable`
 */
export async function perform(
  custodians: Custodians,
  key: KeyCommon,
  authorised: AuthorisedTask,
  signal?: AbortSignal,
): Promise<Bytes> {
  const product = await multiplyByKey(protocol, custodians, key, authorised, signal);
  // 4 ‖ x ‖ y
  return product.subarray(1, (product.length + 1) / 2);
}
