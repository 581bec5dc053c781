import { describe, expect, test } from 'vitest';
import type { Relation, Select, Selector } from '../ast.ts';
import { parse, parseRelations } from '../index.ts';
import {
  column,
  integerTerm,
  marker,
  qualified,
  statementOf,
  statementOfKind,
  stringTerm,
} from './support.ts';

const plain: Select = {
  kind: 'select',
  table: qualified('t'),
  isJson: false,
  isDistinct: false,
  selectors: undefined,
  where: [],
  groupBy: [],
  orderBy: [],
  perPartitionLimit: undefined,
  limit: undefined,
  allowFiltering: false,
};

const one = integerTerm('1');
const constant = { kind: 'term', term: one } as unknown as Selector;
const a = column('a');
const b = column('b');
const selected = (text: string) => statementOfKind(`SELECT ${text} FROM t`, 'select').selectors;

describe('clauses', () => {
  test('none', () => expect(statementOf('select * from T')).toEqual(plain));
  test('all', () => {
    const text =
      'SELECT JSON DISTINCT a AS "X" FROM "Ks".t WHERE a = 1 GROUP BY a, b ORDER BY a DESC, b ASC, c, v ANN OF ? PER PARTITION LIMIT ? LIMIT :n ALLOW FILTERING';
    expect(parse(text)).toEqual({
      markers: [undefined, undefined, 'n'],
      statement: {
        ...plain,
        table: qualified('t', 'Ks'),
        isJson: true,
        isDistinct: true,
        selectors: [{ selector: a, alias: 'X' }],
        where: [{ kind: 'column', column: 'a', operator: '=', value: one }],
        groupBy: [a, b],
        orderBy: [
          { column: 'a', descending: true, annOf: undefined },
          { column: 'b', descending: false, annOf: undefined },
          { column: 'c', descending: false, annOf: undefined },
          { column: 'v', descending: false, annOf: marker(0) },
        ],
        perPartitionLimit: marker(1),
        limit: marker(2, 'n'),
        allowFiltering: true,
      },
    });
  });
});

describe('words that may be columns', () => {
  test.each<[string, Partial<Select>]>([
    ['json', { selectors: [{ selector: column('json'), alias: undefined }] }],
    [
      'json, a',
      {
        selectors: [
          { selector: column('json'), alias: undefined },
          { selector: a, alias: undefined },
        ],
      },
    ],
    ['json AS a', { selectors: [{ selector: column('json'), alias: 'a' }] }],
    ['JSON *', { isJson: true }],
    ['JSON a', { isJson: true, selectors: [{ selector: a, alias: undefined }] }],
    ['JSON json', { isJson: true, selectors: [{ selector: column('json'), alias: undefined }] }],
    [
      'json - json',
      {
        isJson: true,
        selectors: [{ selector: { kind: 'negation', operand: column('json') }, alias: undefined }],
      },
    ],
    ['distinct', { selectors: [{ selector: column('distinct'), alias: undefined }] }],
    [
      'DISTINCT distinct',
      { isDistinct: true, selectors: [{ selector: column('distinct'), alias: undefined }] },
    ],
    ['ttl', { selectors: [{ selector: column('ttl'), alias: undefined }] }],
    ['count', { selectors: [{ selector: column('count'), alias: undefined }] }],
    ['as AS as', { selectors: [{ selector: column('as'), alias: 'as' }] }],
  ])('%s', (text, changes) => expect(statementOf(`SELECT ${text} FROM t`)).toEqual({ ...plain, ...changes }));
});

