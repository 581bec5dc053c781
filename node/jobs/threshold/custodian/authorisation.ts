/** From what came with a request to a task that may be computed: the evidence holds, and the authority allows the task. */
import { createHash } from 'node:crypto';
import type { AuditedCall, Authority, Bytes, CallEvidence, KeyTask } from '../../../api/index.ts';
import { CustodyError } from '../../../api/index.ts';
import { ThresholdAbort } from '../errors.ts';
import type { Request } from './format/envelope.ts';
import { decodeKeyTask } from './format/key-task.ts';
import { custodianLimits } from './limits.ts';

/** How evidence is read and checked, against keys that are pinned. Depends on nothing else: the same bytes always give the same. */
export interface EvidenceModule {
  /** @throws ThresholdAbort `malformed` */
  decode(bytes: Bytes): CallEvidence;
  /** @throws ThresholdAbort or CustodyError when it does not hold */
  verify(evidence: CallEvidence): AuditedCall;
}

export class Authorisation {
  readonly #evidence: EvidenceModule;
  readonly #authority: Authority;
  /** By hash of the encoded evidence, oldest use first: the rounds of one call bring the same. */
  readonly #known = new Map<string, AuditedCall>();

  constructor(evidence: EvidenceModule, authority: Authority) {
    this.#evidence = evidence;
    this.#authority = authority;
  }

  /** @throws ThresholdAbort */
  async taskOf(authorised: NonNullable<Request['authorised']>): Promise<KeyTask> {
    const task = decodeKeyTask(authorised.task);
    const audited = this.audited(authorised.evidence);
    try {
      await this.#authority.authorise(audited, task);
    } catch (error) {
      throw asAbort(error);
    }
    return task;
  }

  /** @throws ThresholdAbort */
  audited(bytes: Bytes): AuditedCall {
    const name = createHash('sha256').update(bytes).digest('base64');
    const known = this.#known.get(name);
    if (known !== undefined) {
      this.#known.delete(name);
      this.#known.set(name, known);
      return known;
    }
    let audited: AuditedCall;
    try {
      audited = this.#evidence.verify(this.#evidence.decode(bytes));
    } catch (error) {
      if (error instanceof ThresholdAbort || error instanceof CustodyError) throw asAbort(error);
      // Whatever reads what came from outside may stumble over it.
      throw new ThresholdAbort('refused', undefined, 'the evidence does not hold', { cause: error });
    }
    this.#known.set(name, audited);
    if (this.#known.size > custodianLimits.evidenceRememberedMax) {
      const [oldest] = this.#known.keys();
      this.#known.delete(oldest!);
    }
    return audited;
  }
}

const reasons = {
  unavailable: 'unavailable',
  refused: 'refused',
  'unknown-key': 'unknown-key',
  invalid: 'malformed',
} as const;

/** @returns what the error is on the wire; others than the two kinds of expected ones are thrown */
export function asAbort(error: unknown): ThresholdAbort {
  if (error instanceof ThresholdAbort) return error;
  if (error instanceof CustodyError)
    return new ThresholdAbort(reasons[error.reason], undefined, error.message, { cause: error });
  throw error;
}
