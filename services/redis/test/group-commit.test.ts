/** When effects leave for the journal: alone at once, together where clients come back, and no later than that helps. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { GroupCommit } from '../process/group-commit.ts';
import { processLimits } from '../process/limits.ts';

const { gatheredEffectsBytes } = processLimits;
let sent = 0;
let group: GroupCommit;

beforeEach(() => {
  vi.useFakeTimers();
  sent = 0;
  group = new GroupCommit(() => {
    sent++;
    group.left();
  });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A batch with the answers of so many connections leaves and becomes durable. */
function commit(connections: number, ms = 0): void {
  group.left();
  vi.advanceTimersByTime(ms);
  group.becameDurable(0, connections);
}

describe('effects leave', () => {
  test('at once when nothing is on its way and nobody is expected', () => {
    expect(group.mayLeave(10, 1)).toBe(true);
    commit(1);
    expect(group.mayLeave(10, 1)).toBe(true);
  });

  test('not while a batch is on its way, unless they have become many', () => {
    group.left();
    expect(group.mayLeave(gatheredEffectsBytes - 1, 50)).toBe(false);
    expect(group.mayLeave(gatheredEffectsBytes, 50)).toBe(true);
    group.left();
    group.becameDurable(1, 50);
    expect(group.mayLeave(10, 50)).toBe(false);
    group.becameDurable(0, 50);
    expect(group.mayLeave(10, 50)).toBe(true);
  });

  test('when nearly all who had their answers have come back', () => {
    commit(50);
    expect(group.mayLeave(10, 25)).toBe(false);
    expect(group.mayLeave(10, 44)).toBe(false);
    expect(group.mayLeave(10, 45)).toBe(true);
    group.left();
    vi.runAllTimers();
    expect(sent).toBe(0);
  });

  test('after a part of the time of a commit, when they do not come back', () => {
    for (let count = 0; count < 100; count++) commit(50, 40);
    expect(group.mayLeave(10, 1)).toBe(false);
    vi.advanceTimersByTime(8);
    expect(sent).toBe(0);
    vi.advanceTimersByTime(2);
    expect(sent).toBe(1);
  });

  test('ever more often at once, when nobody comes back; and waiting again when they do', () => {
    let waits = 0;
    for (let count = 0; count < 1000; count++) {
      commit(50);
      if (group.mayLeave(10, 1)) continue;
      waits++;
      vi.runAllTimers();
    }
    expect(waits).toBeGreaterThan(7);
    expect(waits).toBeLessThan(25);
    expect(sent).toBe(waits);
    for (let count = 0; count < 64; count++) commit(50);
    expect(group.mayLeave(10, 1)).toBe(false);
    expect(group.mayLeave(10, 50)).toBe(true);
    // They came: the next wait that fails costs one batch alone.
    commit(50);
    expect(group.mayLeave(10, 1)).toBe(false);
    vi.runAllTimers();
    commit(50);
    expect(group.mayLeave(10, 1)).toBe(true);
    commit(50);
    expect(group.mayLeave(10, 1)).toBe(false);
  });
});
