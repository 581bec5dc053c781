/**
 * `lease`: waits for the right to serve a resource, then keeps renewing it. Safety rests on two rules that need no common
 * clock, only clocks that run at almost the same rate:
 *
 *   - a holder stops at (its clock when it sent the last accepted renewal) + duration - drift bound;
 *   - a challenger waits one whole duration, on its own clock, from when it first saw that renewal, then takes term + 1
 *     on condition that there was no other renewal.
 *
 * A holder is one running process: whoever asks with the same holder bytes says that the earlier one is gone, and takes
 * the next term at once.
 */
import {
  type Bytes,
  type CommitResult,
  type Lease,
  type LeaseOptions,
  NodeError,
  nodeLimits,
  type Position,
  type Revision,
  type Transaction,
} from '../api/index.ts';
import {
  asBuffer,
  leaseKey,
  leaseSlot,
  type StateKey,
  type StateReader,
  type StoredLease,
  storedLease,
} from '../hypergraph/index.ts';
import type { AppliedFeed } from './applied-feed.ts';
import type { NodeClock } from './clock.ts';
import { clockDriftBound, embeddedLimits } from './limits.ts';

export interface LeaseModules {
  readonly clock: NodeClock;
  readonly random: { bytes(length: number): Bytes };
  readonly state: StateReader;
  readonly feed: AppliedFeed;
  commit(transaction: Transaction): Promise<CommitResult>;
}

/** @throws NodeError `malformed` (also when the domain refuses the writer), `aborted`, and what `commit` throws */
export async function acquireLease(options: LeaseOptions, modules: LeaseModules): Promise<Lease> {
  const { durationMs, signal } = options;
  const { clock } = modules;
  const { leaseDurationMinMs: min, leaseDurationMaxMs: max } = embeddedLimits;
  if (!Number.isInteger(durationMs) || durationMs < min || durationMs > max) {
    throw new NodeError('malformed', `a lease lasts ${min} to ${max} milliseconds`);
  }
  let seen: { readonly revision: Revision; readonly at: number } | undefined;
  for (;;) {
    if (signal?.aborted) throw gaveUp();
    const current = readLease(options, modules);
    if (current !== undefined && !isFree(current, options)) {
      if (seen?.revision !== current.revision) seen = { revision: current.revision, at: clock.monotonic() };
      const left = seen.at + current.durationMs - clock.monotonic();
      if (left > 0) {
        await changedOr(left, current.revision, options, modules);
        continue;
      }
    }
    const term = (current?.term ?? 0) + 1;
    const sentAt = clock.monotonic();
    const { outcome } = await modules.commit(
      putLease(options, term, durationMs, current?.revision ?? 0, modules),
    );
    if (outcome.status === 'applied') {
      const lease = new HeldLease(options, modules, term, sentAt);
      if (!signal?.aborted) return lease;
      await lease.release();
      throw gaveUp();
    }
    // Another was faster: look again.
    if (outcome.reason !== 'expectation-failed') {
      throw new NodeError('malformed', `the lease was refused: ${outcome.reason}`);
    }
  }
}

function isFree(current: StoredLease, options: LeaseOptions): boolean {
  return current.durationMs === 0 || asBuffer(current.holder).equals(options.holder);
}

/** Resolves when the lease was written again, after the delay, or when the caller gave up. */
async function changedOr(
  delayMs: number,
  revision: Revision,
  options: LeaseOptions,
  modules: LeaseModules,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = (): void => resolve();
  const stopTimer = modules.clock.timer(delayMs, wake);
  const stopListening = modules.feed.listen(() => {
    if (readLease(options, modules)?.revision !== revision) resolve();
  });
  options.signal?.addEventListener('abort', wake, { once: true });
  try {
    await promise;
  } finally {
    stopTimer();
    stopListening();
    options.signal?.removeEventListener('abort', wake);
  }
}

