import { describe, expect, test } from 'vitest';
import { compile, errorOf, evaluate, type FunctionOptions, failureOf } from './support.ts';

const lua: FunctionOptions = { language: 'lua' };

describe('arguments and results', () => {
  test.each([
    ['int', '41', 'return a + 1', '42'],
    ['bigint', '41', 'return a + 1', '42'],
    ['bigint', '9007199254740993', 'return a', '9007199254740993'],
    ['varint', '123456789012345678901234567890', 'return a', '123456789012345678901234567890'],
    ['double', '1.5', 'return a * 2', '3.0'],
    ['decimal', '1.10', 'return a', '1.10'],
    ['boolean', 'true', 'return not a', 'false'],
    ['text', '"x\\u0000ü"', 'return a .. #a', '"x\\u0000ü4"'],
    ['blob', '"0x00ff"', 'return a .. string.char(7)', '"0x00ff07"'],
    ['uuid', '"6fa459ea-ee8a-4ca4-894e-db77e160355e"', 'return a', '"6fa459ea-ee8a-4ca4-894e-db77e160355e"'],
    ['timestamp', '"2020-01-01 00:00:00.000Z"', 'return a + 1', '"2020-01-01 00:00:00.001Z"'],
    ['date', '"2020-02-29"', 'return a', '"2020-02-29"'],
    ['time', '"00:00:01"', 'return a + 1', '"00:00:01.000000001"'],
    ['list<int>', '[3, 1, 2]', 'table.sort(a); table.insert(a, 9); return a', '[1, 2, 3, 9]'],
    ['set<int>', '[1, 2]', 'table.insert(a, 0); return a', '[0, 1, 2]'],
    ['map<int, text>', '{"1": "a"}', 'a[7] = "b"; return a', '{"1": "a", "7": "b"}'],
    ['tuple<bigint, bigint>', '[1, 2]', 'return {a[1] + a[2], a[2] + 1}', '[3, 3]'],
    ['tuple<int, text>', '[null, "x"]', 'return {a[1], a[2]}', '[null, "x"]'],
    ['frozen<point>', '{"x": 1, "label": "l"}', 'a.x = a.x + 1; return a', '{"x": 2, "label": "l"}'],
    ['duration', '"1mo2d"', 'a.months = 3; return a', '"3mo2d"'],
    ['int', 'null', 'if a == null then return 999 end', '999'],
    ['int', '1', '', 'null'],
  ])('%s %s: %s', (type, value, body, expected) => {
    expect(evaluate([`a ${type}`], type, body, [value], lua)).toBe(expected);
  });

  test.each([
    ['int', 'return "x"', "Unable to make int from 'x'"],
    ['text', 'return 1', 'Invalid value for CQL type text: a number'],
    ['text', 'return string.char(255)', "String didn't validate."],
    ['list<int>', 'return {x = 1}', 'Invalid value for CQL type list<int>: an object'],
    ['list<int>', 'return {[1] = 1, [3] = 3}', 'Invalid value for CQL type list<int>: an object'],
    ['text', 'return string.rep', 'a function is no value'],
    ['text', 'error("not this")', "execution of 'ks.f[]' failed: function:1: not this"],
    ['text', 'error({})', 'an error that is a table'],
    ['text', 'local t = nil; return t.x', "attempt to index local 't' (a nil value)"],
  ])('%s from %s is refused', (returns, body, message) => {
    expect(failureOf(body, { ...lua, returns }).message).toContain(message);
  });
});

test.each(['return (', 'end', '\u001bLua', 'goto x'])('%j cannot be compiled', (body) => {
  const error = errorOf(() => compile([], 'int', body, lua));
  expect(error.code).toBe('invalid');
  expect(error.message).toContain("Failed to compile function 'ks.f' for language lua: ");
});

test.each([
  'io',
  'os',
  'debug',
  'package',
  'require',
  'load',
  'loadstring',
  'dofile',
  'print',
  'getfenv',
  'newproxy',
  'collectgarbage',
  'string.dump',
  'math.random',
])('there is no %s', (name) => {
  expect(evaluate([], 'boolean', `return ${name} == nil`, [], lua)).toBe('true');
});
