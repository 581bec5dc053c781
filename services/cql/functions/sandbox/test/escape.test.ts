/** What functions try that should not: each ends in a failure, and the next call finds everything as before. */
import { afterEach, describe, expect, test } from 'vitest';
import { bytesOfInt32 } from '../../../types/binary.ts';
import { encodeList } from '../../../types/collections.ts';
import { sandboxLimits } from '../limits.ts';
import { compile, errorOf, evaluate, failureOf } from './support.ts';

const cutOff = 'it took more work than a call may; it was cut off';

describe('JavaScript', () => {
  afterEach(() => {
    expect(evaluate(['a list<int>'], 'list<int>', 'a.map((x) => x + 1)', ['[1, 2]'])).toBe('[2, 3]');
  });

  test.each([
    ['a loop', 'for (;;);'],
    ['a loop that catches', 'for (;;) try { for (;;); } catch (e) {} finally { for (;;); }'],
    ['recursion that catches', 'return (function f() { try { f(); } finally { f(); } })()'],
    ['a search through an endless list', 'Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)'],
    ['a join of nothing', 'new Array(2 ** 32 - 1).join()'],
    ['a pattern that goes back for ever', '/(a+)+$/.test("a".repeat(40) + "b")'],
    ['numbers that grow', 'let x = 3n; for (;;) x *= x;'],
    ['fills of memory', 'const a = new Uint8Array(1e6); for (;;) a.fill(1);'],
    ['a text of an error', 'throw { toString() { for (;;); } }'],
    ['a property of the result', 'return { get x() { for (;;); } }'],
    [
      'a list that says that it is long',
      'return new Proxy([], { get: (_, k) => (k === "length" ? 4e8 : []) })',
    ],
    ['an eval', 'eval("for(;;);")'],
    ['sorting', 'const a = []; for (let i = 0; i < 1e5; i++) a.push(-i); for (;;) a.sort();'],
  ])('%s has an end', (_what, body) => {
    const error = failureOf(body);
    expect(error.code).toBe('functionFailure');
    expect(error.message).toMatch(/cut off|too large|stack overflow/);
  });

  test('a loop ends at the same step each time', () => {
    const counts = (turns: number) =>
      errorOfOrValue(() => evaluate([], 'int', `let i = 0; while (i < ${turns}) i++; i`, []));
    // Somewhere between lies the limit; where it is does not change.
    let low = 1;
    let high: number = sandboxLimits.callStepsMax;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (counts(middle).includes(cutOff)) high = middle;
      else low = middle;
    }
    expect(counts(low)).toBe(String(low));
    expect(counts(high)).toContain(cutOff);
    expect(counts(low)).toBe(String(low));
  });

  test.each([
    ['a list', 'const a = []; for (;;) a.push(a.length, {}, {}, {});'],
    ['a text', 'let a = "x"; for (;;) a = a + a;'],
    ['a buffer', 'new Uint8Array(1e9)'],
    ['many buffers', 'const a = []; for (;;) a.push(new ArrayBuffer(1e6));'],
    ['a pile of objects', 'let a = {}; for (;;) a = { a, b: [] };'],
    ['a closure', 'let f = () => 1; for (;;) { const g = f; f = () => g; }'],
  ])('memory for %s has an end', (_what, body) => {
    const error = failureOf(body);
    expect(error.code).toBe('functionFailure');
    expect(error.message).toMatch(/out of memory|string too long|cut off|invalid array buffer length/);
  });

  test('the machine takes no more memory than it may', () => {
    failureOf('const a = []; for (;;) a.push(new Array(1000).fill(1));');
    expect(process.memoryUsage.rss()).toBeLessThan(1e9);
  });

  test.each([
    ['process', 'typeof process'],
    ['require', 'typeof require'],
    ['a console', 'typeof console'],
    ['modules of QuickJS', 'typeof std + typeof os'],
    ['timers', 'typeof setTimeout === "undefined" && typeof performance'],
    ['fetch', 'typeof fetch'],
    ['shared memory', 'typeof SharedArrayBuffer'],
    ['randomness', 'typeof Math.random'],
  ])('there is no %s', (_what, body) => {
    expect(evaluate([], 'text', body, [])).toMatch(/^"(undefined)+"$/);
  });

  test.each([
    ['the constructor of a function', 'this.constructor.constructor("return typeof process")()'],
    ['the constructor of an argument', 'a.constructor.constructor("return typeof process")()'],
    ['an indirect eval', '(0, eval)("typeof process")'],
    [
      'a generator',
      'Object.getPrototypeOf(function* () {}).constructor("yield typeof process")().next().value',
    ],
  ])('%s leads no further', (_what, body) => {
    expect(evaluate(['a list<int>'], 'text', body, ['[1]'])).toBe('"undefined"');
  });

  test('modules cannot be loaded', () => {
    expect(failureOf('import("fs")').message).toContain('the result is an object that is no value');
    expect(errorOf(() => compile([], 'int', 'import fs from "fs"')).code).toBe('invalid');
  });

  test.each(['new Date()', 'Date.now()', 'Date()'])('%s: there is no clock', (body) => {
    expect(failureOf(body).message).toContain('functions have no clock');
  });

  test('nothing is left of a call', () => {
    const tamper = compile(
      [],
      'int',
      `globalThis.n = (globalThis.n || 0) + 1;
       const seen = Array.prototype.seen === undefined && Object.prototype.seen === undefined ? n : -1;
       Array.prototype.seen = Object.prototype.seen = 1;
       Object.defineProperty(Object.prototype, 'x', { set() { throw 1; } });
       Array.prototype.map = JSON.parse = Object.keys = Math.sin = undefined;
       delete globalThis.Map;
       seen`,
    );
    for (let turn = 0; turn < 3; turn += 1) expect(tamper.call([])).toEqual(Uint8Array.of(0, 0, 0, 1));
    expect(evaluate([], 'text', 'typeof n + typeof Map + typeof Math.sin', [])).toBe(
      '"undefinedfunctionfunction"',
    );
  });

  test('memory is empty when it is taken, whatever was in it', () => {
    evaluate(
      [],
      'int',
      'const a = []; for (let i = 0; i < 8; i++) a.push(new Uint8Array(1e6).fill(170)); a.length',
      [],
    );
    const body =
      'const a = []; for (let i = 0; i < 8; i++) a.push(new Uint8Array(1e6)); a.every((b) => b.indexOf(170) < 0)';
    expect(evaluate([], 'boolean', body, [])).toBe('true');
  });

  test.each([
    ['that contains itself', 'const a = []; a.push(a); return a', /too deep/],
    [
      'that is the same many times',
      'let a = [1]; for (let i = 0; i < 40; i++) a = [a, a]; return a',
      /cut off|too large/,
    ],
    ['that is long', 'return new Array(4e8)', /too large/],
    ['of many bytes', 'return new Array(20).fill(new Uint8Array(1e6))', /too large/],
    ['that is deep', 'let a = []; for (let i = 0; i < 1e4; i++) a = [a]; return a', /too deep/],
  ])('a result %s is refused', (_what, body, message) => {
    expect(failureOf(body, { returns: 'list<text>' }).message).toMatch(message);
  });

  test('arguments reach a function whole, or it fails', () => {
    const fn = compile(
      ['a list<int>'],
      'boolean',
      'a.every((x, i) => x === i) && a.length > 5 && Object.keys(a).length === a.length',
    );
    const outcomes = new Set<string>();
    for (const count of [10, 1001, 30_000, 450_000]) {
      const value = encodeList(Array.from({ length: count }, (_, index) => bytesOfInt32(index)));
      outcomes.add(errorOfOrValue(() => String(fn.call([value])![0])));
    }
    expect([...outcomes].every((one) => one === '1' || /out of memory|cut off/.test(one))).toBe(true);
    expect(outcomes).toContain('1');
  });

  test('arguments that are too long are refused', () => {
    const fn = compile(['a blob'], 'int', '1');
    const error = errorOf(() => fn.call([new Uint8Array(sandboxLimits.argumentBytesMax + 1)]));
    expect(error.code).toBe('functionFailure');
  });

  test('a long message is cut', () => {
    expect(failureOf('throw "x".repeat(1e5)').message.length).toBeLessThan(
      sandboxLimits.messageCharactersMax + 100,
    );
  });

  test('a text that is too long is not compiled', () => {
    const error = errorOf(() => compile([], 'int', ' '.repeat(sandboxLimits.bodyCharactersMax + 1)));
    expect(error.message).toContain('is longer than');
  });

  test('a text that is laborious to compile is refused', () => {
    const error = errorOf(() => compile([], 'int', '['.repeat(sandboxLimits.bodyCharactersMax)));
    expect(error.code).toBe('invalid');
  });
});

