/**
 * FROST at the coordinator: t + 1 signers with commitments made ahead, one round, their shares put together. The signature is verified
 * before it is given out; if it is wrong each share is checked, and whoever made a wrong one is named and replaced.
 */
import type { Bytes, KeyTask } from '../../../api/index.ts';
import { ThresholdAbort } from '../errors.ts';
import { withSigners } from '../gather.ts';
import type { AuthorisedTask, Custodians, KeyCommon } from '../party.ts';
import { type FieldKey, fieldKeyOf } from '../sharing/field-key.ts';
import { KeyComplaints } from '../sharing/key-complaints.ts';
import { openSession, type Session, type Subject } from './ciphersuite.ts';
import { prehashBytes, schemes } from './custodian.ts';
import { encodeSignRequest, readSignAnswer } from './messages.ts';
import { CommitmentPool, type PooledCommitment } from './pool.ts';
import { aggregate, isShare, isSignature } from './shares.ts';

const pools = new WeakMap<Custodians, CommitmentPool>();

/**
 * @returns R ‖ S, 64 bytes: Ed25519 of the message of the task, or Ed25519ph of what has this digest
 * @throws RangeError for a task that is none of the key's
 * @throws ThresholdAbort `stale` when `key` has to be read again; `unknown-key`; `unavailable`
 */
export async function perform(
  custodians: Custodians,
  key: KeyCommon,
  authorised: AuthorisedTask,
  signal?: AbortSignal,
): Promise<Bytes> {
  const call = new SignCall(custodians, key, authorised, signal);
  const signers = custodians.committee.threshold + 1;
  return call.complaints.explain(withSigners(custodians, signers, (indices) => call.attempt(indices)));
}

/** Makes commitments ready ahead of the first signature; failures are met again by whoever signs. */
export async function prepare(custodians: Custodians): Promise<void> {
  const pool = poolOf(custodians);
  await Promise.allSettled(custodians.available().map((custodian) => pool.take(custodian)));
}

/** Commitments that are ready. */
export function prepared(custodians: Custodians): number {
  return poolOf(custodians).size;
}

/** Nonces that wait are forgotten on both sides; signatures under way make theirs anew. */
export async function renewNonces(custodians: Custodians): Promise<void> {
  const pool = poolOf(custodians);
  const wereReady = pool.size > 0;
  pool.clear();
  const none = new Uint8Array(0);
  const asked = custodians.available().map((index) => custodians.ask(index, 'frost.forget', none));
  for (const outcome of await Promise.allSettled(asked)) {
    if (outcome.status === 'rejected' && !(outcome.reason instanceof ThresholdAbort)) throw outcome.reason;
  }
  // What was fetched meanwhile may be of nonces that are gone.
  pool.clear();
  if (wereReady) await prepare(custodians);
}

class SignCall {
  readonly complaints: KeyComplaints;
  readonly #custodians: Custodians;
  readonly #key: KeyCommon;
  readonly #field: FieldKey;
  readonly #subject: Subject;
  readonly #authorised: AuthorisedTask;
  readonly #signal: AbortSignal | undefined;
  readonly #pool: CommitmentPool;
  /** Undefined until nonces were gone; from then on, whose commitments were made in this call. */
  #fresh: Set<number> | undefined;
  readonly #newestAtStart: number;

  constructor(
    custodians: Custodians,
    key: KeyCommon,
    authorised: AuthorisedTask,
    signal: AbortSignal | undefined,
  ) {
    const { message, prehashed } = signTask(key, authorised.task);
    this.#field = fieldKeyOf(key);
    this.#subject = { publicKey: this.#field.publicKey, message, prehashed: prehashed ?? false };
    this.#custodians = custodians;
    this.#key = key;
    this.#authorised = authorised;
    this.#signal = signal;
    this.#pool = poolOf(custodians);
    this.#newestAtStart = this.#pool.newest;
    this.complaints = new KeyComplaints(custodians);
  }

