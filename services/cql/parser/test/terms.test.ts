import { describe, expect, test } from 'vitest';
import type { Term, TypeSyntax } from '../ast.ts';
import { parseTerm, parseType } from '../index.ts';
import { integerTerm, marker, qualified, stringTerm } from './support.ts';

const one = integerTerm('1');
const two = integerTerm('2');
const a = stringTerm('a');
const native = (name: string): TypeSyntax => ({ kind: 'native', name });

describe('terms', () => {
  test.each<[string, Term]>([
    ["'it''s'", stringTerm("it's")],
    ['-1.5e3', { kind: 'constant', type: 'float', text: '-1.5e3' }],
    ['TRUE', { kind: 'constant', type: 'boolean', text: 'true' }],
    ['-NAN', { kind: 'constant', type: 'float', text: 'NaN' }],
    ['-infinity', { kind: 'constant', type: 'float', text: '-Infinity' }],
    ['0xCAFE', { kind: 'constant', type: 'hex', text: '0xCAFE' }],
    ['1d2h', { kind: 'constant', type: 'duration', text: '1d2h' }],
    ['null', { kind: 'null' }],
    ['?', marker(0)],
    [':Name', marker(0, 'name')],
    [':"Name"', marker(0, 'Name')],
    [':key', marker(0, 'key')],
    ['[]', { kind: 'list', elements: [] }],
    ['[1, ?]', { kind: 'list', elements: [one, marker(0)] }],
    ['{}', { kind: 'set', elements: [] }],
    ['{1, 2}', { kind: 'set', elements: [one, two] }],
    ['{:a, :b}', { kind: 'set', elements: [marker(0, 'a'), marker(1, 'b')] }],
    [
      "{'a': 1, 1: 2}",
      {
        kind: 'map',
        entries: [
          { key: a, value: one },
          { key: one, value: two },
        ],
      },
    ],
    ['{? : ?}', { kind: 'map', entries: [{ key: marker(0), value: marker(1) }] }],
    [
      '{a: 1, "B": 2, key: 1}',
      {
        kind: 'userType',
        fields: [
          { name: 'a', value: one },
          { name: 'B', value: two },
          { name: 'key', value: one },
        ],
      },
    ],
    ['{a: 1, a: 2}', { kind: 'userType', fields: [{ name: 'a', value: two }] }],
    ['(1, 2)', { kind: 'tuple', elements: [one, two] }],
    ['(1)', { kind: 'tuple', elements: [one] }],
    ["('a')", { kind: 'tuple', elements: [a] }],
    ['now()', { kind: 'call', function: qualified('now'), args: [] }],
    ['Ks."F"(1, ?)', { kind: 'call', function: qualified('F', 'ks'), args: [one, marker(0)] }],
    ['token(1)', { kind: 'call', function: qualified('token'), args: [one] }],
    ['date(1)', { kind: 'call', function: qualified('date'), args: [one] }],
    ['(int)1', { kind: 'typeHint', type: native('int'), operand: one }],
    [
      '(list<int>)[1]',
      {
        kind: 'typeHint',
        type: { kind: 'list', element: native('int') },
        operand: { kind: 'list', elements: [one] },
      },
    ],
    [
      '(ks.t)(1)',
      {
        kind: 'typeHint',
        type: { kind: 'user', name: qualified('t', 'ks') },
        operand: { kind: 'tuple', elements: [one] },
      },
    ],
    ["('a')1", { kind: 'typeHint', type: { kind: 'custom', className: 'a' }, operand: one }],
    ['cast(1 as text)', { kind: 'cast', operand: one, type: 'text' }],
    ['-now()', { kind: 'negation', operand: { kind: 'call', function: qualified('now'), args: [] } }],
    [
      '1 + 2 * ?',
      {
        kind: 'operation',
        operator: '+',
        left: one,
        right: { kind: 'operation', operator: '*', left: two, right: marker(0) },
      },
    ],
    [
      '1 - 2 - 1',
      {
        kind: 'operation',
        operator: '-',
        left: { kind: 'operation', operator: '-', left: one, right: two },
        right: one,
      },
    ],
    [
      '1 % 2 / 1',
      {
        kind: 'operation',
        operator: '/',
        left: { kind: 'operation', operator: '%', left: one, right: two },
        right: one,
      },
    ],
  ])('%s', (text, tree) => expect(parseTerm(text)).toEqual(tree));
});

describe('types', () => {
  test.each<[string, TypeSyntax]>([
    ['INT', native('int')],
    ['varchar', native('varchar')],
    ['list<text>', { kind: 'list', element: native('text') }],
    ['Set<text>', { kind: 'set', element: native('text') }],
    [
      'map<int, frozen<set<int>>>',
      {
        kind: 'map',
        key: native('int'),
        value: { kind: 'frozen', type: { kind: 'set', element: native('int') } },
      },
    ],
    ['tuple<int, text>', { kind: 'tuple', elements: [native('int'), native('text')] }],
    ['vector<float, 3>', { kind: 'vector', element: native('float'), dimension: 3 }],
    ['Address', { kind: 'user', name: qualified('address') }],
    ['"Ks"."Address"', { kind: 'user', name: qualified('Address', 'Ks') }],
    ['date.address', { kind: 'user', name: qualified('address', 'date') }],
    ['frozen', { kind: 'user', name: qualified('frozen') }],
    ["'org.example.Type'", { kind: 'custom', className: 'org.example.Type' }],
  ])('%s', (text, tree) => expect(parseType(text)).toEqual(tree));

  test.each([
    ['frozen<int>', 'frozen<> is only allowed on collections, tuples, and user-defined types (got int)'],
    ['byte', 'Invalid (reserved) user type name byte'],
    ['ttl', "line 1:0 no viable alternative at input 'ttl'"],
    ['set', "line 0:-1 mismatched input '<EOF>' expecting '<'"],
    ['vector<int, 99999999999>', 'Invalid vector dimension: 99999999999'],
  ])('%s: %s', (text, message) => expect(() => parseType(text)).toThrow(message));
});
