import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wildcard } from '../filter/comparison.ts';
import { readFilterPattern } from '../filter/index.ts';

const matches = (pattern: string, message: string) => readFilterPattern(pattern)(message);
const refusal = (pattern: string): string => {
  try {
    readFilterPattern(pattern);
    return 'not refused';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('terms', () => {
  test.each([
    ['', 'anything', true],
    ['ERROR', '[ERROR 401] UNAUTHORIZED', true],
    ['ERROR', '[error 401]', false],
    ['ERROR ARGUMENTS', '[ERROR] invalid ARGUMENTS', true],
    ['ERROR ARGUMENTS', '[ERROR] invalid', false],
    ['?ERROR ?WARN', 'WARN: low', true],
    ['?ERROR ?WARN', 'INFO: fine', false],
    ['ERROR -debug', 'ERROR one', true],
    ['ERROR -debug', 'ERROR debug', false],
    ['-"not found"', 'it was not found', false],
    ['"INTERNAL SERVER ERROR"', '[ERROR 500] INTERNAL SERVER ERROR', true],
    ['"a \\"b\\" c"', 'x a "b" c y', true],
    // Documented: beside other terms, optional ones are passed over.
    ['ERROR ?WARN', 'ERROR alone', true],
    ['ERROR ?WARN', 'WARN alone', false],
  ])('%s on %s', (pattern, message, expected) => expect(matches(pattern, message)).toBe(expected));
});

describe('conditions on JSON', () => {
  const event = JSON.stringify({
    a: 'b',
    n: 3,
    s: '3',
    yes: true,
    no: null,
    users: [{ id: 1, email: 'x@example.com' }, { id: 2 }],
    deep: { er: { x: 'foobar' } },
    'odd key': 1,
  });
  test.each([
    ['{ $.a = "b" }', true],
    ['{ $.a = b }', true],
    ['{ $.a = "c" }', false],
    ['{ $.a != "c" }', true],
    ['{ $.missing != "c" }', false],
    ['{ $.a = "b" && $.n = 3 }', true],
    ['{ $.a = "c" || $.n >= 3 }', true],
    ['{ $.a = "c" || $.n = 2 && $.yes IS TRUE }', false],
    ['{ ($.a = "b" || $.n = 2) && $.n < 3 }', false],
    ['{ $.n > 2.5e0 }', true],
    ['{ $.s > 2 }', true],
    ['{ $.yes IS TRUE }', true],
    ['{ $.yes = true }', true],
    ['{ $.no IS NULL }', true],
    ['{ $.a IS NULL }', false],
    ['{ $.missing NOT EXISTS }', true],
    ['{ $.no NOT EXISTS }', false],
    ['{ $.users[0].email = "*@example.com" }', true],
    ['{ $.users[1].email NOT EXISTS }', true],
    ['{ $.users[*].id = 2 }', true],
    ['{ $.users[*].id = 5 }', false],
    ['{ $.deep.er.x = foo* }', true],
    ['{ $.deep = "foo" }', false],
    ['{ $.["odd key"] = 1 }', true],
    ['{ $["odd key"] = 1 }', true],
    ['{ $.constructor = "*" }', false],
  ])('%s', (pattern, expected) => expect(matches(pattern, event)).toBe(expected));

  test('what is no JSON object is none of them', () => {
    expect(matches('{ $.a NOT EXISTS }', 'a plain line')).toBe(false);
    expect(matches('{ $.a NOT EXISTS }', '{"a": broken')).toBe(false);
    expect(matches('{ $.a NOT EXISTS }', '{}')).toBe(true);
  });
});

describe('conditions on columns', () => {
  const line = '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';
  test.each([
    ['[ip, id, user, time, request, status, bytes]', true],
    ['[ip, id, user, time, request, status]', false],
    ['[ip, id, user, time, request, status = 4*, bytes > 1000]', true],
    ['[ip, id, user, time, request, status = 404 || status = 410, bytes]', true],
    ['[ip, id, user, time, request, status != 404 && status != 410, bytes]', false],
    ['[..., request = *.html*, status, bytes]', true],
    ['[ip = 127.0.0.1, ...]', true],
    ['[ip, ..., bytes < 10]', false],
    ['[ip, id, user, time, request = "GET *", ...]', true],
  ])('%s', (pattern, expected) => expect(matches(pattern, line)).toBe(expected));
});

test.each([
  ['foo:bar', "Invalid character(s) in term 'foo:bar'"],
  ['%ERR.R%', 'Invalid filter pattern: regular expressions are not supported.'],
  ['{ $.a = %x% }', 'Invalid filter pattern: regular expressions are not supported.'],
  ['{ $.a = "b" ', 'Invalid filter pattern: unexpected input at character 12.'],
  ['{ $.a == "b" }', 'Invalid filter pattern: unexpected input at character 8.'],
  ['{ $.a = "b" } x', 'Invalid filter pattern: unexpected input at character 15.'],
  ['{ a = 1 }', 'Invalid filter pattern: unexpected input at character 3.'],
  ['[a, ..., b, ...]', 'Invalid filter pattern: unexpected input at character 16.'],
  [`{ ${'('.repeat(40)}$.a = 1${')'.repeat(40)} }`, 'Invalid filter pattern: it has too many conditions.'],
  [Array.from({ length: 70 }, () => 'x').join(' '), 'Invalid filter pattern: it has too many conditions.'],
])('%s is refused', (pattern, message) => expect(refusal(pattern)).toBe(message));

test('a pattern that is longer than the limit is refused before it is read', () =>
  expect(refusal('a'.repeat(1025))).toContain('have length less than or equal to 1024'));

test('wildcards match as the same regular expression does', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 12 });
  fc.assert(
    fc.property(text, text, (pattern, subject) => {
      const expected = new RegExp(`^${pattern.replaceAll('*', '[^]*')}$`).test(subject);
      expect(wildcard(pattern)(subject)).toBe(expected);
    }),
    { numRuns: 2000 },
  );
});

test('no text makes the reader fail otherwise than by refusing', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '(',
    ')',
    '$.a',
    '=',
    '&&',
    '"',
    ' ',
    'x',
    '1',
    ',',
    '...',
    '*',
    '-',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), fc.string(), (pieces, message) => {
      try {
        readFilterPattern(pieces.join(''))(message);
      } catch (error) {
        expect((error as Error).name).toBe('AwsError');
      }
    }),
    { numRuns: 2000 },
  );
});
