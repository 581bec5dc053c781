import { describe, expect, test } from 'vitest';
import { compile, errorOf, evaluate, failureOf, jsonValue } from './support.ts';

const result = (returns: string, body: string) => evaluate([], returns, body, []);

describe('what a text of JavaScript gives', () => {
  test.each([
    ['an expression', 'Math.max(a, 2);', '2'],
    ['the last value of a script', 'var b = a + 1; b * 2;', '4'],
    ['a branch of a statement', 'if (a > 0) { a + 10 } else { -a }', '11'],
    ['the body of a function', 'for (let i = 0; ; i++) if (i * i > 50) return i;', '8'],
    ['a function that is called at once', '(function () { return a + 6; })()', '7'],
    ['an expression before a comment', 'a + 2 // more', '3'],
    ['variables that nobody declared', 'b = a + 3; b', '4'],
  ])('%s', (_what, body, expected) => {
    expect(evaluate(['a int'], 'int', body, ['1'])).toBe(expected);
  });

  test('an object that stands alone is a block, as in any script', () => {
    expect(result('int', '{ a: 5 }')).toBe('5');
  });
});

describe('arguments', () => {
  test.each([
    ['tinyint', '-5', 'a - 1', '-6'],
    ['smallint', '-500', 'a - 1', '-501'],
    ['bigint', '41', 'a + 1', '42'],
    ['varint', '41', 'a + 1', '42'],
    ['double', '1.5', 'a * 2', '3.0'],
    ['float', '0.5', 'a * 3', '1.5'],
    ['decimal', '1.25', 'a * 2', '2.5'],
    ['boolean', 'true', '!a', 'false'],
    ['text', '"grüße"', 'a.toUpperCase()', '"GRÜSSE"'],
    [
      'uuid',
      '"6fa459ea-ee8a-4ca4-894e-db77e160355e"',
      'a.replace(/^6/, "7")',
      '"7fa459ea-ee8a-4ca4-894e-db77e160355e"',
    ],
    ['inet', '"127.0.0.1"', 'a.replace("127", "126")', '"126.0.0.1"'],
    ['date', '"2020-02-29"', 'a.replace("02-29", "03-01")', '"2020-03-01"'],
    ['time', '"00:00:01"', 'a + 1', '"00:00:01.000000001"'],
    ['timestamp', '"2020-01-01 00:00:00.000Z"', 'new Date(a.getTime() + 1)', '"2020-01-01 00:00:00.001Z"'],
    ['blob', '"0x0102"', 'Uint8Array.from([...a, 3])', '"0x010203"'],
    ['list<int>', '[1, 2]', 'a.concat(3)', '[1, 2, 3]'],
    ['set<int>', '[1, 2]', 'new Set([...a, 0, 2])', '[0, 1, 2]'],
    ['map<text, int>', '{"k": 1}', 'a.k += 1; a.l = 5; a', '{"k": 2, "l": 5}'],
    ['map<int, int>', '{"1": 1}', 'a[2] = a[1]; a', '{"1": 1, "2": 1}'],
    ['tuple<int, text>', '[1, "x"]', '[a[0] + 1, a[1] + "y"]', '[2, "xy"]'],
    ['frozen<point>', '{"x": 1, "label": "l"}', 'a.x++; a', '{"x": 2, "label": "l"}'],
    ['vector<float, 2>', '[1, 2]', 'a.map((x) => x / 2)', '[0.5, 1.0]'],
    ['duration', '"1mo2d"', 'a.months += 1; a', '"2mo2d"'],
  ])('%s', (type, value, body, expected) => {
    expect(evaluate([`a ${type}`], type, body, [value])).toBe(expected);
  });

  test('hours are those of UTC', () => {
    expect(evaluate(['a timestamp'], 'int', 'a.getHours()', ['"2020-07-01 13:00:00.000Z"'])).toBe('13');
  });

  test('an integer that no number holds counts as the nearest one, and keeps its digits', () => {
    const value = '9007199254740993';
    expect(evaluate(['a bigint'], 'bigint', 'a', [value])).toBe(value);
    expect(evaluate(['a bigint'], 'text', 'String(a)', [value])).toBe(`"${value}"`);
    expect(evaluate(['a bigint'], 'boolean', 'a > 5 && a - 1 < 1e16', [value])).toBe('true');
    expect(evaluate(['a bigint'], 'bigint', 'BigInt(String(a)) + 2n', [value])).toBe('9007199254740995');
  });

  test('a decimal keeps its scale', () => {
    expect(evaluate(['a decimal'], 'decimal', 'a', ['1.10'])).toBe('1.10');
    expect(evaluate(['a decimal'], 'double', 'a + 1', ['1.10'])).toBe('2.1');
  });

  test('a zero in a text does not end it', () => {
    expect(evaluate(['a text'], 'text', 'a + a.length', ['"x\\u0000y"'])).toBe('"x\\u0000y3"');
  });

  test('names that objects know already are names like others', () => {
    expect(
      evaluate(['a map<text, int>'], 'int', 'a["__proto__"] + a.toString', [
        '{"__proto__": 1, "toString": 2}',
      ]),
    ).toBe('3');
  });

  test('an empty value of a number is null', () => {
    expect(compile(['a int'], 'boolean', 'a === null').call([new Uint8Array(0)])).toEqual(Uint8Array.of(1));
  });
});

