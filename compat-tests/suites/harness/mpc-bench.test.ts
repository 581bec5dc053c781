import { expect, test } from 'vitest';
import { inTurns, summaryOf } from '../../perf/mpc/series.ts';
import { type MpcRow, rowOf, verdictOf } from '../../perf/mpc/table.ts';

test('repetitions take turns, and the first ones do not count', async () => {
  const order: string[] = [];
  const measure = (name: string) => async () => ({ ms: order.push(name) });
  const series = await inTurns({ ours: measure('ours'), peer: measure('peer') }, 2, 1);
  expect(order).toEqual(['ours', 'peer', 'ours', 'peer', 'ours', 'peer']);
  expect(series).toEqual({ ours: { values: { ms: [3, 5] } }, peer: { values: { ms: [4, 6] } } });
});

test('a figure is reached by the median, at best, or not', () => {
  const slow: MpcRow = { what: 'a run', median: 30, best: 20, unit: 'ms' };
  expect(verdictOf(slow)).toBeUndefined();
  expect(verdictOf({ ...slow, reach: { atMost: 30 } })).toBe('ok');
  expect(verdictOf({ ...slow, reach: { atMost: 25 } })).toBe('ok at best');
  expect(verdictOf({ ...slow, reach: { atMost: 19 } })).toBe('missed');
  expect(verdictOf({ ...slow, reach: { atLeast: 31 } })).toBe('missed');
});

test('the best of rates is the largest, of durations the least', () => {
  const series = { values: { some: [4, 1, 3] } };
  expect(summaryOf(series, 'some', 'more')).toEqual({ median: 3, best: 4 });
  expect(rowOf('some', series, 'some', { unit: 'ms', better: 'less' })).toMatchObject({ median: 3, best: 1 });
  expect(() => summaryOf(series, 'other', 'more')).toThrow('nobody measured other');
  expect(() => summaryOf(undefined, 'some', 'more')).toThrow('nobody measured some');
});
