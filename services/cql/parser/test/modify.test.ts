import { describe, expect, test } from 'vitest';
import type { Assignment, ColumnCondition, Deletion } from '../ast.ts';
import { errorOf, integerTerm, marker, qualified, statementOf, statementOfKind } from './support.ts';

const one = integerTerm('1');
const unset = { timestamp: undefined, timeToLive: undefined };

describe('INSERT', () => {
  test('of values', () => {
    expect(
      statementOf('INSERT INTO ks.t (a, "B") VALUES (1, ?) IF NOT EXISTS USING TTL ? AND TIMESTAMP 1'),
    ).toEqual({
      kind: 'insert',
      table: qualified('t', 'ks'),
      columns: ['a', 'B'],
      values: [one, marker(0)],
      ifNotExists: true,
      using: { timestamp: one, timeToLive: marker(1) },
    });
  });
  test.each([
    ["'{}'", { kind: 'text', text: '{}' }, 'null'],
    ['? DEFAULT NULL', marker(0), 'null'],
    [':x DEFAULT UNSET', marker(0, 'x'), 'unset'],
  ] as const)('of JSON %s', (text, json, missing) => {
    expect(statementOf(`INSERT INTO t JSON ${text}`)).toEqual({
      kind: 'insertJson',
      table: qualified('t'),
      json,
      missing,
      ifNotExists: false,
      using: unset,
    });
  });
});

describe('UPDATE', () => {
  test.each<[string, Assignment]>([
    ['a = 1', { kind: 'set', column: 'a', value: one }],
    [
      'a = now()',
      { kind: 'set', column: 'a', value: { kind: 'call', function: qualified('now'), args: [] } },
    ],
    ['a = a + 1', { kind: 'add', column: 'a', value: one }],
    ['a = a - 1', { kind: 'subtract', column: 'a', value: one }],
    ['a = a -1', { kind: 'add', column: 'a', value: integerTerm('-1') }],
    ['a += 1', { kind: 'add', column: 'a', value: one }],
    ['a -= 1', { kind: 'subtract', column: 'a', value: one }],
    ['a = [1] + a', { kind: 'prepend', column: 'a', value: { kind: 'list', elements: [one] } }],
    ['a = ? + "a"', { kind: 'prepend', column: 'a', value: marker(0) }],
    [
      'a = ? + f(1)',
      {
        kind: 'set',
        column: 'a',
        value: {
          kind: 'operation',
          operator: '+',
          left: marker(0),
          right: { kind: 'call', function: qualified('f'), args: [one] },
        },
      },
    ],
    ['a[?] = 1', { kind: 'setElement', column: 'a', key: marker(0), value: one }],
    ['a.b = 1', { kind: 'setField', column: 'a', field: 'b', value: one }],
  ])('SET %s', (text, assignment) => {
    expect(statementOfKind(`UPDATE t SET ${text} WHERE k = 1`, 'update').assignments).toEqual([assignment]);
  });

  test('with everything', () => {
    expect(statementOf('UPDATE t USING TIMESTAMP 1 SET a = 1, b = 1 WHERE k = 1 IF EXISTS')).toEqual({
      kind: 'update',
      table: qualified('t'),
      using: { timestamp: one, timeToLive: undefined },
      assignments: [
        { kind: 'set', column: 'a', value: one },
        { kind: 'set', column: 'b', value: one },
      ],
      where: [{ kind: 'column', column: 'k', operator: '=', value: one }],
      ifExists: true,
      conditions: [],
    });
  });

  test.each<[string, ColumnCondition]>([
    ['a = 1', { subject: { kind: 'column', column: 'a' }, test: { operator: '=', value: one } }],
    [
      'a CONTAINS KEY 1',
      { subject: { kind: 'column', column: 'a' }, test: { operator: 'CONTAINS KEY', value: one } },
    ],
    ['a IN ?', { subject: { kind: 'column', column: 'a' }, test: { operator: 'IN', values: marker(0) } }],
    [
      'a[1] >= ?',
      { subject: { kind: 'element', column: 'a', key: one }, test: { operator: '>=', value: marker(0) } },
    ],
    [
      'a.b IN (1)',
      { subject: { kind: 'field', column: 'a', field: 'b' }, test: { operator: 'IN', values: [one] } },
    ],
    ['exists != 1', { subject: { kind: 'column', column: 'exists' }, test: { operator: '!=', value: one } }],
  ])('IF %s', (text, condition) => {
    const { conditions, ifExists } = statementOfKind(
      `UPDATE t SET x = 1 WHERE k = 1 IF ${text} AND c = 1`,
      'update',
    );
    const second = { subject: { kind: 'column', column: 'c' }, test: { operator: '=', value: one } };
    expect({ conditions, ifExists }).toEqual({ conditions: [condition, second], ifExists: false });
  });

  test.each(['a = 1, a = 1', 'a = 1, a[1] = 1', 'a += 1, a = 1', 'a.b = 1, a.b = 1'])(
    'refuses %s together',
    (text) =>
      expect(errorOf(`UPDATE t SET ${text} WHERE k = 1`).message).toBe(
        'Multiple incompatible setting of column a',
      ),
  );
  test.each(['a[1] = 1, a[1] = 1', 'a.b = 1, a.c = 1', 'a += 1, a -= 1', 'a = 1, b = 1'])(
    'takes %s together',
    (text) =>
      expect(statementOfKind(`UPDATE t SET ${text} WHERE k = 1`, 'update').assignments).toHaveLength(2),
  );
  test.each([
    ['a = b + 1', 'Only expressions of the form X = X +<value> are supported.'],
    ['a = b -1', 'Only expressions of the form X = X - <value> are supported.'],
    ['a = [1] + b', 'Only expressions of the form X = <value> + X are supported.'],
  ])('refuses %s', (text, message) =>
    expect(errorOf(`UPDATE t SET ${text} WHERE k = 1`).message).toBe(message),
  );
});

