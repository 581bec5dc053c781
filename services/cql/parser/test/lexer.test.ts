import { describe, expect, test } from 'vitest';
import { CqlSyntaxError } from '../errors.ts';
import { Lexer } from '../lexer.ts';

function tokens(text: string): [string, string][] {
  const lexer = new Lexer(text);
  const found: [string, string][] = [];
  for (let token = lexer.next(); token.kind !== 'EOF'; token = lexer.next()) {
    found.push([token.kind, token.value]);
  }
  return found;
}

describe('names', () => {
  test('fold to lower case unless quoted', () => {
    expect(tokens('Abc_1 "Abc" "a""b" ""')).toEqual([
      ['IDENT', 'abc_1'],
      ['QUOTED_NAME', 'Abc'],
      ['QUOTED_NAME', 'a"b'],
      ['EMPTY_QUOTED_NAME', ''],
    ]);
  });
  test('may consist of quotes', () =>
    expect(tokens('"""" """a"')).toEqual([
      ['QUOTED_NAME', '"'],
      ['QUOTED_NAME', '"a'],
    ]));
  test('are keywords in any case', () => {
    expect(tokens('SeLeCt table columnfamilies')).toEqual([
      ['SELECT', 'select'],
      ['COLUMNFAMILY', 'table'],
      ['TABLES', 'columnfamilies'],
    ]);
  });
});

describe('strings', () => {
  test('double the quotes inside', () =>
    expect(tokens("'it''s' ''")).toEqual([
      ['STRING_LITERAL', "it's"],
      ['STRING_LITERAL', ''],
    ]));
  test('may stand between dollars', () => {
    expect(tokens("$$it's $1$$ $$$$")).toEqual([
      ['STRING_LITERAL', "it's $1"],
      ['STRING_LITERAL', ''],
    ]);
  });
  test('have line breaks and any character', () =>
    expect(tokens("'a\nü😀'")).toEqual([['STRING_LITERAL', 'a\nü😀']]));
});

describe('numbers', () => {
  test.each([
    ['0', 'INTEGER'],
    ['-12', 'INTEGER'],
    ['1.5', 'FLOAT_LITERAL'],
    ['-1.', 'FLOAT_LITERAL'],
    ['1e10', 'FLOAT_LITERAL'],
    ['1.5E-3', 'FLOAT_LITERAL'],
    ['0x', 'HEXNUMBER'],
    ['0xCAFEbabe', 'HEXNUMBER'],
    ['550e8400-e29b-41d4-a716-446655440000', 'UUID_LITERAL'],
    ['abcdefAB-e29b-41d4-a716-446655440000', 'UUID_LITERAL'],
    ['1y2mo3w4d5h6m7s8ms9us10ns', 'DURATION_LITERAL'],
    ['-89H4µs', 'DURATION_LITERAL'],
    ['P1Y2M3DT4H5M6S', 'DURATION_LITERAL'],
    ['-P3W', 'DURATION_LITERAL'],
    ['PT1M', 'DURATION_LITERAL'],
    ['P0001-02-03T04:05:06', 'DURATION_LITERAL'],
    ['TRUE', 'BOOLEAN_LITERAL'],
    ['NaN', 'POSITIVE_NAN'],
    ['-nan', 'NEGATIVE_NAN'],
    ['Infinity', 'POSITIVE_INFINITY'],
    ['-INFINITY', 'NEGATIVE_INFINITY'],
  ])('%s is one token: %s', (text, kind) => expect(tokens(text).map(([found]) => found)).toEqual([kind]));

  test.each([
    ['1..2', ['INTEGER', 'RANGE', 'INTEGER']],
    ['1...2', ['FLOAT_LITERAL', 'RANGE', 'INTEGER']],
    ['1-2', ['INTEGER', 'INTEGER']],
    ['a-b', ['IDENT', '-', 'IDENT']],
    ['1WHERE', ['DURATION_LITERAL', 'IDENT']],
    ['123abc', ['INTEGER', 'IDENT']],
    ['P1x', ['IDENT']],
    ['p1y', ['IDENT']],
    ['-P1x', ['-', 'IDENT']],
    ['-nano', ['-', 'IDENT']],
    ['abcdef01-1', ['IDENT', 'INTEGER']],
    ['1e', ['INTEGER', 'IDENT']],
    ['a+=1-=b', ['IDENT', '+=', 'INTEGER', '-=', 'IDENT']],
    ['a<=b>=c!=d<e', ['IDENT', '<=', 'IDENT', '>=', 'IDENT', '!=', 'IDENT', '<', 'IDENT']],
    ['expr(a expr (a', ['expr(', 'IDENT', 'IDENT', '(', 'IDENT']],
  ])('%s is %j', (text, kinds) => expect(tokens(text).map(([kind]) => kind)).toEqual(kinds));
});

describe('comments', () => {
  test.each([
    'a -- x\n b',
    'a // x\r b',
    'a /* x * / \n */ b',
    'a--\nb',
    'a b -- x',
    'a b //',
    '/**/a/***/b',
  ])('are not seen: %j', (text) => expect(tokens(text).map(([, value]) => value)).toEqual(['a', 'b']));
});

describe('what is no token', () => {
  test.each([
    ['a\n @', "line 2:1 no viable alternative at character '@'"],
    ['é', "line 1:0 no viable alternative at character 'é'"],
    ["a 'b", "line 1:4 mismatched character '<EOF>' expecting '''"],
    ['"b', "line 1:2 mismatched character '<EOF>' expecting '\"'"],
    ['$$a$', "line 1:4 mismatched character '<EOF>' expecting '$'"],
    ['$a$', "line 1:1 mismatched character 'a' expecting '$'"],
    ['/* a', "line 1:4 mismatched character '<EOF>' expecting '*'"],
    ['a !\n', "line 1:3 mismatched character '\\n' expecting '='"],
  ])('%j: %s', (text, message) => expect(() => tokens(text)).toThrow(new CqlSyntaxError(message)));
});
