/** How sessions end: everyone hears of it, with who and why, nothing is released before, and nothing stays behind. */
import { getEventListeners } from 'node:events';
import type { Duplex } from 'node:stream';
import { duplexPair } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { numberOfBits } from '../circuit/bits.ts';
import { MpcAbort } from '../errors.ts';
import type { OpenProtocol, Protocol } from '../protocol.ts';
import type { Levels } from '../session/levels.ts';
import { sessionLimits } from '../session/limits.ts';
import type { RunResult, Session } from '../session/session.ts';
import { clearProtocol } from './support/clear-protocol.ts';
import { seededRandom } from './support/seeded-random.ts';
import {
  describe as describeSession,
  inputsFor,
  names,
  openAll,
  openSessions,
  type PartiesSetup,
  sumCircuit,
} from './support/session-parties.ts';
import { tamperedWire } from './support/tampered-wire.ts';
import { TestClock, turns } from './support/test-clock.ts';

const parties = names.slice(0, 3);
const circuit = sumCircuit(parties);
const description = describeSession(parties, circuit);

/** The usual protocol with a run of its own. */
function levelsWith(
  run: (usual: OpenProtocol, ...call: Parameters<OpenProtocol['run']>) => ReturnType<OpenProtocol['run']>,
): Levels {
  const protocol: Protocol = async (setup) => {
    const usual = await clearProtocol(setup);
    return { run: (call) => run(usual, call) };
  };
  return new Map([['semi-honest', { protocol, partiesMin: 2, partiesMax: 16 }]]);
}

const runAll = (sessions: readonly Session[], who: readonly string[] = parties) =>
  Promise.allSettled(sessions.map((session, i) => session.run(circuit, inputsFor(circuit, who[i]!, i + 5))));

const aborts = (results: readonly PromiseSettledResult<unknown>[]) =>
  results.map((result) => {
    expect(result.status).toBe('rejected');
    const { reason } = result as PromiseRejectedResult;
    expect(reason).toBeInstanceOf(MpcAbort);
    return [(reason as MpcAbort).reason, (reason as MpcAbort).party];
  });

const closeAll = (sessions: readonly Session[]) => Promise.all(sessions.map((session) => session.close()));

const never = () => new Promise<never>(() => undefined);

test('a party that finds another cheating tells all, and the session is over for all', async () => {
  const levels = levelsWith(() => Promise.reject(new MpcAbort('cheating', 'carol', 'a check failed')));
  const sessions = await openSessions({ parties, description, options: { alice: { levels } } });
  const results = await runAll(sessions);
  expect(aborts(results)[0]).toEqual(['cheating', 'carol']);
  expect(aborts(results)[1]![0]).toBe('peer-aborted');
  expect((results[2] as PromiseRejectedResult).reason.message).toMatch(
    /it ended the session \((?:cheating|peer-aborted)\).*carol: a check failed/,
  );
  for (const again of await runAll(sessions)) expect(again.status).toBe('rejected');
  await closeAll(sessions);
});

test('what fails inside of one party keeps its text', async () => {
  const levels = levelsWith(() => Promise.reject(new TypeError('the secret is 42')));
  const sessions = await openSessions({ parties, description, options: { bob: { levels } } });
  const results = await runAll(sessions);
  expect(aborts(results)[1]).toEqual(['internal', undefined]);
  for (const [i, result] of results.entries()) {
    expect((result as PromiseRejectedResult).reason.message).not.toMatch(/42/);
    if (i !== 1) expect(aborts(results)[i]![0]).toBe('peer-aborted');
  }
  await closeAll(sessions);
});

test.each([9, 2])(
  'a party that sends more than the protocol says gets no output out of anybody (kind %i)',
  async (kind) => {
    const protocol: Protocol = async (setup) => {
      const usual = await clearProtocol(setup);
      return {
        async run(call) {
          const outputs = await usual.run(call);
          const channel = setup.channels.get('alice')!;
          await channel.send(kind, Buffer.alloc(1));
          return outputs;
        },
      };
    };
    const lying: Levels = new Map([['semi-honest', { protocol, partiesMin: 2, partiesMax: 16 }]]);
    const sessions = await openSessions({ parties, description, options: { carol: { levels: lying } } });
    const results = await runAll(sessions);
    expect(aborts(results)[0]).toEqual(['malformed', 'carol']);
    expect(aborts(results)[1]![0]).toBe('peer-aborted');
    await closeAll(sessions);
  },
);