describe('DELETE', () => {
  test.each<[string, Deletion[]]>([
    ['', []],
    [
      'a, b[?], c.d',
      [
        { kind: 'column', column: 'a' },
        { kind: 'element', column: 'b', key: marker(0) },
        { kind: 'field', column: 'c', field: 'd' },
      ],
    ],
  ])('%s', (text, deletions) => {
    expect(statementOf(`DELETE ${text} FROM t USING TIMESTAMP 1 WHERE k = 1 IF c = 1`)).toEqual({
      kind: 'delete',
      table: qualified('t'),
      deletions,
      using: { timestamp: one, timeToLive: undefined },
      where: [{ kind: 'column', column: 'k', operator: '=', value: one }],
      ifExists: false,
      conditions: [{ subject: { kind: 'column', column: 'c' }, test: { operator: '=', value: one } }],
    });
  });
});

describe('BATCH', () => {
  test.each([
    ['', 'logged'],
    ['UNLOGGED', 'unlogged'],
    ['COUNTER', 'counter'],
  ])('%s', (word, type) => {
    expect(statementOf(`BEGIN ${word} BATCH APPLY BATCH`)).toEqual({
      kind: 'batch',
      type,
      using: unset,
      statements: [],
    });
  });
  test('numbers its markers through, with semicolons or without', () => {
    const text =
      'BEGIN BATCH USING TIMESTAMP ? DELETE FROM t WHERE k = ?; UPDATE t SET a = ? WHERE k = 1 INSERT INTO t (a) VALUES (?); APPLY BATCH;';
    const { using, statements } = statementOfKind(text, 'batch');
    expect(using.timestamp).toEqual(marker(0));
    expect(statements.map(({ kind }) => kind)).toEqual(['delete', 'update', 'insert']);
    expect(statements[2]).toMatchObject({ values: [marker(3)] });
  });
});

test('TRUNCATE takes the word TABLE', () => {
  const truncated = { kind: 'truncate', table: qualified('t', 'ks') };
  expect([statementOf('TRUNCATE ks.t'), statementOf('TRUNCATE TABLE ks.t')]).toEqual([truncated, truncated]);
});