class HeldLease implements Lease {
  readonly term: number;
  readonly #options: LeaseOptions;
  readonly #modules: LeaseModules;
  readonly #lost = new AbortController();
  readonly #stopListening: () => void;
  /** On the clock: when `lost` comes. */
  #deadline = 0;
  #abandoned = false;
  #stopRenewal: () => void = () => undefined;
  #stopDeadline: () => void = () => undefined;

  constructor(options: LeaseOptions, modules: LeaseModules, term: number, sentAt: number) {
    this.#options = options;
    this.#modules = modules;
    this.term = term;
    // Every batch asks.
    const key = leaseKey(options.domain, options.resource);
    this.#stopListening = modules.feed.listen(() => {
      if (leaseAt(key, modules)?.term !== term) this.#lose('another holder took the next term');
    });
    this.#renewed(sentAt);
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  left(): number {
    return this.#lost.signal.aborted ? 0 : Math.max(0, this.#deadline - this.#modules.clock.monotonic());
  }

  abandon(): void {
    this.#abandoned = true;
    this.#stopRenewal();
  }

  async release(): Promise<void> {
    if (this.#lost.signal.aborted) return;
    const revision = readLease(this.#options, this.#modules)?.revision ?? 0;
    this.#lose('the holder gave it up');
    await this.#modules.commit(putLease(this.#options, this.term, 0, revision, this.#modules));
  }

  /** Counts from the moment of sending: the state may have taken the renewal at any time since. */
  #renewed(sentAt: number): void {
    const { durationMs } = this.#options;
    const { clock } = this.#modules;
    this.#deadline = sentAt + durationMs - clockDriftBound(durationMs);
    const left = this.#deadline - clock.monotonic();
    this.#stopDeadline();
    if (left <= 0) {
      this.#lose('it was not renewed in time');
      return;
    }
    this.#stopDeadline = clock.timer(left, () => this.#lose('it was not renewed in time'));
    this.#renewIn(durationMs / 3);
  }

  #renewIn(delayMs: number): void {
    if (this.#abandoned || this.#lost.signal.aborted) return;
    this.#stopRenewal = this.#modules.clock.timer(delayMs, () => {
      this.#renew().catch(() => {
        // The log may take it later; the deadline stands where it was.
        this.#renewIn(this.#options.durationMs / 10);
      });
    });
  }

  async #renew(): Promise<void> {
    const { clock, commit } = this.#modules;
    const revision = readLease(this.#options, this.#modules)?.revision ?? 0;
    const sentAt = clock.monotonic();
    const renewal = putLease(this.#options, this.term, this.#options.durationMs, revision, this.#modules);
    const { outcome } = await commit(renewal);
    if (this.#lost.signal.aborted) return;
    if (outcome.status === 'applied') this.#renewed(sentAt);
    else this.#lose(`the renewal was refused: ${outcome.reason}`);
  }

  #lose(reason: string): void {
    if (this.#lost.signal.aborted) return;
    this.#stopRenewal();
    this.#stopDeadline();
    this.#stopListening();
    this.#lost.abort(new NodeError('aborted', `the lease was lost: ${reason}`));
  }
}

function readLease(options: LeaseOptions, modules: LeaseModules): StoredLease | undefined {
  return leaseAt(leaseKey(options.domain, options.resource), modules);
}

function leaseAt(key: StateKey, { state }: LeaseModules): StoredLease | undefined {
  const value = state.get(key);
  return value === undefined ? undefined : storedLease(value);
}

function putLease(
  { domain, resource, holder }: LeaseOptions,
  term: number,
  durationMs: number,
  revision: Revision,
  modules: LeaseModules,
): Transaction {
  const validFrom: Position = modules.feed.position + 1;
  return {
    id: modules.random.bytes(16),
    validFrom,
    validUntil: validFrom + nodeLimits.transactionWindowDefault,
    expects: [{ domain, slot: leaseSlot(resource), revision }],
    operations: [{ kind: 'put-lease', domain, resource, holder, term, durationMs }],
  };
}

function gaveUp(): NodeError {
  return new NodeError('aborted', 'waiting for the lease was given up');
}
