import { describe, expect, it } from 'vitest';
import { BlockingPace } from '../blocking-pace.ts';
import { storeLimits } from '../limits.ts';

const { blockingSlowMs, blockingPauseFactor, blockingPauseMsMax } = storeLimits;

/** A pace whose clock moves by what the work takes. */
function paced() {
  let now = 1000;
  const pace = new BlockingPace(() => now);
  return {
    pace,
    take: (ms: number) =>
      pace.run(() => {
        now += ms;
      }),
    rest: (ms: number) => {
      now += ms;
    },
  };
}

describe('writes in the calling thread', () => {
  it('go on while the disk is quick', () => {
    const { pace, take } = paced();
    for (let round = 0; round < 1000; round += 1) {
      expect(pace.isPaused).toBe(false);
      take(blockingSlowMs);
    }
  });

  it('pause after a slow one for a multiple of what it took', () => {
    const { pace, take, rest } = paced();
    take(4);
    rest(4 * blockingPauseFactor - 1);
    expect(pace.isPaused).toBe(true);
    rest(1);
    expect(pace.isPaused).toBe(false);
  });

  it('take next to no time of a disk that is always slow', () => {
    const { pace, take, rest } = paced();
    let waited = 0;
    for (let second = 0; second < 600; second += 1) {
      if (!pace.isPaused) {
        take(5);
        waited += 5;
      }
      rest(1000);
    }
    expect(waited).toBeLessThan(150);
    take(0.01);
    take(5);
    rest(5 * blockingPauseFactor);
    expect(pace.isPaused).toBe(false);
  });

  it('come back after the longest pause at most', () => {
    const { pace, take, rest } = paced();
    for (let round = 0; round < 60; round += 1) take(10_000);
    rest(blockingPauseMsMax);
    expect(pace.isPaused).toBe(false);
  });

  it('pass on the failure of the work', () => {
    const { pace } = paced();
    const failure = new Error('EIO');
    expect(() =>
      pace.run(() => {
        throw failure;
      }),
    ).toThrow(failure);
    expect(pace.isPaused).toBe(false);
  });
});
