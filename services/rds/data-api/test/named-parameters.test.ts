import { describe, expect, it } from 'vitest';
import { prepare } from '../named-parameters.ts';

describe('named parameters', () => {
  it.each<[string, string, string[]]>([
    ['SELECT :a, :b, :a', 'SELECT $1, $2, $1', ['a', 'b']],
    ['SELECT :a::int, b::text', 'SELECT $1::int, b::text', ['a']],
    ["SELECT ':a', :b", "SELECT ':a', $1", ['b']],
    ["SELECT 'it''s :a', :b", "SELECT 'it''s :a', $1", ['b']],
    ["SELECT E'\\':a', :b", "SELECT E'\\':a', $1", ['b']],
    ["SELECT 'ends\\', :b", "SELECT 'ends\\', $1", ['b']],
    ["SELECT typE'\\', :b", "SELECT typE'\\', $1", ['b']],
    ['SELECT ":a" FROM t WHERE x = :b', 'SELECT ":a" FROM t WHERE x = $1', ['b']],
    ['SELECT 1 -- :a\n, :b', 'SELECT 1 -- :a\n, $1', ['b']],
    ['SELECT /* :a /* :c */ :d */ :b', 'SELECT /* :a /* :c */ :d */ $1', ['b']],
    ['SELECT $$:a$$, $x$ :c $$ $x$, :b', 'SELECT $$:a$$, $x$ :c $$ $x$, $1', ['b']],
    ['SELECT a$b$ :c, :d', 'SELECT a$b$ $1, $2', ['c', 'd']],
    ['SELECT x[1:2], x[:from:2]', 'SELECT x[1:2], x[$1:2]', ['from']],
    ['SELECT :a1_B', 'SELECT $1', ['a1_B']],
    ["SELECT 'open :a", "SELECT 'open :a", []],
    ['SELECT $$ open :a', 'SELECT $$ open :a', []],
    ['SELECT x := :a', 'SELECT x := $1', ['a']],
  ])('%s', (sql, text, names) => {
    expect(prepare(sql)).toEqual({ text, names });
  });

  it('takes time in proportion to its length', () => {
    const sql = `SELECT ${"':a' || :b || $$ :c $$ /* :d */ ".repeat(20_000)}`;
    expect(prepare(sql).names).toEqual(['b']);
  });
});
