import { expect, test } from 'vitest';
import type { Select } from '../../../parser/ast.ts';
import { parse } from '../../../parser/index.ts';
import { encodeList, encodeTuple } from '../../../types/collections.ts';
import { typeText } from '../../../types/type-text.ts';
import type { BoundValue } from '../../api.ts';
import { newTermContext } from '../context.ts';
import { columnSpec } from '../specs.ts';
import { prepareIn } from '../terms.ts';
import { prepareTuple, prepareTuplesIn } from '../tuples.ts';
import { bytes, functions, message, schema, shown, table, typeOf } from './support.ts';

const specs = [columnSpec(table, table.columns.get('v')!), columnSpec(table, table.columns.get('c')!)];

function relation(text: string) {
  const { statement, markers } = parse(`SELECT * FROM ks.t WHERE ${text}`);
  return {
    relation: (statement as Select).where[0]!,
    context: newTermContext(schema, 'ks', functions, markers),
  };
}

function tuple(text: string) {
  const { relation: found, context } = relation(`(v, c) > ${text}`);
  if (found.kind !== 'columns') throw new Error('Not a relation of columns');
  return { prepared: prepareTuple(found.value, specs, context), context };
}

function tuples(text: string) {
  const { relation: found, context } = relation(`(v, c) IN ${text}`);
  if (found.kind !== 'columnsIn') throw new Error('Not a relation of columns');
  return { prepared: prepareTuplesIn(found.values, specs, context), context };
}

function values(text: string) {
  const { relation: found, context } = relation(`v IN ${text}`);
  if (found.kind !== 'in') throw new Error('Not IN');
  return { prepared: prepareIn(found.values, specs[0]!, context), context };
}

const texts = (parts: readonly BoundValue[]) => parts.map((part, index) => shown(specs[index]!.type, part));
const described = (
  variables: readonly { readonly name: string; readonly type: Parameters<typeof typeText>[0] }[],
) => variables.map(({ name, type }) => `${name} ${typeText(type)}`);

const seven = bytes('7', 'int');
const letter = bytes("'x'", 'text');
const pair = encodeTuple([seven, letter]);

test('a tuple of terms has one for each column', () => {
  const { prepared, context } = tuple('(1, ?)');
  expect(described(context.variables.specs)).toEqual(['c text']);
  expect(prepared.terms).toHaveLength(2);
  expect(texts(prepared.bind([letter]))).toEqual(['1', "'x'"]);
  expect(texts(prepared.bind([null]))).toEqual(['1', 'null']);
  expect(message(() => prepared.bind(['unset']))).toBe('Invalid unset value for tuple field number 1');
  expect(message(() => tuple('(1)'))).toBe('Expected 2 elements in value tuple, but got 1: (1)');
});

test('a marker of a tuple is split into its parts', () => {
  const { prepared, context } = tuple('?');
  expect(described(context.variables.specs)).toEqual(['(v,c) frozen<tuple<int, text>>']);
  expect(prepared.terms).toBeUndefined();
  expect(texts(prepared.bind([pair]))).toEqual(['7', "'x'"]);
  expect(texts(prepared.bind([encodeTuple([seven])]))).toEqual(['7', 'null']);
  expect(message(() => prepared.bind(['unset']))).toBe('Invalid unset value for tuple (v,c)');
  expect(message(() => prepared.bind([null]))).toBe('Invalid null value in condition for columns (v,c)');
  expect(message(() => prepared.bind([encodeTuple([letter])]))).toBe('Expected 4 or 0 byte int (1)');
});

test('tuples of IN may be terms, markers, or all in one marker', () => {
  const written = tuples("((1, 'a'), (?, 'b'))");
  expect(described(written.context.variables.specs)).toEqual(['v int']);
  expect(written.prepared.bind([seven]).map(texts)).toEqual([
    ['1', "'a'"],
    ['7', "'b'"],
  ]);
  const markers = tuples('(?, ?)');
  expect(described(markers.context.variables.specs)).toEqual([
    '(v,c) frozen<tuple<int, text>>',
    '(v,c) frozen<tuple<int, text>>',
  ]);
  expect(markers.prepared.bind([pair, encodeTuple([seven])]).map(texts)).toEqual([
    ['7', "'x'"],
    ['7', 'null'],
  ]);
  const { prepared, context } = tuples('?');
  expect(described(context.variables.specs)).toEqual(['in(v,c) frozen<list<frozen<tuple<int, text>>>>']);
  expect(prepared.bind([encodeList([pair, pair])]).map(texts)).toEqual([
    ['7', "'x'"],
    ['7', "'x'"],
  ]);
  expect(prepared.bind([encodeList([])])).toEqual([]);
  expect(message(() => prepared.bind([null]))).toBe('Invalid null value for IN restriction');
  expect(message(() => prepared.bind(['unset']))).toBe('Invalid unset value for in(v,c)');
});

test('values of IN are in the order written, and those of one marker may be null', () => {
  const { prepared, context } = values('(3, ?, 3)');
  expect(described(context.variables.specs)).toEqual(['v int']);
  expect(prepared.bind([seven])).toEqual([bytes('3', 'int'), seven, bytes('3', 'int')]);
  const all = values('?');
  expect(described(all.context.variables.specs)).toEqual(['in(v) frozen<list<int>>']);
  const withNull = Uint8Array.of(0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 7, 255, 255, 255, 255);
  expect(all.prepared.bind([withNull])).toEqual([Uint8Array.of(0, 0, 0, 7), null]);
  expect(all.prepared.bind([null])).toBeNull();
  expect(all.prepared.bind(['unset'])).toBe('unset');
});

test.each([
  [[0, 0, 0], 'Not enough bytes to read a list'],
  [[255, 255, 255, 255], 'Not enough bytes to read a list'],
  [[127, 255, 255, 255, 0, 0, 0, 0], 'Not enough bytes to read a list'],
  [[0, 0, 0, 1, 0, 0, 0, 4, 0], 'Not enough bytes to read a list'],
  [[0, 0, 0, 1, 0, 0, 0, 1, 0], 'Expected 4 or 0 byte int (1)'],
  [[0, 0, 0, 0, 1], 'Unexpected extraneous bytes after list value'],
])('a list of IN that is %j is refused', (list, expected) => {
  expect(message(() => values('?').prepared.bind([Uint8Array.from(list)]))).toBe(expected);
});

test('a collection of several cells cannot be in a tuple of IN', () => {
  const spec = { keyspace: 'ks', table: 't', name: 'l', type: typeOf('list<int>') };
  const { context } = tuples('?');
  const marker = { kind: 'marker', index: 0, name: undefined } as const;
  expect(message(() => prepareTuplesIn(marker, [spec], context))).toBe(
    'Non-frozen collection columns do not support IN relations',
  );
});
