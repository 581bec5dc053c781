/** Random histories of events, failures of all kinds, kills, stops and time, against a plain model of what may become of an event. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventLimits } from '../limits.ts';
import type { Fate } from './support/model-invoker.ts';
import {
  eventOf,
  functionArn,
  type Gateway,
  openWorld,
  queueArn,
  turn,
  type World,
} from './support/world.ts';

/** One with all its retries and destinations, one without retries that grows old soon, one that the first leads to. */
const rules = {
  patient: { retries: 2, ageMs: eventLimits.eventAgeSecondsDefault * 1000 },
  hasty: { retries: 0, ageMs: 60_000 },
  next: { retries: 2, ageMs: eventLimits.eventAgeSecondsDefault * 1000 },
} as const;
type Name = keyof typeof rules;

const fates = fc.array(fc.constantFrom<Fate>('answer', 'error', 'error', 'throttle', 'fault', 'hang'), {
  maxLength: 5,
});
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      name: fc.constantFrom<Name>('patient', 'hasty'),
      fates,
      key: fc.option(fc.constantFrom('a', 'b')),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('time' as const),
      ms: fc.constantFrom(500, 1000, 30_000, 60_000, 120_000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), isError: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const), isOther: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop' as const) }) },
  // Without letting anything happen in between.
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill in flight' as const), fates }) },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

interface Known {
  readonly name: Name;
  readonly fates: Fate[];
  /** Runs that the function began, those of them that were lost with their gateway, and errors that were heard of. */
  runs: number;
  lost: number;
}

class History {
  readonly world: World;
  readonly #known = new Map<string, Known>();
  readonly #keys = new Set<string>();
  #gateway: Gateway;
  /** What they were doing goes on, as of gateways that only were cut off. */
  readonly #killed: Gateway[] = [];
  #isEnding = false;
  /** Request ids of `patient` whose success led to an event of `next`. */
  readonly #led = new Set<string>();

  private constructor(world: World) {
    this.world = world;
    this.#gateway = this.#boot('first');
  }

  static async open(): Promise<History> {
    const world = await openWorld();
    await world.putQueue('good');
    await world.putQueue('bad');
    for (const name of ['patient', 'hasty', 'next']) await world.putFunction(name);
    const onFailure = queueArn('bad');
    await world.configure('patient', { onSuccess: functionArn('next'), onFailure });
    await world.configure('hasty', {
      maximumRetryAttempts: 0,
      maximumEventAgeSeconds: 60,
      onSuccess: queueArn('good'),
      onFailure,
    });
    await world.configure('next', { onSuccess: queueArn('good'), onFailure });
    const history = new History(world);
    await history.#gateway.events.serving;
    await world.quiet();
    return history;
  }

  #boot(holder: string): Gateway {
    const gateway = this.world.boot(holder);
    gateway.invoker.fate = ({ requestId, target, payload }) => {
      if (target.function.name === 'next') this.#led.add(requestIdIn(payload));
      // What `patient` led to is known from its first call on.
      const known = this.#known.get(requestId) ?? this.#fresh(target.function.name as Name, []);
      this.#known.set(requestId, known);
      const given = known.fates.shift() ?? 'answer';
      const fate = given === 'hang' && this.#isEnding ? 'answer' : given;
      if (fate === 'answer' || fate === 'error' || fate === 'hang') known.runs += 1;
      return fate;
    };
    return gateway;
  }

  async #kill(holder: string): Promise<void> {
    const killed = this.#gateway;
    this.world.kill(killed);
    for (const { requestId } of killed.invoker.hanging.keys()) this.#known.get(requestId)!.lost += 1;
    this.#killed.push(killed);
    this.#gateway = this.#boot(holder);
    while (!this.#gateway.events.isServing) await this.world.advance(1000);
    await this.world.quiet();
  }

  async take(one: Step): Promise<void> {
    const { world } = this;
    switch (one.kind) {
      case 'put':
        await this.#put(one.name, one.fates, one.key ?? undefined);
        break;
      case 'time':
        await world.advance(one.ms);
        break;
      case 'release':
        for (const { invoker } of [this.#gateway, ...this.#killed])
          invoker.release(one.isError ? 'error' : 'answer');
        for (let turns = 0; turns < 20; turns += 1) await turn();
        break;
      case 'kill':
        await this.#kill(one.isOther ? `other ${this.#known.size}` : 'first');
        break;
      case 'stop': {
        const stopped = this.#gateway.events.stop(new AbortController().signal);
        while (this.#gateway.events.underWay > 0) {
          this.#gateway.invoker.release();
          await world.quiet();
        }
        await stopped;
        await this.#kill('second');
        break;
      }
      case 'kill in flight': {
        // What was under way may have run, and its end may have been written.
        const before = new Map([...this.#known].map(([id, { runs }]) => [id, runs]));
        const event = eventOf('patient');
        this.#known.set(event.requestId, this.#fresh('patient', one.fates));
        await this.#gateway.events.put(event);
        await this.#kill('first');
        for (const [id, known] of this.#known) known.lost += known.runs > (before.get(id) ?? 0) ? 1 : 0;
        break;
      }
    }
    await world.quiet();
  }

  #fresh(name: Name, own: readonly Fate[]): Known {
    return { name, fates: [...own], runs: 0, lost: 0 };
  }

  async #put(name: Name, own: readonly Fate[], key: string | undefined): Promise<void> {
    const isNew = key === undefined || !this.#keys.has(`${name} ${key}`);
    if (key !== undefined) this.#keys.add(`${name} ${key}`);
    const event = eventOf(name, key === undefined ? {} : { idempotencyKey: key });
    if (isNew) this.#known.set(event.requestId, this.#fresh(name, own));
    await this.#gateway.events.put(event);
  }

  async finish(): Promise<void> {
    const { world } = this;
    this.#isEnding = true;
    for (let count = 0; (await world.left()).length > 0; count += 1) {
      expect(count, 'all come to an end').toBeLessThan(60);
      this.#gateway.invoker.release();
      await world.quiet();
      await world.advance(120_000);
    }
    const ends = [...(await world.messages('good')), ...(await world.messages('bad'))].map(
      ({ body }) =>
        (JSON.parse(body) as { requestContext: { requestId: string; condition: string } }).requestContext,
    );
    for (const [requestId, { name, runs, lost }] of this.#known) {
      const own = ends.filter((end) => end.requestId === requestId);
      const isLed = this.#led.has(requestId);
      expect(own.length + (isLed ? 1 : 0), `${name} ends once`).toBe(1);
      if (own[0]?.condition !== 'EventAgeExceeded') expect(runs).toBeGreaterThanOrEqual(1);
      expect(runs).toBeLessThanOrEqual(1 + rules[name].retries + lost);
    }
    expect(ends.length + this.#led.size).toBe(this.#known.size);
  }
}

const requestIdIn = (payload: Uint8Array): string =>
  (JSON.parse(Buffer.from(payload).toString()) as { requestContext: { requestId: string } }).requestContext
    .requestId;

test('every event that was accepted ends once, is run, and not more often than it may', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const history = await History.open();
      try {
        for (const one of steps) await history.take(one);
        await history.finish();
      } finally {
        await history.world.close();
      }
    }),
    { numRuns: 60 },
  );
});
