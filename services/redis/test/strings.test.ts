/** Strings: limits, encodings and times, which no comparison of answers shows. */
import { expect, test } from 'vitest';
import { stringEncoding } from '../engine/types/string-type.ts';
import { loneEngine } from './support/engine-harness.ts';

test('encodings of strings', () => {
  expect(stringEncoding('12')).toBe('int');
  expect(stringEncoding('-9223372036854775808')).toBe('int');
  expect(stringEncoding('9223372036854775808')).toBe('embstr');
  expect(stringEncoding('012')).toBe('embstr');
  expect(stringEncoding('')).toBe('embstr');
  expect(stringEncoding('x'.repeat(44))).toBe('embstr');
  expect(stringEncoding('x'.repeat(45))).toBe('raw');
  const lone = loneEngine(false);
  lone.run('SET', 'n', '1');
  lone.run('APPEND', 'n', '2');
  expect(stringEncoding(lone.engine.databases[0]!.keys.get('n') as never)).toBe('raw');
  lone.run('INCR', 'n');
  expect(stringEncoding(lone.engine.databases[0]!.keys.get('n') as never)).toBe('int');
});

test('options of SET and GETEX become absolute times', () => {
  const lone = loneEngine(false);
  const [db] = lone.engine.databases;
  const now = lone.clock.ms;
  const at = (...words: string[]) => {
    lone.run(...words);
    return db!.expiresAt('k') - now;
  };
  expect(at('SET', 'k', 'v', 'EX', '10')).toBe(10_000);
  expect(at('SET', 'k', 'v', 'px', '10')).toBe(10);
  expect(at('SET', 'k', 'v', 'KEEPTTL')).toBe(10);
  expect(at('SET', 'k', 'v', 'EXAT', String(now / 1000 + 3))).toBe(3000);
  expect(at('SET', 'k', 'v', 'PXAT', String(now + 7))).toBe(7);
  expect(at('GETEX', 'k', 'EX', '5')).toBe(5000);
  expect(at('INCRBY', 'k', '1')).toBe(5000);
  expect(at('APPEND', 'k', '1')).toBe(5000);
  expect(at('SETEX', 'k', '2', '5')).toBe(2000);
  expect(at('INCR', 'k')).toBe(2000);
  expect(at('SETBIT', 'k', '1', '1')).toBe(2000);
  expect(at('GETEX', 'k', 'PERSIST')).toBe(-now);
  expect(at('SETEX', 'k', '2', '5')).toBe(2000);
  expect(at('SET', 'k', 'v')).toBe(-now);
});

test('no string becomes longer than V8 can hold', () => {
  const lone = loneEngine(false);
  const tooLong = '-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n';
  const badOffset = '-ERR bit offset is not an integer or out of range\r\n';
  lone.run('SET', 'k', 'v');
  expect(lone.run('SETRANGE', 'k', '536870888', 'x')).toBe(tooLong);
  expect(lone.run('SETRANGE', 'k', '9223372036854775807', 'x')).toBe(tooLong);
  expect(lone.run('SETBIT', 'k', String(536_870_888 * 8), '1')).toBe(badOffset);
  expect(lone.run('BITFIELD', 'k', 'SET', 'u8', String(536_870_888 * 8 - 4), '1')).toBe(badOffset);
  expect(lone.run('GET', 'k')).toBe('$1\r\nv\r\n');
});

test('arguments of BITCOUNT and BITPOS are checked even if the key is missing', () => {
  const lone = loneEngine(false);
  expect(lone.run('BITCOUNT', 'none', '0')).toBe('-ERR syntax error\r\n');
  expect(lone.run('BITCOUNT', 'none', 'a', '1')).toBe('-ERR value is not an integer or out of range\r\n');
  expect(lone.run('BITCOUNT', 'none', '0', '1', 'hello')).toBe('-ERR syntax error\r\n');
  expect(lone.run('BITPOS', 'none', '1', '0', '1', 'hello')).toBe('-ERR syntax error\r\n');
  expect(lone.run('BITPOS', 'none', '0', '5')).toBe(':0\r\n');
});
