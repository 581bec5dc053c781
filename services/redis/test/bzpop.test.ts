/** Clients that wait for sorted sets. */
import { describe, expect, test } from 'vitest';
import { connect, loneEngine, openEngine } from './support/engine-harness.ts';

const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`;
const popped = (key: string, member: string, score: string): string =>
  `*3\r\n${bulk(key)}${bulk(member)}${bulk(score)}`;

function four() {
  const engine = openEngine(false);
  const [a, b, c, writer] = [connect(engine), connect(engine), connect(engine), connect(engine)];
  return { engine, a, b, c, writer };
}

test('what is there is popped at once, from the first key that has something', () => {
  const { a, writer } = four();
  writer.run('zadd', 'second', '1', 'x', '2', 'y');
  expect(a.run('bzpopmin', 'first', 'second', '0')).toBe(popped('second', 'x', '1'));
  expect(a.run('bzpopmax', 'first', 'second', '0')).toBe(popped('second', 'y', '2'));
  expect(a.run('bzpopmax', 'first', 'second', '0')).toBe('');
  expect(a.waits).toBe(true);
});

test('a client that waits gets the member once the command that added it has ended', () => {
  const { a, writer } = four();
  a.run('bzpopmin', 'other', 'key', '0');
  // Both members are there before one is popped.
  expect(writer.run('zadd', 'key', '2', 'late', '1', 'early')).toBe(':2\r\n');
  expect(a.read()).toBe(popped('key', 'early', '1'));
  expect(a.waits).toBe(false);
  expect(writer.run('zcard', 'key')).toBe(':1\r\n');
});

test('who waited longest is served first, and the others go on waiting', () => {
  const { a, b, c, writer } = four();
  a.run('bzpopmin', 'key', '0');
  b.run('bzpopmax', 'key', '0');
  c.run('bzpopmin', 'key', '0');
  writer.run('zadd', 'key', '1', 'x', '2', 'y');
  expect([a.read(), b.read(), c.read()]).toEqual([popped('key', 'x', '1'), popped('key', 'y', '2'), '']);
  expect(c.waits).toBe(true);
  expect(writer.run('zcard', 'key')).toBe(':0\r\n');
});

test.each([
  ['zincrby', 'key', '1', 'x'],
  ['zunionstore', 'key', '1', 'source'],
  ['zrangestore', 'key', 'source', '0', '-1'],
  ['geoadd', 'key', '0', '0', 'x'],
])('%s to a new key serves who waits', (...command) => {
  const { a, writer } = four();
  writer.run('zadd', 'source', '1', 'x');
  a.run('bzpopmin', 'key', '0');
  writer.run(...command);
  expect(a.read()).toContain(bulk('x'));
});

test('BZMPOP takes as many as asked, in pairs', () => {
  const { a, writer } = four();
  a.run('bzmpop', '0', '2', 'other', 'key', 'MAX', 'COUNT', '2');
  writer.run('zadd', 'key', '1', 'x', '2', 'y', '3', 'z');
  const pair = (member: string, score: string): string => `*2\r\n${bulk(member)}${bulk(score)}`;
  expect(a.read()).toBe(`*2\r\n${bulk('key')}*2\r\n${pair('z', '3')}${pair('y', '2')}`);
});

test('a key of another type is an error at first, and nothing to who waits already', () => {
  const { a, b, writer } = four();
  a.run('bzpopmin', 'key', 'text', '0');
  writer.run('set', 'text', 'value');
  expect(a.read()).toBe('');
  expect(b.run('bzpopmin', 'key', 'text', '0')).toMatch(/^-WRONGTYPE /);
  writer.run('zadd', 'key', '1', 'x');
  expect(a.read()).toBe(popped('key', 'x', '1'));
});

test('the effects of a pop that was waited for are those of the removal', () => {
  const engine = openEngine(true);
  const [waiting, writer] = [connect(engine), connect(engine)];
  waiting.run('bzpopmin', 'key', '0');
  writer.run('zadd', 'key', '1', 'x');
  const effects = engine.effects.take()!.effects.toString('latin1');
  // Put x, remove x, delete the key.
  expect([
    effects.charCodeAt(0),
    effects.includes('Q\0\x03key'),
    effects.endsWith('\x01\0\x03key\0\0\0\0'),
  ]).toEqual([80, true, true]);
});

describe('timeouts', () => {
  test('when the time is over the answer is the null array', async () => {
    const client = loneEngine(false);
    client.run('bzpopmin', 'key', '0.01');
    client.clock.ms += 10;
    await expect.poll(() => client.waits).toBe(false);
    expect(client.read()).toBe('*-1\r\n');
  });

  test.each([
    ['-1', 'timeout is negative'],
    ['x', 'timeout is not a float or out of range'],
    ['', 'timeout is not a float or out of range'],
    ['1e300', 'timeout is out of range'],
  ])('%j is refused', (timeout, message) => {
    const { a } = four();
    expect(a.run('bzpopmin', 'key', timeout)).toBe(`-ERR ${message}\r\n`);
    expect(a.run('bzmpop', timeout, '1', 'key', 'MIN')).toBe(`-ERR ${message}\r\n`);
    expect(a.waits).toBe(false);
  });
});
