import { expect, test } from 'vitest';
import { RoundEnds } from '../round-ends.ts';

test('a round ends behind the row that makes it full, and what is less waits for more', () => {
  const rounds = new RoundEnds(100);
  for (let row = 1; row <= 10; row++) rounds.applied(row, 40);
  expect(rounds.after(0)).toBe(3);
  expect(rounds.after(2)).toBe(3);
  expect(rounds.after(3)).toBe(6);
  expect(rounds.after(8)).toBe(9);
  expect(rounds.after(9)).toBeUndefined();
  rounds.applied(11, 20);
  expect(rounds.after(9)).toBeUndefined();
  rounds.applied(12, 20);
  expect(rounds.after(9)).toBeUndefined();
  rounds.applied(13, 20);
  expect(rounds.after(9)).toBe(13);
  rounds.clear();
  expect(rounds.after(0)).toBeUndefined();
});
