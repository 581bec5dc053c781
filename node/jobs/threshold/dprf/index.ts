/**
 * A pseudo-random function whose key is shared: H(input) times the key, in ristretto255 (Naor, Pinkas and Reingold, "Distributed
 * pseudo-random functions and KDCs", EUROCRYPT 1999), with proofs against cheating custodians as DiSE uses it (Agrawal,
 * Mohassel, Mukherjee and Rindal, "DiSE: distributed symmetric-key encryption", CCS 2018).
 *
 * Departures from DiSE. It commits to shares with a commitment that hides them, and lets the parties be chosen adaptively; here
 * a share is committed to by base times share, which is what keys of this folder's neighbours have in common. That shows base times
 * key, from which the values of the function are no easier to know: with it they are the coin of Cachin, Kursawe and Shoup (PODC
 * 2000), pseudo-random under the decisional Diffie-Hellman assumption and a random oracle, with t custodians corrupted beforehand.
 * The element itself is given out; whoever makes a key from it hashes it with a label.
 */
import { createHash } from 'node:crypto';
import type { Bytes } from '../../../api/index.ts';
import { hashToRistretto255 } from '../groups/index.ts';
import type { AuthorisedTask, Custodians, Handler, KeyCommon } from '../party.ts';
import { multiplyByKey, type ProductProtocol, productHandler } from '../sharing/shared-product.ts';

const label = 'hypergate/dprf/v1\0';

/** H: the element of an input of any length; the same for all keys. */
export function dprfElement(input: Uint8Array): Uint8Array {
  return hashToRistretto255(createHash('sha512').update(label).update(input).digest());
}

const protocol: ProductProtocol = {
  kind: 'dprf.evaluate',
  schemes: ['dprf-ristretto255'],
  elementOf: (task) => (task.kind === 'evaluate' ? dprfElement(task.input) : undefined),
};

export const handlers: readonly Handler[] = [productHandler(protocol)];

/**
 * @returns the function's element at the input of the task, 32 bytes
 * @throws RangeError for a task that is none of the key's
 * @throws ThresholdAbort `stale` when `key` has to be read again; `unknown-key`; `unavailable`
 */
export function perform(
  custodians: Custodians,
  key: KeyCommon,
  authorised: AuthorisedTask,
  signal?: AbortSignal,
): Promise<Bytes> {
  return multiplyByKey(protocol, custodians, key, authorised, signal);
}
