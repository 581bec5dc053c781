import { expect, test } from 'vitest';
import { StatementCache } from '../cache.ts';

const numbered = (number: number) => `SELECT a${number} FROM t`;

test('gives the same tree again', () => {
  const cache = new StatementCache(1 << 20);
  expect(cache.parse(numbered(1))).toBe(cache.parse(numbered(1)));
  expect(cache.parse(numbered(2))).not.toBe(cache.parse(numbered(1)));
});

test('keeps those that were used last, and no more than it may', () => {
  const bytesMax = 64 * 1024;
  const cache = new StatementCache(bytesMax);
  const kept = cache.parse(numbered(0));
  const forgotten = cache.parse(numbered(1));
  for (let number = 2; number < 1000; number++) {
    cache.parse(numbered(number));
    expect(cache.bytes).toBeLessThanOrEqual(bytesMax);
    expect(cache.parse(numbered(0))).toBe(kept);
  }
  expect(cache.parse(numbered(1))).not.toBe(forgotten);
  expect(cache.size).toBeGreaterThan(10);
});

test('keeps neither errors nor passwords nor what would push out many others', () => {
  const cache = new StatementCache(64 * 1024);
  expect(() => cache.parse('SELECT')).toThrow();
  cache.parse(`SELECT * FROM t WHERE a = '${'x'.repeat(64 * 1024)}'`);
  cache.parse("CREATE ROLE r WITH PASSWORD = 'p'");
  cache.parse("ALTER USER r WITH PASSWORD 'p'");
  expect(cache).toMatchObject({ size: 0, bytes: 0 });
});
