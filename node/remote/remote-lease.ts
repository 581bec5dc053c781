/**
 * A lease held through a socket. The node renews it; the holder asks from time to time how long it is still good. A
 * question was sent before it was answered, so the lease is good until (its clock when it sent the question) + answer,
 * less what two clocks may differ in that time. A holder whose connection is gone stops at once.
 */
import type { Lease, LeaseOptions } from '../api/index.ts';
import { NodeError } from '../api/index.ts';
import type { NodeClock } from '../embedded/clock.ts';
import { clockDriftBound } from '../embedded/limits.ts';
import type { ClientConnection } from './client-connection.ts';
import * as v1 from './format/v1.ts';

export async function acquireRemoteLease(
  options: LeaseOptions,
  connection: ClientConnection,
  clock: NodeClock,
): Promise<Lease> {
  const { signal, ...request } = options;
  const { id, body } = await connection.callWithId(v1.method.lease, v1.encodeLeaseRequest(request), signal);
  const lease = new RemoteLease(id, v1.decodeNumber(body), options.durationMs, connection, clock);
  connection.onLeaseLost(id, () => lease.lose('the node lost it, or the connection ended'));
  await lease.check();
  return lease;
}

class RemoteLease implements Lease {
  readonly term: number;
  readonly #call: number;
  readonly #durationMs: number;
  readonly #connection: ClientConnection;
  readonly #clock: NodeClock;
  readonly #lost = new AbortController();
  #deadline = 0;
  #abandoned = false;
  #stopCheck: () => void = () => undefined;
  #stopDeadline: () => void = () => undefined;

  constructor(
    call: number,
    term: number,
    durationMs: number,
    connection: ClientConnection,
    clock: NodeClock,
  ) {
    this.#call = call;
    this.term = term;
    this.#durationMs = durationMs;
    this.#connection = connection;
    this.#clock = clock;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  left(): number {
    return this.#lost.signal.aborted ? 0 : Math.max(0, this.#deadline - this.#clock.monotonic());
  }

  abandon(): void {
    this.#abandoned = true;
    this.#stopCheck();
    // Without a connection the node abandons it by itself.
    this.#connection.call(v1.method.leaseAbandon, v1.encodeCall(this.#call)).catch(() => undefined);
  }

  async release(): Promise<void> {
    if (this.#lost.signal.aborted) return;
    this.lose('the holder gave it up');
    await this.#connection.call(v1.method.leaseRelease, v1.encodeCall(this.#call));
  }

  /** Asks how long the lease is good, and again in a while. */
  async check(): Promise<void> {
    const sentAt = this.#clock.monotonic();
    const left = v1.decodeNumber(await this.#connection.call(v1.method.leaseLeft, v1.encodeCall(this.#call)));
    if (this.#lost.signal.aborted) return;
    this.#deadline = sentAt + left - clockDriftBound(left);
    this.#stopDeadline();
    const until = this.#deadline - this.#clock.monotonic();
    if (until <= 0) {
      this.lose('it was not renewed in time');
      return;
    }
    this.#stopDeadline = this.#clock.timer(until, () => this.lose('it was not renewed in time'));
    if (this.#abandoned) return;
    this.#stopCheck = this.#clock.timer(this.#durationMs / 6, () => {
      this.check().catch(() => this.lose('the connection ended'));
    });
  }

  lose(reason: string): void {
    if (this.#lost.signal.aborted) return;
    this.#stopCheck();
    this.#stopDeadline();
    this.#connection.forgetLease(this.#call);
    this.#lost.abort(new NodeError('aborted', `the lease was lost: ${reason}`));
  }
}
