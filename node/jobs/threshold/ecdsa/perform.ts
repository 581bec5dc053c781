/**
 * An ECDSA signature by custodians, at the coordinator: a presignature, one message to each of its signers, and the signature is verified
 * before anybody gets it. s stays as it comes out: both s and -s are valid, and AWS KMS does not prefer one.
 */
import type { Bytes } from '../../../api/index.ts';
import { readMessage } from '../codec.ts';
import { ThresholdAbort } from '../errors.ts';
import { failureOf, tooFew } from '../gather.ts';
import { type Group, modulo } from '../groups/index.ts';
import { thresholdLimits } from '../limits.ts';
import type { AuthorisedTask, Custodians, KeyCommon } from '../party.ts';
import { fieldKeyOf } from '../sharing/field-key.ts';
import { blameSignature } from './blame.ts';
import { digestScalar, ecdsaGroupOf, multipleX, signatureBytes, verifyScalar } from './curve.ts';
import { ecdsaLimits } from './limits.ts';
import { blindingOf, scalarOf, viewOf } from './messages.ts';
import { type PresignaturePool, poolOf } from './pool.ts';
import { type CommonPresignature, sharesAt } from './presign.ts';
import { lagrangeOf, openNonce } from './presign-handlers.ts';
import { encodeSignRequest } from './sign-handler.ts';

interface Share {
  readonly r: bigint;
  readonly s: bigint;
}

/**
 * @returns r ‖ s, each as long as the order
 * @throws ThresholdAbort; RangeError for a task that is none of the key's
 */
export async function perform(
  custodians: Custodians,
  key: KeyCommon,
  authorised: AuthorisedTask,
  signal?: AbortSignal,
): Promise<Bytes> {
  const group = ecdsaGroupOf(key.scheme);
  const { task } = authorised;
  if (task.kind !== 'sign' || task.prehashed) throw new RangeError('no task to sign a digest');
  if (task.message.length < 1 || task.message.length > ecdsaLimits.digestBytesMax)
    throw new RangeError('length of a digest');
  const call = new SignCall(custodians, key, group, task.message, authorised, signal);
  for (let tries = 0; tries < thresholdLimits.attemptsMax; tries += 1) {
    signal?.throwIfAborted();
    const allowed = call.allowed();
    if (allowed.length < 2 * custodians.committee.threshold + 1) break;
    const signature = await call.attempt(allowed);
    if (signature !== undefined) return signature;
  }
  throw tooFew(call.failures, custodians);
}

class SignCall {
  readonly failures: ThresholdAbort[] = [];
  readonly #custodians: Custodians;
  readonly #pool: PresignaturePool;
  readonly #key: KeyCommon;
  readonly #group: Group;
  readonly #message: Bytes;
  readonly #authorised: AuthorisedTask;
  readonly #signal: AbortSignal | undefined;
  /** Those that failed in this call. */
  readonly #left = new Set<number>();
  readonly #restarted = new Set<number>();
  /** Signers that were left out in turn, because one gave a wrong share and nobody could tell who; the last of them is out now. */
  readonly #suspects: number[] = [];

  constructor(
    custodians: Custodians,
    key: KeyCommon,
    group: Group,
    message: Bytes,
    authorised: AuthorisedTask,
    signal: AbortSignal | undefined,
  ) {
    this.#custodians = custodians;
    this.#pool = poolOf(custodians);
    this.#key = key;
    this.#group = group;
    this.#message = message;
    this.#authorised = authorised;
    this.#signal = signal;
  }

  allowed(): number[] {
    const suspect = this.#suspects.at(-1);
    return this.#custodians.available().filter((index) => !this.#left.has(index) && index !== suspect);
  }