describe('Lua', () => {
  const lua = { language: 'lua' };

  afterEach(() => {
    expect(evaluate(['a list<int>'], 'list<int>', 'a[2] = #a; return a', ['[1, 5]'], lua)).toBe('[1, 2]');
  });

  test.each([
    ['a loop', 'while true do end'],
    ['a loop that catches', 'while true do pcall(function() while true do end end) end'],
    ['an error handler', 'xpcall(function() error("x") end, function() while true do end end)'],
    ['a coroutine', 'coroutine.wrap(function() while true do end end)()'],
    ['a pattern', 'return string.find(("a"):rep(5000), (".-"):rep(20) .. "b")'],
    ['a metamethod', 'return setmetatable({}, {__index = function(t, k) return t[k + 1] end})[1]'],
    ['copies of text', 'local t = ("x"):rep(1000000) while true do local u = t .. "y" end'],
    ['sorting', 'local t = {} for i = 1, 10000 do t[i] = i end while true do table.sort(t) end'],
  ])('%s has an end', (_what, body) => {
    const error = failureOf(body, lua);
    expect(error.code).toBe('functionFailure');
    expect(error.message).toMatch(/cut off|stack overflow|pattern too complex|C stack overflow/);
  });

  test.each([
    ['a table', 'local t = {} for i = 1, 1e9 do t[i] = {} end'],
    ['a text', 'local t = "x" while true do t = t .. t end'],
    ['a repetition', 'return ("x"):rep(1e9)'],
  ])('memory for %s has an end', (_what, body) => {
    expect(failureOf(body, lua).message).toMatch(/not enough memory|cut off|string length overflow/);
  });

  test('nothing is left of a call', () => {
    const body = `n = (n or 0) + 1 string.rep = nil table.sort = nil
      getmetatable("").__index = nil _G.tostring = nil return n`;
    const tamper = compile([], 'int', body, lua);
    for (let turn = 0; turn < 3; turn += 1) expect(tamper.call([])).toEqual(Uint8Array.of(0, 0, 0, 1));
    expect(evaluate([], 'text', 'return tostring(n) .. ("x"):rep(2)', [], lua)).toBe('"nilxx"');
  });

  test('a table that contains itself is refused', () => {
    expect(failureOf('local t = {} t[1] = t return t', { ...lua, returns: 'list<int>' }).message).toContain(
      'too deep',
    );
  });
});

describe('memory that is moved at once counts as work', () => {
  test.each([
    ['javascript', 'const a = new Uint8Array(1e6); for (let i = 0; i < TURNS; i++) a.fill(1); "done"'],
    [
      'javascript',
      'const a = new Uint8Array(1e6); for (let i = 0; i < TURNS; i++) a.copyWithin(0, 1); "done"',
    ],
    ['lua', 'local t = ("x"):rep(1000):rep(1000) for i = 1, TURNS do local u = t .. "y" end return "done"'],
  ])('%s: %s', (language, body) => {
    expect(evaluate([], 'text', body.replace('TURNS', '10'), [], { language })).toBe('"done"');
    expect(failureOf(body.replace('TURNS', '1000'), { language }).message).toContain(cutOff);
  });
});

test.each(['java', 'wasm', 'python', ''])('the language %j is refused', (language) => {
  const error = errorOf(() => compile([], 'int', 'return 1;', { language }));
  expect(error.code).toBe('invalid');
  expect(error.message).toBe(
    `Language '${language}' is not supported: functions may be written in javascript and lua`,
  );
});

function errorOfOrValue(work: () => string): string {
  try {
    return work();
  } catch (error) {
    return (error as Error).message;
  }
}
