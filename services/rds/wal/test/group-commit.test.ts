import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { GroupCommit } from '../group-commit.ts';

const options = { gatherMs: 1, returningShare: 0.75, gatheredBytes: 1000, restMax: 4 };
let sent: number;
let group: GroupCommit;

/** A round of so many messages goes and comes. */
function round(messages: number): void {
  group.left();
  group.certified(messages);
}

beforeEach(() => {
  vi.useFakeTimers();
  sent = 0;
  group = new GroupCommit(() => sent++, options);
});

afterEach(() => {
  group.end();
  vi.useRealTimers();
});

it('one client never waits for another', () => {
  for (let i = 0; i < 5; i++) {
    expect(group.mayLeave(1, 10)).toBe(true);
    round(1);
  }
  expect(vi.getTimerCount()).toBe(0);
});

it('nothing leaves while a round is on its way', () => {
  group.left();
  expect(group.mayLeave(100, 1_000_000)).toBe(false);
  group.certified(1);
  expect(group.mayLeave(1, 10)).toBe(true);
});

it('after a round of many the next one waits for most of them', () => {
  round(8);
  expect(group.mayLeave(5, 10)).toBe(false);
  expect(group.mayLeave(6, 10)).toBe(true);
});

it('nobody is waited for when much is there', () => {
  round(8);
  expect(group.mayLeave(1, 1000)).toBe(true);
});

it('those who do not come are waited for a moment, and then ever more rarely', () => {
  const waits: boolean[] = [];
  for (let i = 0; i < 12; i++) {
    round(8);
    const waited = !group.mayLeave(1, 10);
    waits.push(waited);
    if (waited) {
      const before = sent;
      vi.advanceTimersByTime(options.gatherMs);
      expect(sent).toBe(before + 1);
      expect(group.mayLeave(1, 10)).toBe(true);
    }
  }
  expect(waits.map(Number).join('')).toBe('101001000010');
});

it('after its end nothing is sent any more', () => {
  round(8);
  group.mayLeave(1, 10);
  group.end();
  vi.advanceTimersByTime(10);
  expect(sent).toBe(0);
});
