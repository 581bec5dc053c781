/**
 * Commitments that custodians made ahead, at a coordinator: so that a signature takes one round. Refilled when few are left, beside
 * the calls; nothing is done by time.
 */
import { cheater, ThresholdAbort } from '../errors.ts';
import { ed25519 } from '../groups/index.ts';
import type { Custodians } from '../party.ts';
import type { Commitment } from './ciphersuite.ts';
import { frostLimits } from './limits.ts';
import {
  challengeBytes,
  commitPurpose,
  commitStatement,
  encodeCommitRequest,
  readCommitAnswer,
} from './messages.ts';

/** `lane` numbers what was fetched between two times that a custodian was forgotten. */
export interface PooledCommitment extends Commitment {
  readonly lane: number;
}

interface Lane {
  readonly number: number;
  /** Oldest first: those a custodian forgets first. */
  readonly ready: PooledCommitment[];
  filling: Promise<void> | undefined;
  /** Callers that found nothing. */
  waiting: number;
}

export class CommitmentPool {
  readonly #custodians: Custodians;
  readonly #lanes = new Map<number, Lane>();
  #lanesMade = 0;

  constructor(custodians: Custodians) {
    this.#custodians = custodians;
  }

  /** Number of the newest lane. */
  get newest(): number {
    return this.#lanesMade;
  }

  /**
   * One commitment of this custodian, which nobody else gets.
   *
   * @throws ThresholdAbort that names the custodian
   */
  async take(custodian: number): Promise<PooledCommitment> {
    for (let batches = 0; batches < frostLimits.batchesAwaitedMax; batches += 1) {
      // Looked up anew each time: it may have been forgotten meanwhile.
      const lane = this.#lane(custodian);
      const commitment = lane.ready.shift();
      if (lane.ready.length < frostLimits.refillBelow) this.#fill(custodian, lane);
      if (commitment !== undefined) return checked(commitment);
      lane.waiting += 1;
      try {
        await lane.filling;
      } finally {
        lane.waiting -= 1;
      }
    }
    throw new ThresholdAbort('unavailable', custodian, 'its commitments are used up by other calls');
  }

  /**
   * All that is here of a custodian that was restarted, and what is on its way, up to a lane: what came after it another call has
   * fetched for the same reason.
   */
  forget(custodian: number, upTo: number): void {
    const lane = this.#lanes.get(custodian);
    if (lane !== undefined && lane.number <= upTo) this.#lanes.delete(custodian);
  }

  /** How many commitments are ready. */
  get size(): number {
    return [...this.#lanes.values()].reduce((sum, { ready }) => sum + ready.length, 0);
  }

  /** Of all custodians. */
  clear(): void {
    this.#lanes.clear();
  }

  #lane(custodian: number): Lane {
    let lane = this.#lanes.get(custodian);
    if (lane === undefined) {
      this.#lanesMade += 1;
      lane = { number: this.#lanesMade, ready: [], filling: undefined, waiting: 0 };
      this.#lanes.set(custodian, lane);
    }
    return lane;
  }

  #fill(custodian: number, lane: Lane): void {
    if (lane.filling !== undefined) return;
    const count = Math.min(Math.max(frostLimits.batch, lane.waiting), frostLimits.batchMax);
    const filling = this.#fetch(custodian, count)
      .then((commitments) => {
        for (const commitment of commitments) lane.ready.push({ ...commitment, lane: lane.number });
      })
      .finally(() => {
        lane.filling = undefined;
      });
    lane.filling = filling;
    // Whoever waits for it gets the error. If nobody does, the next who needs commitments asks again.
    filling.catch((error: unknown) => {
      if (error instanceof ThresholdAbort && error.reason === 'cheater')
        this.#custodians.accuse(custodian, error.message);
    });
  }

  async #fetch(custodian: number, count: number): Promise<Commitment[]> {
    const challenge = this.#custodians.random.bytes(challengeBytes);
    const body = encodeCommitRequest({ challenge, count });
    const answer = await this.#custodians.ask(custodian, 'frost.commit', body);
    const { pairs, signature } = readCommitAnswer(answer, custodian);
    if (pairs.length !== count) cheater(custodian, 'it made another number of commitments');
    const statement = commitStatement(challenge, pairs);
    if (!this.#custodians.verify(custodian, commitPurpose, statement, signature))
      cheater(custodian, 'its commitments are not signed by it');
    return pairs.map((pair) => ({ custodian, ...pair }));
  }
}

/** Here and not when they come in: a fifth of a millisecond each, for all at once would be long. */
function checked(commitment: PooledCommitment): PooledCommitment {
  if (!ed25519.isElement(commitment.hiding) || !ed25519.isElement(commitment.binding))
    cheater(commitment.custodian, 'its commitment is no element');
  return commitment;
}