  /** @returns undefined when it has to be tried again, without whom it has left */
  async attempt(allowed: readonly number[]): Promise<Bytes | undefined> {
    const taken = await this.#take(allowed);
    if (taken === undefined) return undefined;
    const shares = await this.#shares(taken);
    if (shares === undefined) return undefined;
    const { signers } = taken.batch.plan;
    const { order } = this.#group;
    const factors = lagrangeOf(this.#group, signers);
    const { r } = shares[0]!;
    const s = modulo(
      shares.reduce((sum, share, at) => sum + factors[at]! * share.s, 0n),
      order,
    );
    const scalar = digestScalar(this.#group, this.#message);
    if (shares.every((share) => share.r === r)) {
      const { publicKey } = fieldKeyOf(this.#key);
      if (verifyScalar(this.#group, publicKey, scalar, r, s)) return signatureBytes(this.#group, r, s);
    }
    await this.#blame(taken, shares, scalar);
    return undefined;
  }

  async #take(allowed: readonly number[]): Promise<CommonPresignature | undefined> {
    try {
      return await this.#pool.take(this.#group, allowed);
    } catch (error) {
      this.#failed(error, undefined);
      return undefined;
    }
  }

  async #shares({ batch, index }: CommonPresignature): Promise<Share[] | undefined> {
    const { generation } = this.#key;
    const body = encodeSignRequest({ label: batch.label, index, generation });
    const options = {
      authorised: this.#authorised,
      ...(this.#signal === undefined ? {} : { signal: this.#signal }),
    };
    const replies = await Promise.allSettled(
      batch.plan.signers.map(async (signer) => {
        const reply = await this.#custodians.ask(signer, 'ecdsa.sign', body, options);
        return this.#read(reply, signer);
      }),
    );
    const shares: Share[] = [];
    for (const [at, reply] of replies.entries()) {
      if (reply.status === 'fulfilled') shares.push(reply.value);
      else this.#failed(reply.reason, batch.plan.signers[at]);
    }
    return shares.length === replies.length ? shares : undefined;
  }

  #read(reply: Bytes, from: number): Share {
    const { scalarBytes } = this.#group;
    const [r, s] = readMessage(reply, from, (reader) => [
      reader.bytes(scalarBytes, 'r'),
      reader.bytes(scalarBytes, 'a share'),
    ]);
    return { r: scalarOf(this.#group, r, from), s: scalarOf(this.#group, s, from) };
  }

  #failed(error: unknown, custodian: number | undefined): void {
    const failure = failureOf(error, custodian, this.#custodians);
    const named = failure.custodian ?? custodian;
    this.failures.push(failure);
    if (named === undefined) return;
    // It was restarted, and can begin anew; what is ready with it is worth nothing. Who says so twice in a call is not waited for.
    if (failure.reason === 'stale') this.#pool.drop(named);
    if (failure.reason !== 'stale' || this.#restarted.has(named)) this.#left.add(named);
    this.#restarted.add(named);
  }

  /** Whose share is wrong; that presignature is used up. */
  async #blame(
    { batch, index }: CommonPresignature,
    shares: readonly Share[],
    scalar: bigint,
  ): Promise<void> {
    const { plan, label, transcript } = batch;
    const { signers } = plan;
    const nonceShares = sharesAt(batch, index);
    const opened = openNonce(this.#group, signers, this.#custodians.committee.threshold, nonceShares);
    // All signers confirmed it, one of them honest.
    if (opened === undefined) throw new Error('a confirmed presignature does not open');
    const view = viewOf(transcript, index, this.#key, this.#message);
    const factor = blindingOf(this.#group, view);
    const r = multipleX(this.#group, opened.element, factor);
    const wrong = signers.filter((_, at) => shares[at]!.r !== r);
    // More than t do not cheat: it is this key that they know otherwise.
    if (wrong.length > this.#custodians.committee.threshold)
      throw new ThresholdAbort('stale', undefined, 'custodians have another public key');
    for (const signer of wrong) {
      const why = 'its nonce is another than it confirmed';
      this.#failed(new ThresholdAbort('cheater', signer, why), signer);
    }
    if (wrong.length > 0) return;
    const { verificationKeys } = fieldKeyOf(this.#key);
    const found = await blameSignature(this.#custodians, {
      plan,
      label,
      index,
      shares: nonceShares,
      view,
      product: opened.product,
      factor,
      scalar,
      r,
      signatures: shares.map(({ s }) => s),
      verificationKeys: signers.map((signer) => verificationKeys[signer - 1]!),
    });
    this.failures.push(new ThresholdAbort('unavailable', found[0], 'a signature share is wrong'));
    for (const signer of found) this.#left.add(signer);
    if (found.length > 0) this.#suspects.length = 0;
    else this.#suspects.push(signers.findLast((signer) => !this.#suspects.includes(signer)) ?? signers[0]!);
  }
}