describe('selectors', () => {
  test.each<[string, Selector]>([
    ['COUNT(*)', { kind: 'countRows' }],
    ['count(1)', { kind: 'countRows' }],
    ['system.count(1)', { kind: 'countRows' }],
    ['ks.count(1)', { kind: 'call', function: qualified('count', 'ks'), args: [constant] }],
    ['count(a)', { kind: 'call', function: qualified('count'), args: [a] }],
    [
      'Max(min(a), 1)',
      {
        kind: 'call',
        function: qualified('max'),
        args: [{ kind: 'call', function: qualified('min'), args: [a] }, constant],
      },
    ],
    ['token(a, b)', { kind: 'call', function: qualified('token'), args: [a, b] }],
    ['writetime(a)', { kind: 'writetime', operand: a }],
    ['MAXWRITETIME(a)', { kind: 'maxwritetime', operand: a }],
    ["ttl(a['x'])", { kind: 'ttl', operand: { kind: 'element', operand: a, key: stringTerm('x') } }],
    ['CAST(a AS text)', { kind: 'cast', operand: a, type: 'text' }],
    ['a.b', { kind: 'field', operand: a, field: 'b' }],
    ['a."B".c', { kind: 'field', operand: { kind: 'field', operand: a, field: 'B' }, field: 'c' }],
    ['a.b(1)', { kind: 'call', function: qualified('b', 'a'), args: [constant] }],
    ['a[1]', { kind: 'element', operand: a, key: one }],
    ['a[1..?]', { kind: 'slice', operand: a, from: one, to: marker(0) }],
    ['a[1..]', { kind: 'slice', operand: a, from: one, to: undefined }],
    ['a[..1]', { kind: 'slice', operand: a, from: undefined, to: one }],
    ['(int)a', { kind: 'typeHint', type: { kind: 'native', name: 'int' }, operand: a }],
    [
      '(int):x',
      {
        kind: 'typeHint',
        type: { kind: 'native', name: 'int' },
        operand: { kind: 'term', term: marker(0, 'x') },
      },
    ],
    [
      '(int)a.b',
      {
        kind: 'field',
        operand: { kind: 'typeHint', type: { kind: 'native', name: 'int' }, operand: a },
        field: 'b',
      },
    ],
    ['(a)', { kind: 'tuple', elements: [a] }],
    ['(a, 1)', { kind: 'tuple', elements: [a, constant] }],
    ['(a) - b', { kind: 'operation', operator: '-', left: { kind: 'tuple', elements: [a] }, right: b }],
    ['[a, 1]', { kind: 'list', elements: [a, constant] }],
    ['{}', { kind: 'set', elements: [] }],
    ['{a, 1}', { kind: 'set', elements: [a, constant] }],
    [
      '{a : b, 1 : a}',
      {
        kind: 'map',
        entries: [
          { key: a, value: b },
          { key: constant, value: a },
        ],
      },
    ],
    ['{(a) : b}', { kind: 'map', entries: [{ key: { kind: 'tuple', elements: [a] }, value: b }] }],
    ['null', { kind: 'term', term: { kind: 'null' } }],
    [
      'a + b * -a',
      {
        kind: 'operation',
        operator: '+',
        left: a,
        right: { kind: 'operation', operator: '*', left: b, right: { kind: 'negation', operand: a } },
      },
    ],
    ['- -a', { kind: 'negation', operand: { kind: 'negation', operand: a } }],
  ])('%s', (text, tree) => expect(selected(text)).toEqual([{ selector: tree, alias: undefined }]));

  test('a column in parentheses may have an alias', () => {
    expect(selected('(a) AS b')).toEqual([{ selector: { kind: 'tuple', elements: [a] }, alias: 'b' }]);
  });
});

describe('relations', () => {
  test.each<[string, Relation[]]>([
    ...(['=', '<', '<=', '>', '>=', '!='] as const).map((operator): [string, Relation[]] => [
      `a ${operator} 1`,
      [{ kind: 'column', column: 'a', operator, value: one }],
    ]),
    ["a LIKE 'x'", [{ kind: 'column', column: 'a', operator: 'LIKE', value: stringTerm('x') }]],
    ['a CONTAINS 1', [{ kind: 'column', column: 'a', operator: 'CONTAINS', value: one }]],
    ['a CONTAINS KEY 1', [{ kind: 'column', column: 'a', operator: 'CONTAINS KEY', value: one }]],
    [
      'a CONTAINS key.f()',
      [
        {
          kind: 'column',
          column: 'a',
          operator: 'CONTAINS',
          value: { kind: 'call', function: qualified('f', 'key'), args: [] },
        },
      ],
    ],
    ['a IS NOT NULL', [{ kind: 'isNotNull', column: 'a' }]],
    ['a IN ()', [{ kind: 'in', column: 'a', values: [] }]],
    ['a IN (1, ?)', [{ kind: 'in', column: 'a', values: [one, marker(0)] }]],
    ['a IN :x', [{ kind: 'in', column: 'a', values: marker(0, 'x') }]],
    ['a[?] = ?', [{ kind: 'element', column: 'a', key: marker(0), operator: '=', value: marker(1) }]],
    [
      'token(a, b) >= token(1, 1)',
      [
        {
          kind: 'token',
          columns: ['a', 'b'],
          operator: '>=',
          value: { kind: 'call', function: qualified('token'), args: [one, one] },
        },
      ],
    ],
    [
      '(a, b) > (1, ?)',
      [
        {
          kind: 'columns',
          columns: ['a', 'b'],
          operator: '>',
          value: { kind: 'tuple', elements: [one, marker(0)] },
        },
      ],
    ],
    ['(a) = ?', [{ kind: 'columns', columns: ['a'], operator: '=', value: marker(0) }]],
    ['(a, b) IN ()', [{ kind: 'columnsIn', columns: ['a', 'b'], values: [] }]],
    ['(a, b) IN ?', [{ kind: 'columnsIn', columns: ['a', 'b'], values: marker(0) }]],
    ['(a, b) IN (?, :x)', [{ kind: 'columnsIn', columns: ['a', 'b'], values: [marker(0), marker(1, 'x')] }]],
    [
      '(a, b) IN ((1, 1), (?, ?))',
      [
        {
          kind: 'columnsIn',
          columns: ['a', 'b'],
          values: [
            { kind: 'tuple', elements: [one, one] },
            { kind: 'tuple', elements: [marker(0), marker(1)] },
          ],
        },
      ],
    ],
    ["expr(idx, 'x')", [{ kind: 'expression', index: 'idx', value: stringTerm('x') }]],
    [
      '((a = 1)) AND "" = 1',
      [
        { kind: 'column', column: 'a', operator: '=', value: one },
        { kind: 'column', column: '', operator: '=', value: one },
      ],
    ],
    ['key = 1', [{ kind: 'column', column: 'key', operator: '=', value: one }]],
  ])('%s', (text, trees) => expect(parseRelations(text)).toEqual(trees));
});