describe('time and signals', () => {
  test('a job that takes too long ends', async () => {
    const clock = new TestClock();
    const levels = levelsWith(never);
    const sessions = await openSessions({
      parties,
      description,
      all: { clock, totalMs: 500_000 },
      options: { alice: { levels, totalMs: 400_000 } },
    });
    const running = runAll(sessions);
    await clock.advance(400_000);
    const results = await running;
    expect(aborts(results)[0]).toEqual(['timeout', undefined]);
    expect(aborts(results)[1]).toEqual(['peer-aborted', 'alice']);
    await closeAll(sessions);
    expect(clock.pending).toBe(0);
  });

  test('a party that never comes is named', async () => {
    const clock = new TestClock();
    const opening = openAll({
      parties,
      description,
      all: { clock, meetMs: 5_000, totalMs: 100_000 },
      // Nobody is at the other end of bob and carol.
      between: (a, b) => (a === 'bob' && b === 'carol' ? [duplexPair()[0], duplexPair()[0]] : duplexPair()),
    });
    await turns();
    await clock.advance(5_000);
    await clock.advance(sessionLimits.lingerMs);
    const { results, streams } = await opening;
    expect(aborts(results).map(([reason]) => reason)).toContain('timeout');
    expect(aborts(results)[1]).toEqual(['timeout', 'carol']);
    expect(streams.every(({ destroyed }) => destroyed)).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test('a party that says nothing more is given up', async () => {
    const clock = new TestClock();
    let isSilent = false;
    const two = names.slice(0, 2);
    const sessions = await openSessions({
      parties: two,
      description: describeSession(two, sumCircuit(two)),
      all: { clock, channel: { idleMs: 10_000 } },
      between: () =>
        tamperedWire((direction, _, bytes) => (isSilent && direction === 1 ? Buffer.alloc(0) : bytes)),
    });
    isSilent = true;
    const sum = sumCircuit(two);
    const running = Promise.allSettled(
      sessions.map((session, i) => session.run(sum, inputsFor(sum, two[i]!, 1))),
    );
    await turns();
    await clock.advance(30_000);
    expect(aborts(await running)).toEqual([
      ['timeout', 'bob'],
      ['peer-aborted', 'alice'],
    ]);
    await clock.advance(sessionLimits.lingerMs);
    await closeAll(sessions);
    expect(clock.pending).toBe(0);
  });

  test('a signal calls it off, before, during and after the opening', async () => {
    for (const when of ['before', 'opening', 'running'] as const) {
      const controller = new AbortController();
      const { signal } = controller;
      if (when === 'before') controller.abort();
      const levels = levelsWith(never);
      const opening = openAll({ parties, description, options: { bob: { signal, levels } } });
      if (when === 'opening') controller.abort();
      const { results } = await opening;
      if (when === 'running') {
        const sessions = results.map((result) => (result as PromiseFulfilledResult<Session>).value);
        const running = runAll(sessions);
        await turns();
        controller.abort();
        const ends = aborts(await running);
        expect(ends).toEqual([
          ['peer-aborted', 'bob'],
          ['cancelled', 'bob'],
          ['peer-aborted', 'bob'],
        ]);
        await closeAll(sessions);
      } else {
        const ends = aborts(results);
        expect(ends[1]).toEqual(['cancelled', 'bob']);
      }
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    }
  });

  test('closing during a run ends it', async () => {
    const sessions = await openSessions({
      parties,
      description,
      options: { carol: { levels: levelsWith(never) } },
    });
    const running = runAll(sessions);
    await turns();
    await sessions[2]!.close();
    expect(aborts(await running).map(([reason]) => reason)).toEqual([
      'peer-aborted',
      'peer-aborted',
      'cancelled',
    ]);
    await closeAll(sessions);
  });
});

test('nothing stays behind after a session, however it went', async () => {
  const clock = new TestClock();
  const { signal } = new AbortController();
  const events = ['data', 'error', 'close', 'drain'];
  const count = (streams: readonly Duplex[]) =>
    streams.map((stream) => events.map((event) => stream.listenerCount(event)));
  const none = count(duplexPair())[0]!;
  for (const fails of [false, true]) {
    const levels = fails
      ? levelsWith(() => Promise.reject(new MpcAbort('cheating', 'bob', 'no')))
      : undefined;
    const setup: PartiesSetup = {
      parties,
      description,
      all: { clock, signal },
      options: { alice: levels ? { levels } : {} },
    };
    const { results, streams } = await openAll(setup);
    const sessions = results.map((result) => (result as PromiseFulfilledResult<Session>).value);
    for (const { status } of await runAll(sessions)) expect(status).toBe(fails ? 'rejected' : 'fulfilled');
    await closeAll(sessions);
    expect(clock.pending).toBe(0);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    for (const each of count(streams)) expect(each).toEqual(none);
    expect(streams.every(({ destroyed }) => destroyed)).toBe(true);
  }
});

test('parties that are one side in many sessions with anything done to the wire never have a wrong output and never hang', async () => {
  const random = seededRandom('wire');
  const seen = new Map<string, number>();
  for (let round = 0; round < 150; round++) {
    const [a, b, c, d] = random(4) as unknown as [number, number, number, number];
    const count = 2 + (a & 1);
    const who = names.slice(0, count);
    const sum = sumCircuit(who);
    const direction = ((a >> 1) & 1) as 0 | 1;
    const target = (b * 256 + c) % 1400;
    const how = ['flip', 'end', 'drop', 'repeat', 'insert'][d % 5]!;
    let pair = 0;
    const clock = new TestClock();
    const between = () => {
      const isTarget = pair++ === (a >> 2) % (count === 2 ? 1 : 3);
      return tamperedWire((which, at, bytes) => {
        const inside = target - at;
        if (!isTarget || which !== direction || inside < 0 || inside >= bytes.length) return bytes;
        if (how === 'end') return 'end';
        if (how === 'drop') return Buffer.concat([bytes.subarray(0, inside), bytes.subarray(inside + 1)]);
        if (how === 'repeat') return Buffer.concat([bytes, bytes]);
        if (how === 'insert')
          return Buffer.concat([bytes.subarray(0, inside), Buffer.of(d), bytes.subarray(inside)]);
        bytes[inside]! ^= 1 + (d % 255);
        return bytes;
      });
    };
    let isSettled = false;
    const whole = (async () => {
      const { results } = await openAll({
        parties: who,
        description: describeSession(who, sum),
        all: { clock },
        between,
      });
      return Promise.all(
        results.map(async (result, i): Promise<RunResult | unknown> => {
          if (result.status === 'rejected') return result.reason;
          try {
            return await result.value.run(sum, inputsFor(sum, who[i]!, i + 5));
          } catch (error) {
            return error;
          } finally {
            await result.value.close();
          }
        }),
      );
    })().finally(() => {
      isSettled = true;
    });
    for (let step = 0; !isSettled && step < 400; step++)
      await clock.advance(step < 10 ? 0 : sessionLimits.idleMs / 8);
    expect(isSettled, `round ${round}, ${how} at ${target}`).toBe(true);
    const transcripts = new Set<string>();
    for (const end of await whole) {
      if (end instanceof MpcAbort) {
        seen.set(end.reason, (seen.get(end.reason) ?? 0) + 1);
        continue;
      }
      const { outputs, transcriptHash } = end as RunResult;
      seen.set('output', (seen.get('output') ?? 0) + 1);
      expect(numberOfBits(outputs[0]!)).toBe(BigInt((count * (count + 9)) / 2));
      transcripts.add(Buffer.from(transcriptHash).toString('hex'));
    }
    expect(transcripts.size).toBeLessThanOrEqual(1);
    expect(clock.pending).toBe(0);
  }
  // The faults were of all kinds, and some came after the end.
  expect([...seen.keys()].sort()).toEqual(
    expect.arrayContaining(['disconnected', 'malformed', 'output', 'peer-aborted']),
  );
});
