/** Messages that clients have seen from Apache Cassandra 3.11 to 4.1, and others made by the same rules. */
import { describe, expect, test } from 'vitest';
import { parserLimits } from '../limits.ts';
import { errorOf } from './support.ts';

describe('messages', () => {
  test.each([
    ['', "line 0:-1 no viable alternative at input '<EOF>'"],
    [';', "line 1:0 no viable alternative at input ';' ([;])"],
    ['foo', "line 1:0 no viable alternative at input 'foo' ([foo])"],
    ['SELECT FROM t', "line 1:7 no viable alternative at input 'FROM' (SELECT [FROM]...)"],
    ['SELECT *', "line 0:-1 mismatched input '<EOF>' expecting K_FROM"],
    ['SELECT a b FROM t', "line 1:9 mismatched input 'b' expecting K_FROM (SELECT a [b]...)"],
    ['SELECT * FROM t xyz', "line 1:16 mismatched input 'xyz' expecting EOF (SELECT * FROM t [xyz])"],
    ['SELECT * FROM t LIMIT x', "line 1:22 no viable alternative at input 'x' (SELECT * FROM t LIMIT [x])"],
    [
      'SELECT * FROM t WHERE a 1',
      "line 1:24 no viable alternative at input '1' (SELECT * FROM t WHERE [a] 1)",
    ],
    [
      'SELECT * FROM t WHERE a IS NULL',
      "line 1:27 mismatched input 'NULL' expecting K_NOT (...FROM t WHERE a IS [NULL])",
    ],
    [
      'SELECT * FROM t WHERE a = 1 ORDER a',
      "line 1:34 mismatched input 'a' expecting K_BY (...WHERE a = 1 ORDER [a])",
    ],
    [
      'SELECT * FROM t; SELECT',
      "line 1:17 mismatched input 'SELECT' expecting EOF (SELECT * FROM t; [SELECT])",
    ],
    ['SELECT * FROM ?', 'Bind variables cannot be used for table names'],
    ['SELECT * FROM ?.t', 'Bind variables cannot be used for keyspace names'],
    [
      'CREATE TABLE 123tablename (id int)',
      "line 1:13 no viable alternative at input '123' (CREATE TABLE [123]...)",
    ],
    ['CREATE foo', "line 1:7 no viable alternative at input 'foo' ([CREATE] foo)"],
    ['CREATE TABLE t', "line 0:-1 mismatched input '<EOF>' expecting '('"],
    ['CREATE KEYSPACE ks', "line 0:-1 mismatched input '<EOF>' expecting K_WITH"],
    ['INSERT foo', "line 1:7 mismatched input 'foo' expecting K_INTO (INSERT [foo])"],
    [
      'INSERT INTO ks.tbl (a, b) VALUES (15, P)',
      "line 1:39 no viable alternative at input ')' (... b) VALUES (15, [P]))",
    ],
    ['UPDATE t SET a = 1', "line 0:-1 mismatched input '<EOF>' expecting K_WHERE"],
    ['UPDATE t SET a 1 WHERE k = 1', "line 1:15 no viable alternative at input '1' (UPDATE t SET a [1]...)"],
    [
      "DELETE FROM t 'where'",
      "line 1:14 mismatched input 'where' expecting K_WHERE (DELETE FROM t ['wher]...)",
    ],
    ['BEGIN BATCH SELECT', "line 1:12 mismatched input 'SELECT' expecting K_APPLY (BEGIN BATCH [SELECT])"],
    [
      'GRANT SELECT, foo ON t TO r',
      "line 1:14 mismatched input 'foo' expecting set null (GRANT SELECT, [foo]...)",
    ],
    ['DROP TABLE IF t', "line 1:14 mismatched input 't' expecting K_EXISTS (DROP TABLE IF [t])"],
    ['USE ""', 'line 1:4 no viable alternative at input \'""\' (USE [""])'],
    ["SELECT 'abc", "line 1:11 mismatched character '<EOF>' expecting '''"],
    ['SELECT * FROM t WHERE k = @', "line 1:26 no viable alternative at character '@'"],
  ])('%s: %s', (text, message) => expect(errorOf(text)).toMatchObject({ code: 'syntax', message }));

  test('excerpts are of one line', () => {
    expect(errorOf('SELECT *\nFROM t\nWHERE foo bar\nAND x = 1').message).toBe(
      "line 3:10 no viable alternative at input 'bar' (SELECT *FROM tWHERE [foo] bar...)",
    );
  });

  test('line breaks at the end are not in excerpts', () => {
    expect(errorOf('SELECT * FROM t xyz\n\n').message).toBe(
      "line 1:16 mismatched input 'xyz' expecting EOF (SELECT * FROM t [xyz])",
    );
  });

  test('the first error is the one that is told', () => {
    expect(errorOf('SELECT FROM t @').message).toContain("at input 'FROM'");
    expect(errorOf('SELECT @ FROM').message).toContain("at character '@'");
  });
});

describe('limits', () => {
  const nested = (count: number) => `SELECT * FROM t WHERE a = ${'['.repeat(count)}${']'.repeat(count)}`;
  test.each([
    ['lists', nested(parserLimits.nestingMax + 1)],
    ['lists that are never closed', `SELECT * FROM t WHERE a = ${'['.repeat(100_000)}`],
    ['tuples', `SELECT ${'('.repeat(100_000)}`],
    ['relations', `SELECT * FROM t WHERE ${'('.repeat(100_000)}`],
    ['type hints', `SELECT ${'(int)'.repeat(100_000)}a FROM t`],
    ['negations', `SELECT ${'- '.repeat(100_000)}a FROM t`],
    ['types', `CREATE TABLE t (a ${'list<'.repeat(100_000)}`],
    ['types of hints', `SELECT (${'list<'.repeat(100_000)}`],
    ['operators', `SELECT a${' + a'.repeat(100_000)} FROM t`],
    ['operators of terms', `SELECT * FROM t WHERE a = 1${' * 1'.repeat(100_000)}`],
    ['fields', `SELECT a${'.b'.repeat(100_000)} FROM t`],
  ])('%s inside one another', (_name, text) => {
    expect(errorOf(text).message).toMatch(
      /^line 1:\d+ (?:too deeply nested|mismatched input|no viable alternative)/,
    );
  });
  test('are as deep as they say', () => {
    expect(() => errorOf(nested(parserLimits.nestingMax))).toThrow('Parsed');
    expect(errorOf(nested(parserLimits.nestingMax + 1)).message).toBe(
      `line 1:${26 + parserLimits.nestingMax} too deeply nested`,
    );
  });
  test('operators are counted term by term', () => {
    const sum = `a = 1${' + 1'.repeat(parserLimits.operationsMax)}`;
    expect(() => errorOf(`SELECT * FROM t WHERE ${sum} AND ${sum}`)).toThrow('Parsed');
  });
  test('more markers than the protocol can number', () => {
    const values = (count: number) => `INSERT INTO t (a) VALUES (?${', ?'.repeat(count - 1)})`;
    expect(() => errorOf(values(parserLimits.markersMax))).toThrow('Parsed');
    expect(errorOf(values(parserLimits.markersMax + 1))).toMatchObject({
      code: 'invalid',
      message: 'Too many markers(?). 65536 markers exceed the allowed maximum of 65535',
    });
  });
});
