import { beforeEach, expect, it } from 'vitest';
import { hashEncoding } from '../engine/types/hash-encoding.ts';
import type { HashValue } from '../engine/types/hash-value.ts';
import { listEncoding } from '../engine/types/list-encoding.ts';
import type { ListValue } from '../engine/types/list-value.ts';
import { type TestEngine, testEngine } from './support/test-engine.ts';

let setting: TestEngine;
beforeEach(() => {
  setting = testEngine();
});

function encoding(key: string): string {
  const { engine } = setting;
  const value = engine.databases[0]!.peek(key)!;
  return typeof value !== 'string' && value.type === 'list'
    ? listEncoding(value as ListValue, engine.config)
    : hashEncoding(value as HashValue, engine.config);
}

it('a list is a listpack up to 8 KiB, and again from half of that', () => {
  for (let i = 0; i < 81; i++) setting.run('RPUSH', 'l', 'x'.repeat(98));
  expect(encoding('l')).toBe('listpack');
  setting.run('RPUSH', 'l', 'x'.repeat(98));
  expect(encoding('l')).toBe('quicklist');
  for (let i = 0; i < 41; i++) setting.run('LPOP', 'l');
  expect(encoding('l')).toBe('quicklist');
  setting.run('LTRIM', 'l', 0, 39);
  expect(encoding('l')).toBe('listpack');
  setting.run('LSET', 'l', 0, 'x'.repeat(9000));
  expect(encoding('l')).toBe('quicklist');
  setting.run('LREM', 'l', 0, 'x'.repeat(9000));
  expect(encoding('l')).toBe('listpack');
});

it('a list follows a bound on its length too', () => {
  setting.engine.config.set('list-max-listpack-size', '3');
  setting.run('RPUSH', 'l', 'a', 'b', 'c');
  expect(encoding('l')).toBe('listpack');
  setting.run('LINSERT', 'l', 'BEFORE', 'b', 'd');
  expect(encoding('l')).toBe('quicklist');
  setting.run('RPOP', 'l', 2);
  expect(encoding('l')).toBe('quicklist');
  setting.run('RPOP', 'l');
  expect(encoding('l')).toBe('listpack');
  setting.run('RPUSH', 'other', 'a', 'b', 'c', 'd');
  expect(encoding('other')).toBe('quicklist');
});

it('a list that is loaded is a listpack when it fits one', () => {
  const { engine } = setting;
  setting.run('RPUSH', 'l', ...Array(200).fill('x'.repeat(100)));
  setting.run('LTRIM', 'l', 0, 60);
  expect(encoding('l')).toBe('quicklist');
  const list = engine.databases[0]!.peek('l') as ListValue;
  list.packed = undefined;
  expect(encoding('l')).toBe('listpack');
});

it('a hash is a table once it had many fields or a long one, and stays it', () => {
  setting.engine.config.set('hash-max-listpack-entries', '10');
  for (let i = 0; i < 10; i++) setting.run('HSET', 'h', `f${i}`, 'v');
  expect(encoding('h')).toBe('listpack');
  setting.run('HSET', 'h', 'g', 'v');
  expect(encoding('h')).toBe('hashtable');
  setting.run('HDEL', 'h', 'g', 'f1', 'f2');
  expect(encoding('h')).toBe('hashtable');
  setting.run('HSET', 'long', 'f', 'x'.repeat(64));
  expect(encoding('long')).toBe('listpack');
  setting.run('HSET', 'long', 'x'.repeat(65), 'v');
  setting.run('HDEL', 'long', 'x'.repeat(65));
  expect(encoding('long')).toBe('hashtable');
});
