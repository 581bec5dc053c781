/**
 * A share of an ECDSA signature, at a custodian (Damgard and others, SCN 2020, the protocol for signing): without a message between custodians,
 * from a presignature: s_i = u_i (m + r x_i) + c_i, where u = a / w is 1/k, and c is zero, of degree 2t. Then s = sum of lambda_i s_i.
 *
 * Why c_i: u_i (m + r x_i) is the value at i of a product of two polynomials of degree t. All of them tell more than their sum; with c_i added
 * they are random but for the sum, and s is public anyway.
 *
 * Where this departs from the paper, twice:
 *
 * 1. c is not made with the presignature, but with the share, and its label is all that the share is about: transcript of the batch, index,
 *    key, generation, digest. Were c fixed before, a coordinator could have two honest signers use one presignature for two digests, or
 *    with different w, and the sum would be some other equation in k and x than a signature (with signers 1, 2, 3, a signature of 2 m1 - m2,
 *    which nobody asked for). Now shares about different things are hidden by zeros that have nothing to do with each other. t shares
 *    of one zero are random, so what is not about the same thing at t + 1 honest signers says nothing; and of 2t + 1 signers there
 *    are not two times t + 1. So a presignature makes one signature at most, of what t + 1 honest signers found allowed,
 *    even without the round that compares transcripts. That one is there so that batches that cannot work are not kept.
 * 2. The nonce is not R but fR, where f is a hash of the same. With R known before the digest, someone who may have digests signed and has a
 *    custodian's ear picks a number z, r' = x(zR), and for a digest m' that nobody may have signed asks for that of m = m' r / r'. Its
 *    signature makes one of m' (Groth and Shoup, "On the security of ECDSA with additive key derivation and presignatures",
 *    EUROCRYPT 2022, which is also where nonces are changed after the message is known). With f, r depends on m, and to find an m that
 *    fits its own r is as much work as the group has security. f is public and not 0, so fk is as random as k is, and 1/(fk) = u/f.
 */
import type { Bytes } from '../../../api/index.ts';
import { MessageWriter, readMessage } from '../codec.ts';
import { malformed, ThresholdAbort } from '../errors.ts';
import { type Group, invert, modulo } from '../groups/index.ts';
import type { Handler } from '../party.ts';
import { fieldKeyOf, shareScalarOf } from '../sharing/field-key.ts';
import { digestScalar, ecdsaGroupOf, multipleX } from './curve.ts';
import { ecdsaLimits } from './limits.ts';
import { blindingOf, hashBytes, viewOf } from './messages.ts';
import { presignaturesOf } from './store.ts';

export const signaturePurpose = 'ecdsa/c';

export interface SignRequest {
  /** Label of the batch. */
  readonly label: Bytes;
  readonly index: number;
  /** Of the key's shares. */
  readonly generation: number;
}

export function encodeSignRequest({ label, index, generation }: SignRequest): Bytes {
  return new MessageWriter().bytes(label).u16(index).u32(generation).done();
}

export const signHandler: Handler = {
  kind: 'ecdsa.sign',
  access: 'task',
  bodyBytesMax: 64,
  /** Replies r ‖ s_i. */
  async handle(party, { body, task }) {
    const { label, index, generation } = readMessage(body, undefined, (reader) => ({
      label: reader.bytes(hashBytes, 'the batch'),
      index: reader.u16('the presignature'),
      generation: reader.u32('the generation'),
    }));
    if (task?.kind !== 'sign' || task.prehashed) malformed(undefined, 'no task to sign a digest');
    const { message } = task;
    if (message.length < 1 || message.length > ecdsaLimits.digestBytesMax)
      malformed(undefined, 'length of a digest');
    const key = await party.keys.get(task.handle);
    if (key === undefined) throw new ThresholdAbort('unknown-key', undefined, 'no share of this key');
    const group = groupFor(key.scheme);
    if (key.generation !== generation)
      throw new ThresholdAbort('stale', undefined, 'shares of another generation');
    const secret = shareScalarOf(key);
    const verificationKey = fieldKeyOf(key).verificationKeys[party.me - 1]!;
    const store = presignaturesOf(party);
    // From here to the end nothing waits: what is taken out is used for this share, or for none.
    const taken = store.take(label, index);
    if (taken === undefined)
      throw new ThresholdAbort('stale', undefined, 'no such presignature, or it was used');
    const { batch, presignature } = taken;
    const { nonce, mask, element, product } = presignature;
    const { prss, plan } = batch;
    if (plan.group !== group) malformed(undefined, 'a presignature of another curve');
    const view = viewOf(batch.transcript, index, key, message);
    store.burn(label, index, { group, prss, signers: plan.signers, nonce, mask, view, verificationKey });
    const { order } = group;
    const factor = blindingOf(group, view);
    const r = multipleX(group, element, factor);
    const inverse = mask * invert(factor * product, order);
    const [zero] = prss.zeroShares(signaturePurpose, view, group);
    const s = modulo(inverse * modulo(digestScalar(group, message) + r * secret, order) + zero!, order);
    return new MessageWriter().bytes(group.encodeScalar(r)).bytes(group.encodeScalar(s)).done();
  },
};

/**
 * Nonces that were shared under keys that are no more are not used any more: shares of one presignature that a thief has from before and
 * after would make its nonce. Who asks can cost signatures a batch, and nothing else.
 */
export const forgetHandler: Handler = {
  kind: 'ecdsa.forget',
  access: 'free',
  bodyBytesMax: 0,
  async handle(party) {
    presignaturesOf(party).clear();
    return new Uint8Array(0);
  },
};

function groupFor(scheme: string): Group {
  try {
    return ecdsaGroupOf(scheme);
  } catch (error) {
    if (error instanceof RangeError) return malformed(undefined, error.message);
    throw error;
  }
}
