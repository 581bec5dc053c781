/** The pattern language of event filtering, by what the developer guide says of each rule. */
import { describe, expect, test } from 'vitest';
import { compileMessageFilter, compilePattern, FilterInvalid } from '../engine/filter.ts';

const matches = (pattern: unknown, event: unknown) => compilePattern(JSON.stringify(pattern))(event);

describe('rules', () => {
  test.each([
    [['a', 'b'], 'b', true],
    [['a'], 'ab', false],
    [[1], 1, true],
    [[1], '1', false],
    [[null], null, true],
    [[null], undefined, false],
    [[''], '', true],
    [[true], true, true],
    [['a'], ['x', 'a'], true],
    [['a'], ['x'], false],
    [['a'], [], false],
    [[{ prefix: 'us-' }], 'us-east', true],
    [[{ prefix: 'us-' }], 'eu-us-', false],
    [[{ prefix: 'us-' }], 5, false],
    [[{ prefix: { 'equals-ignore-case': 'US' } }], 'us-east', true],
    [[{ suffix: '.png' }], 'a.png', true],
    [[{ suffix: '.png' }], 'a.png.jpg', false],
    [[{ 'equals-ignore-case': 'Alice' }], 'aLICE', true],
    [[{ 'equals-ignore-case': 'Alice' }], 'Bob', false],
    [[{ 'anything-but': 'a' }], 'b', true],
    [[{ 'anything-but': ['a', 1] }], 1, false],
    [[{ 'anything-but': ['a'] }], undefined, false],
    [[{ 'anything-but': { prefix: 'x' } }], 'yx', true],
    [[{ 'anything-but': { prefix: ['x', 'y'] } }], 'yx', false],
    [[{ numeric: ['=', 100] }], 100, true],
    [[{ numeric: ['>', 10, '<=', 20] }], 20, true],
    [[{ numeric: ['>', 10, '<=', 20] }], 10, false],
    [[{ numeric: ['>=', 10] }], '11', false],
    [[{ exists: true }], 0, true],
    [[{ exists: true }], undefined, false],
    [[{ exists: true }], { b: 1 }, false],
    [[{ exists: false }], undefined, true],
    [[{ exists: false }], null, false],
    [['x', { exists: false }], undefined, true],
  ])('%j of %j is %j', (rules, value, expected) => {
    expect(matches({ a: rules }, value === undefined ? {} : { a: value })).toBe(expected);
    expect(matches({ o: { a: rules } }, { o: value === undefined ? {} : { a: value } })).toBe(expected);
  });
});

test('all members have to match, and one of $or', () => {
  const pattern = { a: [1], $or: [{ b: [2] }, { c: { d: [3] } }] };
  expect(matches(pattern, { a: 1, b: 2 })).toBe(true);
  expect(matches(pattern, { a: 1, c: { d: 3 } })).toBe(true);
  expect(matches(pattern, { a: 1 })).toBe(false);
  expect(matches(pattern, { a: 2, b: 2 })).toBe(false);
});

test('a member of a list of objects is looked for in each', () => {
  expect(matches({ l: { a: [1] } }, { l: [{ a: 2 }, { a: 1 }] })).toBe(true);
});

test('what every object inherits is not there', () => {
  expect(matches({ constructor: [{ exists: true }] }, {})).toBe(false);
});

test.each([
  '[]',
  'x',
  '{"a":1}',
  '{"a":[]}',
  '{"a":[{}]}',
  '{"a":[[1]]}',
  '{"a":[{"prefix":1}]}',
  '{"a":[{"prefix":"a","suffix":"b"}]}',
  '{"a":[{"wild":"x"}]}',
  '{"a":[{"numeric":[">"]}]}',
  '{"a":[{"numeric":["constructor",1]}]}',
  '{"a":[{"exists":"yes"}]}',
  '{"a":[{"anything-but":[]}]}',
  '{"$or":[]}',
  '{"$or":[1]}',
])('%s is no pattern', (text) => expect(() => compilePattern(text)).toThrow(FilterInvalid));

describe('messages', () => {
  const passes = (pattern: unknown, body: string) =>
    compileMessageFilter([JSON.stringify(pattern)]).matches({ body, eventSource: 'aws:sqs' });
  test.each([
    [{ body: { a: [1] } }, '{"a":1}', true],
    [{ body: { a: [1] } }, '{"a":2}', false],
    [{ body: { a: [1] } }, 'a', false],
    [{ body: { a: [{ exists: false }] } }, 'a', false],
    [{ body: ['a'] }, 'a', true],
    [{ body: [{ prefix: '{' }] }, '{"a":1}', false],
    [{ eventSource: ['aws:sqs'] }, 'anything', true],
    [{ eventSource: ['aws:s3'] }, 'anything', false],
  ])('%j lets %j pass: %j', (pattern, body, expected) => expect(passes(pattern, body)).toBe(expected));

  test('one of the filters is enough', () => {
    const filter = compileMessageFilter(['{"body":{"a":[1]}}', '{"body":{"a":[2]}}']);
    expect(filter.matches({ body: '{"a":2}' })).toBe(true);
    expect(filter.matches({ body: '{"a":3}' })).toBe(false);
  });
});
