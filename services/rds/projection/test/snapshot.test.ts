import { expect, test } from 'vitest';
import { Snapshot } from '../snapshot.ts';

const word = 2 ** 32;

test('a snapshot sees what committed before it, and nothing that was under way', () => {
  const snapshot = new Snapshot('100:110:100,105');
  expect([99, 100, 104, 105, 109, 110, 111].map((xid) => snapshot.sees(xid))).toEqual([
    true,
    false,
    true,
    false,
    true,
    false,
    false,
  ]);
});

test('numbers begin again with zero after 2^32 of them', () => {
  const snapshot = new Snapshot(`${3 * word - 5}:${3 * word + 10}:${3 * word - 2},${3 * word + 4}`);
  expect([word - 5, word - 2, 3, 4, 9, 10, 11].map((xid) => snapshot.sees(xid))).toEqual([
    true,
    false,
    true,
    false,
    true,
    false,
    false,
  ]);
  const before = new Snapshot(`${3 * word - 5}:${3 * word - 4}:`);
  expect([word - 6, word - 4, 3].map((xid) => before.sees(xid))).toEqual([true, false, false]);
});

test.each(['', '1:2', '1:2:,', 'a:b:', '1:2:3,'])('%s is no snapshot', (text) => {
  expect(() => new Snapshot(text)).toThrow(RangeError);
});