describe('results', () => {
  test.each([
    ['int', '2.9', '2'],
    ['int', '-2.9', '-2'],
    ['int', '1e12', '2147483647'],
    ['int', 'NaN', '0'],
    ['smallint', '65537', '1'],
    ['varint', '12345678901234567890n', '12345678901234567890'],
    ['decimal', '0.1', '0.1'],
    ['int', 'null', 'null'],
    ['int', 'undefined', 'null'],
    ['int', 'new Number(4)', '4'],
    ['list<int>', '[]', '[]'],
    ['map<int, text>', 'new Map([[2, "b"], [1, "a"]])', '{"1": "a", "2": "b"}'],
    ['tuple<int, int>', '[1]', '[1, null]'],
    ['frozen<point>', '({ x: 1 })', '{"x": 1, "label": null}'],
    ['text', '"\\ud83d\\ude00"', '"😀"'],
  ])('%s from %s', (type, body, expected) => {
    expect(result(type, body)).toBe(expected);
  });

  test.each([
    ['int', '"1"', 'Invalid value for CQL type int: a string'],
    ['text', '1', 'Invalid value for CQL type text: a number'],
    ['text', '[]', 'Invalid value for CQL type text: a list'],
    ['boolean', '1', 'Invalid value for CQL type boolean: a number'],
    ['decimal', 'NaN', 'Invalid value for CQL type decimal: a number'],
    ['list<int>', '[null]', 'null is not supported inside collections'],
    ['list<int>', '"x"', 'Invalid value for CQL type list<int>: a string'],
    ['frozen<point>', '({ y: 1 })', "Unknown field 'y' in value of user defined type point"],
    ['vector<float, 2>', '[1]', 'Required 2 elements, but saw 1'],
    ['ascii', '"ü"', 'Invalid byte for ascii'],
    ['text', '(() => 1)', 'a function is no value'],
    ['text', 'Symbol("x")', 'a symbol is no value'],
    ['text', 'Promise.resolve(1)', 'the result is an object that is no value'],
  ])('%s from %s is refused', (type, body, message) => {
    expect(failureOf(body, { returns: type }).message).toContain(message);
  });
});

test('what a function throws is the message of the failure', () => {
  const error = failureOf('throw new TypeError("not this")');
  expect(error.code).toBe('functionFailure');
  expect(error.message).toBe("execution of 'ks.f[]' failed: TypeError: not this");
});

test('a failure names the function and its types', () => {
  const fn = compile(['a int', 'b list<text>'], 'int', 'throw 1');
  expect(errorOf(() => fn.call([jsonValue('int', '1'), jsonValue('list<text>', '[]')])).details).toEqual({
    kind: 'functionFailure',
    keyspace: 'ks',
    function: 'f',
    argumentTypes: ['int', 'list<text>'],
  });
});

test.each([
  ['syntax(', "Failed to compile function 'ks.f' for language javascript: SyntaxError"],
  ['return (', "Failed to compile function 'ks.f' for language javascript: SyntaxError"],
])('%s cannot be compiled', (body, message) => {
  const error = errorOf(() => compile([], 'int', body));
  expect(error.code).toBe('invalid');
  expect(error.message).toContain(message);
});

test('a name that is none in the language is refused', () => {
  expect(errorOf(() => compile(['"a b" int'], 'int', '1')).message).toContain(
    "'a b' is no name of a variable",
  );
});
