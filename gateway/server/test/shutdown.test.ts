import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createShutdown } from '../boot/shutdown.ts';
import { serverLimits } from '../limits.ts';

function scene(close: (signal: AbortSignal) => Promise<void>) {
  const timers: { at: number; run: () => void }[] = [];
  const exits: number[] = [];
  let now = 1000;
  const shutdown = createShutdown(close, {
    logger: pino({ level: 'silent' }),
    monotonicMs: () => now,
    exit: (code) => exits.push(code),
    after: (ms, run) => timers.push({ at: now + ms, run }),
  });
  const advance = async (ms: number) => {
    now += ms;
    for (const timer of timers.filter(({ at }) => at <= now)) {
      timers.splice(timers.indexOf(timer), 1);
      timer.run();
    }
    await new Promise(setImmediate);
  };
  return { shutdown, exits, advance };
}

const never = () => new Promise<void>(() => undefined);

test('the first signal closes and ends with 0', async () => {
  let closed = 0;
  const { shutdown, exits, advance } = scene(async () => void closed++);
  shutdown.onSignal('SIGTERM');
  await advance(0);
  expect([closed, exits]).toEqual([1, [0]]);
});

test('a repeated delivery of the same key press is no second signal', async () => {
  const { shutdown, exits, advance } = scene(never);
  shutdown.onSignal('SIGINT');
  await advance(serverLimits.signalRepeatMs - 1);
  shutdown.onSignal('SIGINT');
  expect(exits).toEqual([]);
});

test('a second signal ends at once with the code of the signal', async () => {
  const { shutdown, exits, advance } = scene(never);
  shutdown.onSignal('SIGTERM');
  await advance(serverLimits.signalRepeatMs);
  shutdown.onSignal('SIGTERM');
  expect(exits).toEqual([143]);
});

test('what is under way is cut in time for the closing, and the process ends within 5 s', async () => {
  let cut = false;
  const { shutdown, exits, advance } = scene((signal) => {
    signal.addEventListener('abort', () => (cut = true));
    return never();
  });
  shutdown.onSignal('SIGTERM');
  await advance(serverLimits.drainMs - serverLimits.closeReserveMs - 1);
  expect(cut).toBe(false);
  await advance(1);
  expect([cut, exits]).toEqual([true, []]);
  await advance(serverLimits.closeReserveMs);
  expect(exits).toEqual([0]);
  expect(serverLimits.drainMs).toBeLessThanOrEqual(5000);
});

test('a closing that fails ends with 1', async () => {
  const { shutdown, exits, advance } = scene(() => Promise.reject(new Error('disk')));
  shutdown.onSignal('SIGTERM');
  await advance(0);
  expect(exits).toEqual([1]);
});
