import { describe, expect, test } from 'vitest';
import { parse, parseRelations, printName, printRelations, selectionName } from '../index.ts';

function namesOf(selectors: string): string[] {
  const { statement } = parse(`SELECT ${selectors} FROM t`);
  if (statement.kind !== 'select') throw new Error(statement.kind);
  return statement.selectors!.map(({ selector }) => selectionName(selector));
}

describe('names of what is selected are those of Cassandra', () => {
  test.each([
    ['"A b"', 'A b'],
    ['COUNT( * )', 'count'],
    ['count(1)', 'count'],
    ['Count(a)', 'system.count(a)'],
    ['max("C")', 'system.max(C)'],
    ['ks.f(a,b)', 'ks.f(a, b)'],
    ['CAST(a AS INT)', 'cast(a as int)'],
    ['cast(max(a) AS text)', 'cast(system.max(a) as text)'],
    ['a."B".c', 'a.B.c'],
    ['WRITETIME(a)', 'writetime(a)'],
    ['ttl(a)', 'ttl(a)'],
    ["m['it''s']", "m['it's']"],
    ['m[1..?]', 'm[1..?]'],
    ['m[..2]', 'm[..2]'],
    ["(text)'x'", "(text)'x'"],
    ['a+b*:c', 'a + b * ?'],
    ['-(a)', '-(a)'],
    ['[a,1]', '[a, 1]'],
    ['{a:1}', '{a: 1}'],
    ['null', 'NULL'],
  ])('%s is called %s', (selector, name) => expect(namesOf(selector)).toEqual([name]));

  test('functions may be told from where they are', () => {
    const { statement } = parse('SELECT f(g(a)) FROM t');
    if (statement.kind !== 'select') throw new Error(statement.kind);
    const { selector } = statement.selectors![0]!;
    expect(selectionName(selector, ({ name }) => (name === 'f' ? 'ks' : undefined))).toBe('ks.f(g(a))');
  });
});

test('conditions of views look like those of Cassandra', () => {
  const text = `"K" IS  NOT null and a>=-1 AND b IN(1,'it''s') AND m['x']=0xCA AND (a,b)>(1,?) AND token(a)<:x AND s contains KEY {1,2} AND u = {f:1}`;
  expect(printRelations(parseRelations(text))).toBe(
    `"K" IS NOT NULL AND a >= -1 AND b IN (1, 'it''s') AND m['x'] = 0xCA AND (a, b) > (1, ?) AND token(a) < :x AND s CONTAINS KEY {1, 2} AND u = {f: 1}`,
  );
});

test.each([
  ['a_1', 'a_1'],
  ['A', '"A"'],
  ['1a', '"1a"'],
  ['', '""'],
  ['a"b', '"a""b"'],
  ['select', '"select"'],
  ['true', '"true"'],
  ['nan', '"nan"'],
  ['token', '"token"'],
  ['key', 'key'],
  ['text', 'text'],
  ['été', '"été"'],
])('%j is written %s', (name, written) => expect(printName(name)).toBe(written));
