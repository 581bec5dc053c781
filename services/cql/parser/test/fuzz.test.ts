/**
 * Whatever the text is, it is parsed or refused with a syntax error, in a number of steps that its length bounds. Seeds are told by
 * fast-check when something fails.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Cursor } from '../cursor.ts';
import { CqlSyntaxError } from '../errors.ts';
import { keywords } from '../keywords.ts';
import { parse, readStatement } from '../statement.ts';

/** Of each kind one at least, and all clauses. */
const statements = [
  "SELECT JSON DISTINCT a AS x, count(*), (int)b, m['k'][1..2], -(a + 1.5) FROM ks.t WHERE (a, b) IN ((1, ?), (:x, 2)) AND token(k) >= 0xCA AND m[1] = {a: 1} GROUP BY a ORDER BY b DESC PER PARTITION LIMIT 1 LIMIT ? ALLOW FILTERING",
  'INSERT INTO ks.t (a, "B") VALUES (1, {\'x\': [1d, 550e8400-e29b-41d4-a716-446655440000]}) IF NOT EXISTS USING TTL 1 AND TIMESTAMP 2;',
  "INSERT INTO t JSON '{}' DEFAULT UNSET",
  'UPDATE t USING TTL ? SET a = a + 1, b[1] = $$x$$, c.d = NULL, e = [1] + e, f -= {1} WHERE k = 1 IF a.b IN (1) AND c[1] > 2',
  'BEGIN UNLOGGED BATCH DELETE a, b[1], c.d FROM t USING TIMESTAMP 1 WHERE k = 1 IF EXISTS; APPLY BATCH',
  "CREATE TABLE IF NOT EXISTS ks.t (a int, b map<text, frozen<list<int>>> STATIC, PRIMARY KEY ((a), b)) WITH CLUSTERING ORDER BY (b DESC) AND compaction = {'class': 'x'} -- end",
  'ALTER TABLE t ADD (a int, b vector<float, 3>)',
  'ALTER TABLE t DROP a USING TIMESTAMP 1',
  "CREATE CUSTOM INDEX i ON t (KEYS(a)) USING 'x' WITH OPTIONS = {'a': 1}",
  'CREATE MATERIALIZED VIEW v AS SELECT * FROM t WHERE a IS NOT NULL PRIMARY KEY (a)',
  "CREATE OR REPLACE FUNCTION f (a int) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE lua AS 'x'",
  "CREATE AGGREGATE g (int) SFUNC s STYPE tuple<int, text> INITCOND (0, '')",
  "CREATE ROLE r WITH PASSWORD = 'p' AND ACCESS TO DATACENTERS {'x'}",
  "CREATE USER u WITH PASSWORD 'p' SUPERUSER",
  'GRANT SELECT, MODIFY ON ALL TABLES IN KEYSPACE ks TO r',
  'LIST ALL PERMISSIONS ON FUNCTION ks.f(int) OF r NORECURSIVE',
  'DESCRIBE ONLY KEYSPACE ks WITH INTERNALS',
  'ALTER TYPE u RENAME a TO b AND c TO d',
  'TRUNCATE TABLE t /* x */ ;',
];

function isParsedOrRefused(text: string): void {
  try {
    parse(text);
  } catch (error) {
    if (!(error instanceof CqlSyntaxError)) throw error;
    expect(error.message).not.toBe('');
  }
}

const marks = [
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '<',
  '>',
  '<=',
  '!=',
  '=',
  ',',
  ';',
  ':',
  '.',
  '..',
  '?',
  '+',
  '-',
  '*',
  '/',
  '+=',
];
const literals = [
  "'x'",
  "''''",
  '"X"',
  '""',
  '1',
  '-1',
  '1.5',
  '1.',
  '0xCA',
  '1d',
  'P1Y',
  '$$x$$',
  'x',
  'expr(',
  'true',
  '-nan',
];
const uuid = '550e8400-e29b-41d4-a716-446655440000';
const tokens = fc.constantFrom(...keywords.keys(), ...marks, ...literals, uuid);