  /** @throws ThresholdAbort that names a signer */
  async attempt(indices: readonly number[]): Promise<Bytes> {
    this.#signal?.throwIfAborted();
    const ascending = [...indices].sort((left, right) => left - right);
    const commitments = await this.#all(ascending.map((custodian) => this.#take(custodian)));
    this.#signal?.throwIfAborted();
    const body = encodeSignRequest({ generation: this.#key.generation, commitments });
    const asked = commitments.map((commitment) => this.#ask(commitment, body));
    const computed = Promise.resolve().then(() => openSession(this.#subject, commitments));
    const [session, shares] = await Promise.all([computed, this.#all(asked)]);
    const signature = aggregate(session, shares);
    if (!isSignature(this.#subject, session, signature)) throw this.#blame(session, shares);
    return signature;
  }

  async #ask({ custodian, lane }: PooledCommitment, body: Bytes): Promise<bigint> {
    const authorised = this.#authorised;
    const options = this.#signal === undefined ? { authorised } : { authorised, signal: this.#signal };
    let answer: Bytes;
    try {
      answer = await this.#custodians.ask(custodian, 'frost.sign', body, options);
    } catch (error) {
      this.complaints.note(custodian, error);
      throw leavesOut(error);
    }
    const share = readSignAnswer(answer, custodian);
    if (share !== undefined) return share;
    // Restarted since it committed: nobody's fault, and the same signers try again with new commitments. With those it is a fault.
    const reason = this.#fresh?.has(custodian) === true ? 'unavailable' : 'stale';
    this.#pool.forget(custodian, lane);
    this.#fresh ??= new Set();
    throw new ThresholdAbort(reason, custodian, 'its nonces are gone');
  }

  /**
   * When one was restarted, others may have been: all commitments are then made anew, so that lost nonces cost one attempt of a call
   * and every further attempt leaves out one that is faulty.
   */
  async #take(custodian: number): Promise<PooledCommitment> {
    if (this.#fresh !== undefined && !this.#fresh.has(custodian)) {
      this.#pool.forget(custodian, this.#newestAtStart);
      this.#fresh.add(custodian);
    }
    try {
      return await this.#pool.take(custodian);
    } catch (error) {
      throw leavesOut(error);
    }
  }

  /** The same signers again are of use only if nothing worse happened than lost nonces: that is thrown last. */
  async #all<Value>(promises: readonly Promise<Value>[]): Promise<Value[]> {
    const outcomes = await Promise.allSettled(promises);
    const failures = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    if (failures.length > 0)
      throw failures.reduce((worst, one) => (weight(one) > weight(worst) ? one : worst));
    return outcomes.map((one) => (one as PromiseFulfilledResult<Value>).value);
  }

  #blame({ signers }: Session, shares: readonly bigint[]): Error {
    const guilty = signers.filter((signer, at) => {
      const verificationKey = this.#field.verificationKeys[signer.commitment.custodian - 1]!;
      return !isShare(signer, verificationKey, shares[at]!);
    });
    const aborts = guilty.map(({ commitment: { custodian } }) => {
      const why = 'its share of a signature is wrong';
      this.#custodians.accuse(custodian, why);
      return new ThresholdAbort('cheater', custodian, why);
    });
    return aborts[0] ?? new Error('a public key and its verification keys do not go together');
  }
}

/** What a custodian calls stale is not its nonces: it would say so again, and must not be asked again in this call. */
function leavesOut(error: unknown): unknown {
  if (!(error instanceof ThresholdAbort) || error.reason !== 'stale') return error;
  return new ThresholdAbort('unavailable', error.custodian, error.message, { cause: error });
}

function weight(error: unknown): number {
  if (!(error instanceof ThresholdAbort)) return 3;
  if (error.reason === 'cheater') return 2;
  return error.reason === 'stale' ? 0 : 1;
}

function signTask(key: KeyCommon, task: KeyTask): Extract<KeyTask, { kind: 'sign' }> {
  const ours = (schemes as readonly string[]).includes(key.scheme);
  if (!ours || task.kind !== 'sign' || Buffer.compare(task.handle, key.handle) !== 0)
    throw new RangeError('the task is none of this key');
  if (task.prehashed === true && task.message.length !== prehashBytes)
    throw new RangeError('a digest of Ed25519ph has 64 bytes');
  return task;
}

function poolOf(custodians: Custodians): CommitmentPool {
  const known = pools.get(custodians);
  if (known !== undefined) return known;
  const pool = new CommitmentPool(custodians);
  pools.set(custodians, pool);
  return pool;
}
