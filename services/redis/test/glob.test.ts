import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { globMatch } from '../engine/glob.ts';

describe('a glob pattern matches', () => {
  test.each([
    ['*', 'anything'],
    ['', ''],
    ['h?llo', 'hello'],
    ['h*llo', 'hllo'],
    ['h*llo', 'heeeello'],
    ['h[ae]llo', 'hallo'],
    ['h[^e]llo', 'hallo'],
    ['h[a-b]llo', 'hbllo'],
    ['h[b-a]llo', 'hallo'],
    ['\\*', '*'],
    ['a\\', 'a\\'],
    ['[\\]]', ']'],
    ['[a-]', '_'],
    ['[-a]', '-'],
    ['[abc', 'b'],
    ['[a-', '-'],
    ['[^]', 'x'],
    ['a**', 'a'],
    ['**a**b', 'xxaxxb'],
    ['[\xe0-\xff]', '\xe9'],
    ['\0*', '\0\0'],
  ])('%j %j', (pattern, text) => expect(globMatch(pattern, text)).toBe(true));

  test.each([
    ['*', ''],
    ['**', ''],
    ['?', ''],
    ['', 'a'],
    ['h?llo', 'hllo'],
    ['h[^e]llo', 'hello'],
    ['h[ae]llo', 'hillo'],
    ['[]', 'a'],
    ['[]a]', 'a'],
    ['\\a', '\\a'],
    ['a*b', 'acbc'],
    ['A', 'a'],
    ['[A-Z]', 'a'],
    ['[^', ''],
  ])('but not %j %j', (pattern, text) => expect(globMatch(pattern, text)).toBe(false));

  test.each([
    ['A', 'a'],
    ['[A-Z]', 'm'],
    ['[xyZ]', 'z'],
    ['HELLO*', 'hello world'],
  ])('in any case of letters when asked: %j %j', (pattern, text) =>
    expect(globMatch(pattern, text, true)).toBe(true),
  );
});

/** The same language, as a regular expression. */
function asRegExp(pattern: string): RegExp {
  const source = [...pattern].map((char) => (char === '*' ? '.*' : char === '?' ? '.' : char)).join('');
  return new RegExp(`^(?:${source})$`, 's');
}

test('stars and question marks mean what they mean in a regular expression', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(word, text, (pattern, subject) => {
      expect(globMatch(pattern, subject)).toBe(asRegExp(pattern).test(subject));
    }),
    { numRuns: 3000 },
  );
});

test('no pattern takes exponential time', () => {
  const text = 'a'.repeat(10_000);
  expect(globMatch(`${'a*'.repeat(50)}b`, text)).toBe(false);
  expect(globMatch(`${'*?'.repeat(500)}b`, text)).toBe(false);
  expect(globMatch(`${'*[a-z]'.repeat(200)}*[b]`, text)).toBe(false);
});