describe('is parsed or refused', () => {
  test('each statement as it is', () => {
    for (const text of statements) expect(parse(text).statement.kind).not.toBe('');
  });
  test('random text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), isParsedOrRefused), {
      numRuns: 3000,
    });
  });
  test('random tokens', () => {
    const sequences = fc.array(tokens, { maxLength: 60 }).map((all) => all.join(' '));
    fc.assert(fc.property(sequences, isParsedOrRefused), { numRuns: 3000 });
  });
  test('statements that something was changed in', () => {
    const changed = fc
      .tuple(
        fc.constantFrom(...statements),
        fc.nat(),
        fc.nat(12),
        fc.oneof(tokens, fc.string({ maxLength: 3 }), fc.constant('')),
      )
      .map(([text, from, length, put]) => {
        const at = from % (text.length + 1);
        return text.slice(0, at) + put + text.slice(at + length);
      });
    fc.assert(fc.property(changed, isParsedOrRefused), { numRuns: 5000 });
  });
  test('beginnings of statements', () => {
    for (const text of statements) {
      for (let length = 0; length < text.length; length++) isParsedOrRefused(text.slice(0, length));
    }
  });
  test("statements with others' endings", () => {
    const crossed = fc
      .tuple(fc.constantFrom(...statements), fc.constantFrom(...statements), fc.nat(), fc.nat())
      .map(([left, right, from, to]) => left.slice(0, from % left.length) + right.slice(to % right.length));
    fc.assert(fc.property(crossed, isParsedOrRefused), { numRuns: 3000 });
  });
});

describe('steps', () => {
  /** Tokens taken and looked at. */
  function stepsOf(text: string): number {
    const cursor = new Cursor(text);
    try {
      readStatement(cursor);
    } catch (error) {
      if (!(error instanceof CqlSyntaxError)) throw error;
    }
    return cursor.steps;
  }

  const long = 5000;
  test.each([
    ['values', `INSERT INTO t (a) VALUES (1${', 1'.repeat(long)})`],
    ['a list', `UPDATE t SET a = [1${', (1, 2)'.repeat(long)}] WHERE k = 1`],
    ['a set of hints', `UPDATE t SET a = {1${', (list<int>)[1]'.repeat(long)}} WHERE k = 1`],
    ['a map', `SELECT {1: 1${", 'a': f(1)".repeat(long)}} FROM t`],
    ['selectors', `SELECT a${', (a.b) AS c, ks.f(1), (int)x'.repeat(long)} FROM t`],
    ['relations', `SELECT * FROM t WHERE a = 1${' AND (a, b) = (1, 2)'.repeat(long)}`],
    ['assignments', `UPDATE t SET a1 = 1${', a += ? + f(1)'.repeat(long)} WHERE k = 1`],
    ['a batch', `BEGIN BATCH ${'DELETE a[1] FROM ks.t WHERE k = 1 '.repeat(long)} APPLY BATCH`],
    ['columns', `CREATE TABLE t (a int${', b frozen<ks.u>'.repeat(long)})`],
    ['a tuple type', `CREATE TABLE t (a tuple<int${', map<int, int>'.repeat(long)}>)`],
    ['the type of a hint', `SELECT (tuple<int${', map<int, int>'.repeat(long)}>)x FROM t`],
    ['what is no type of a hint', `SELECT (tuple<int${', map<int, int>'.repeat(long)}) FROM t`],
    ['parentheses', `SELECT ${'('.repeat(long)}`],
    ['dots', `SELECT a${'.'.repeat(long)}`],
  ])('are few for each token of %s', (_name, text) => {
    // Less than one token for a character on average.
    expect(stepsOf(text)).toBeLessThan(3 * text.length);
  });

  test('are few for anything', () => {
    const sequences = fc.array(tokens, { maxLength: 200 });
    fc.assert(
      fc.property(
        fc.constantFrom('SELECT', 'UPDATE t SET a =', 'CREATE TABLE t ('),
        sequences,
        (verb, all) => {
          expect(stepsOf(`${verb} ${all.join(' ')}`)).toBeLessThan(20 * (all.length + 10));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
