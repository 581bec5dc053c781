/**
 * Leases between processes that share a log and no clock. Each has a clock that runs a little fast or slow, its messages
 * take their time or get lost, and holders crash without a word. At no moment may two of them believe that they hold.
 */
import { describe, expect, it } from 'vitest';
import type { CommitResult, Lease, Transaction } from '../../api/index.ts';
import { NodeError } from '../../api/index.ts';
import { Replica } from '../../hypergraph/test/replica.ts';
import { config, domains, fresh, writers } from '../../hypergraph/test/universe.ts';
import { type SeededRandom, seededRandom } from '../../sim/index.ts';
import { AppliedFeed } from '../applied-feed.ts';
import type { NodeClock } from '../clock.ts';
import { acquireLease, type LeaseModules } from '../leases.ts';
import { Lifecycle } from '../lifecycle.ts';
import { ManualClock } from './manual-clock.ts';

const domain = domains[0] as Buffer;
const durationMs = 10_000;
const stepMs = 97;

class Process {
  held: Lease | undefined;
  terms: number[] = [];
  readonly modules: LeaseModules;
  readonly #name: string;
  readonly #random: SeededRandom;
  #stop = new AbortController();

  constructor(name: string, random: SeededRandom, modules: LeaseModules) {
    this.#name = name;
    this.#random = random;
    this.modules = modules;
  }

  get believesItHolds(): boolean {
    return (this.held?.left() ?? 0) > 0;
  }

  begin(): void {
    const options = { domain, resource: 'engine', holder: Buffer.from(this.#name), durationMs };
    acquireLease({ ...options, signal: this.#stop.signal }, this.modules)
      .then((lease) => {
        this.held = lease;
        this.terms.push(lease.term);
      })
      .catch((error) => {
        if (!(error instanceof NodeError)) throw error;
        // Its message was lost, or it was told to stop.
        if (error.code === 'overloaded') this.begin();
      });
  }

  act(): void {
    const { held } = this;
    if (held === undefined) return;
    if (held.lost.aborted) {
      this.held = undefined;
      this.begin();
      return;
    }
    const dice = this.#random.below(250);
    // Its message may be lost too; the lease is over either way.
    if (dice === 0) held.release().catch(() => undefined);
    if (dice === 1) held.abandon();
  }

  end(): void {
    this.#stop.abort();
  }
}

/** One log: transactions arrive late and are ordered as they arrive. */
class SharedLog {
  readonly replica = new Replica();
  readonly clock: ManualClock;

  constructor(clock: ManualClock) {
    this.clock = clock;
    const open = fresh([{ kind: 'create-domain', domain, config: config(0, [0]) }], 1);
    this.replica.apply(writers[0] as Buffer, [open]);
  }
}

/** What one process sees of the log: a replica that is behind, sometimes for a long time. */
class View {
  readonly replica = new Replica();
  readonly feed = new AppliedFeed(new Lifecycle(() => undefined), 0, 0);
  readonly #log: SharedLog;
  readonly #random: SeededRandom;
  #cutOffUntil = 0;

  constructor(log: SharedLog, random: SeededRandom) {
    this.#log = log;
    this.#random = random;
    this.#follow();
  }

  step(): void {
    const { clock } = this.#log;
    if (clock.monotonic() < this.#cutOffUntil) return;
    if (this.#random.chance(0.01)) this.#cutOffUntil = clock.monotonic() + this.#random.below(durationMs * 2);
    else this.#follow();
  }

  commit(transaction: Transaction): Promise<CommitResult> {
    const { promise, resolve, reject } = Promise.withResolvers<CommitResult>();
    const random = this.#random;
    const { clock, replica } = this.#log;
    const slow = random.chance(0.1) ? durationMs : 500;
    clock.timer(random.below(slow), () => {
      if (random.chance(0.05)) {
        reject(new NodeError('overloaded', 'the message was lost'));
        return;
      }
      const open = { ...transaction, validFrom: 0, validUntil: 4096 };
      const { results } = replica.apply(writers[0] as Buffer, [open]);
      const { position } = replica;
      const { outcome } = results[0] as (typeof results)[number];
      clock.timer(random.below(slow), () => {
        // A node answers when it has applied.
        this.#follow();
        resolve({ position, outcome, certificate: undefined as never });
      });
    });
    return promise;
  }

  #follow(): void {
    const { log } = this.#log.replica;
    for (let position = this.replica.position; position < log.length; position++) {
      const { writer, body } = log[position] as (typeof log)[number];
      this.replica.applyBody(writer, body);
      this.feed.publish({ position: position + 1, transactions: [] }, 0);
    }
  }
}

function skewed(clock: ManualClock, rate: number, start: number): NodeClock {
  return {
    monotonic: () => start + clock.monotonic() * rate,
    timer: (delayMs, callback) => clock.timer(delayMs / rate, callback),
  };
}

/** Returns how often the lease changed hands. @throws when two processes believe that they hold it */
async function simulate(seed: number, driftMax: number): Promise<number> {
  const random = seededRandom(seed);
  const clock = new ManualClock();
  const log = new SharedLog(clock);
  const views: View[] = [];
  const processes = ['first', 'second', 'third'].map((name) => {
    const own = random.fork();
    const rate = 1 + ((own.below(2001) - 1000) / 1000) * driftMax;
    const view = new View(log, own);
    views.push(view);
    return new Process(name, own, {
      clock: skewed(clock, rate, own.below(1_000_000)),
      random: own,
      state: view.replica,
      feed: view.feed,
      commit: (transaction) => view.commit(transaction),
    });
  });
  for (const one of processes) one.begin();
  for (let step = 0; step < 1500; step++) {
    clock.advance(stepMs);
    for (const view of views) view.step();
    for (let turn = 0; turn < 12; turn++) await undefined;
    const holders = processes.filter((one) => one.believesItHolds).length;
    if (holders > 1) throw new Error(`seed ${seed}: two holders after ${step * stepMs} ms`);
    for (const one of processes) one.act();
  }
  for (const one of processes) one.end();
  const terms = processes.flatMap((one) => one.terms);
  expect(new Set(terms).size).toBe(terms.length);
  return terms.length;
}

const seeds = process.env.HYPERGATE_SOAK === '1' ? 500 : 30;

describe('leases between processes without a common clock', () => {
  it('are never held by two, whatever is late, lost or dead', async () => {
    let changes = 0;
    for (let seed = 1; seed <= seeds; seed++) changes += await simulate(seed, 0.0004);
    expect(changes).toBeGreaterThan(seeds * 5);
  });

  it('would be held by two if the clocks drifted more than the bound (so the check sees it)', async () => {
    let seen = 0;
    for (let seed = 1; seed <= seeds; seed++) await simulate(seed, 0.2).catch(() => seen++);
    expect(seen).toBeGreaterThan(0);
  });
});
