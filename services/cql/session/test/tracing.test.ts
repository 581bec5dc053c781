import { expect, test } from 'vitest';
import { Trace } from '../tracing.ts';

test('an event names the moment of itself, not that of its being written', () => {
  let moment = 1;
  const trace = new Trace(() => Uint8Array.of(moment), 0);
  moment = 2;
  trace.note('first');
  moment = 5;
  trace.note('second');
  moment = 9;
  expect(trace.id).toEqual(Uint8Array.of(1));
  expect(trace.events.map(({ id, activity }) => [id[0], activity])).toEqual([
    [2, 'first'],
    [5, 'second'],
  ]);
});
