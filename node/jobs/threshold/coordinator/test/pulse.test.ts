import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { coordinatorLimits } from '../limits.ts';
import { Pulse } from '../pulse.ts';

const { beatMs, pingBeats, silentBeats, busyBeats } = coordinatorLimits;
let news: string[];
let arrived: number;
let isBusy: boolean;
let pulse: Pulse;
beforeEach(() => {
  vi.useFakeTimers();
  [news, arrived, isBusy] = [[], 0, false];
  const note = (what: string) => () => void news.push(what);
  pulse = new Pulse({
    arrived: () => arrived,
    isBusy: () => isBusy,
    ping: note('ping'),
    silent: note('silent'),
    back: note('back'),
  });
  // What was heard before the first beat.
  beats(1);
});
afterEach(() => {
  pulse.stop();
  vi.useRealTimers();
});

const beats = (count: number) => vi.advanceTimersByTime(count * beatMs);

describe('a custodian', () => {
  test('that answers is not asked whether it is there', () => {
    for (let beat = 0; beat < 100; beat += 1) {
      pulse.heard();
      beats(1);
    }
    expect(news).toEqual([]);
  });

  test('that has nothing to answer is asked at most once a second', () => {
    for (let beat = 0; beat < 100; beat += 1) {
      const before = news.length;
      beats(1);
      if (news.length > before) pulse.heard();
    }
    expect(new Set(news)).toEqual(new Set(['ping']));
    expect(news.length).toBeLessThan((100 * beatMs) / 1000);
  });

  test('that answers nothing, not even that, counts as silent after about two seconds, and is not asked again', () => {
    beats(pingBeats);
    expect(news).toEqual(['ping']);
    beats(silentBeats - pingBeats);
    expect(news).toEqual(['ping', 'silent']);
    expect(silentBeats * beatMs).toBeLessThanOrEqual(2_500);
    beats(100);
    expect(news).toEqual(['ping', 'silent']);
  });

  test('that was asked for what takes long has more time, but not for ever', () => {
    isBusy = true;
    beats(busyBeats - 1);
    expect(news).toEqual(['ping']);
    beats(1);
    expect(news).toEqual(['ping', 'silent']);
    pulse.heard();
    beats(1 + silentBeats);
    isBusy = false;
    beats(1);
    expect(news.slice(2)).toEqual(['back', 'ping', 'silent']);
  });

  test('that answers again is back, and may fall silent once more', () => {
    beats(silentBeats);
    pulse.heard();
    pulse.heard();
    expect(news).toEqual(['ping', 'silent', 'back']);
    beats(1 + silentBeats);
    expect(news).toEqual(['ping', 'silent', 'back', 'ping', 'silent']);
  });

  test('whose answer takes long to arrive is there', () => {
    for (let beat = 0; beat < 100; beat += 1) {
      arrived += 10;
      beats(1);
    }
    expect(news).toEqual([]);
  });
});
