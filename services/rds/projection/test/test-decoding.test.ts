import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type DecodedValue, DecodingError, parseLine, unchanged } from '../test-decoding.ts';

const name = { schema: 'public', table: 't' };

test.each([
  ['BEGIN 729', { kind: 'begin', xid: 729 }],
  ['COMMIT 4294967295', { kind: 'commit', xid: 4294967295 }],
  ['table public.t: INSERT: (no-tuple-data)', { kind: 'insert', name, row: undefined }],
  ['table public.t: DELETE: (no-tuple-data)', { kind: 'delete', name, old: undefined }],
  ['table public.t: TRUNCATE: (no-flags)', { kind: 'truncate', names: [name] }],
  [
    'table public.t, s."u v": TRUNCATE: restart_seqs cascade',
    { kind: 'truncate', names: [name, { schema: 's', table: 'u v' }] },
  ],
  ['table public.t: INSERT:', { kind: 'insert', name, row: new Map() }],
  [
    "table public.t: INSERT: a[integer]:1 b[boolean]:true c[bit]:B'01' d[text]:null",
    { kind: 'insert', name, row: new Map(Object.entries({ a: '1', b: 't', c: '01', d: null })) },
  ],
  [
    'table public.t: UPDATE: old-key: a[integer]:1 new-tuple: a[integer]:2 b[text]:unchanged-toast-datum',
    {
      kind: 'update',
      name,
      old: new Map([['a', '1']]),
      row: new Map<string, unknown>([
        ['a', '2'],
        ['b', unchanged],
      ]),
    },
  ],
  [
    'table public.t: DELETE: "new-tuple:"[public."x]:"[]]:\'{}\'',
    { kind: 'delete', name, old: new Map([['new-tuple:', '{}']]) },
  ],
])('%s', (line, expected) => expect(parseLine(line)).toEqual(expected));

describe('what is not as the plugin writes it is refused', () => {
  test.each([
    '',
    'BEGIN',
    'BEGIN 12 (at 2020)',
    'table public.t INSERT: a[integer]:1',
    'table t: INSERT: a[integer]:1',
    'table public.t: UPSERT: a[integer]:1',
    'table public.t: INSERT: a[integer]:',
    "table public.t: INSERT: a[integer]:'1",
    'table public.t: INSERT: a[integer:1',
    'table public.t: INSERT: a:1',
    'table public.t: INSERT: a[integer]:1 a[integer]:2',
    'table public.t: INSERT: a[integer]:1  b[integer]:2',
    'table public.t: INSERT: a[integer]:1x',
    'table public.t: INSERT: a[text]:true',
    "table public.t: INSERT: a[bit]:B'012'",
    'table public.t, public.u: INSERT: a[integer]:1',
    'table public.t: TRUNCATE: (no-flags) a[integer]:1',
    'table public.t: UPDATE: old-key: a[integer]:1',
    'table public.t: INSERT: (no-tuple-data) a[integer]:1',
    'table "public.t: INSERT: a[integer]:1',
    'message: transactional: 1 prefix: x, sz: 1 content:a',
  ])('%s', (line) => expect(() => parseLine(line)).toThrow(DecodingError));
});

const bare = /^[a-z_][a-z0-9_]*$/;
const quotedName = (text: string) => (bare.test(text) ? text : `"${text.replaceAll('"', '""')}"`);
const identifier = fc.oneof(
  fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/),
  fc.string({ unit: fc.constantFrom(...'aZ09 "\'[]:.,\n\\é-'), minLength: 1, maxLength: 10 }),
  fc.constantFrom('new-tuple:', 'null', 'old-key', ' new-tuple:', "'", '"', ']:'),
);
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'aZ09 "\'[]:.,\n\\é{}'), maxLength: 20 }),
  fc.constantFrom('null', "'", "''", ' new-tuple: a[integer]:1', 'unchanged-toast-datum', ''),
);
interface Column {
  readonly type: string;
  readonly written: string;
  readonly value: DecodedValue;
}
const quoted = (type: string) => (value: string) => ({
  type,
  written: `'${value.replaceAll("'", "''")}'`,
  value,
});
const column: fc.Arbitrary<Column> = fc.oneof(
  text.map(quoted('text')),
  text.map(quoted('integer[]')),
  fc.tuple(identifier, text).map(([type, value]) => quoted(`public.${quotedName(type)}`)(value)),
  fc.integer().map((number) => ({ type: 'integer', written: `${number}`, value: `${number}` })),
  fc
    .constantFrom('NaN', 'Infinity', '-Infinity', '1e+20', '-1.5', '0.000')
    .map((number) => ({ type: 'numeric', written: number, value: number })),
  fc.boolean().map((value) => ({ type: 'boolean', written: String(value), value: value ? 't' : 'f' })),
  fc
    .stringMatching(/^[01]{0,9}$/)
    .map((bits) => ({ type: 'bit varying', written: `B'${bits}'`, value: bits })),
  fc.constantFrom(
    { type: 'text', written: 'null', value: null },
    { type: 'text', written: 'unchanged-toast-datum', value: unchanged },
  ),
);
const tuple = fc.uniqueArray(fc.tuple(identifier, column), { selector: ([each]) => each, maxLength: 5 });
const written = (columns: readonly (readonly [string, Column])[]) =>
  columns.map(([each, { type, written: value }]) => ` ${quotedName(each)}[${type}]:${value}`).join('');
const read = (columns: readonly (readonly [string, Column])[]) =>
  new Map(columns.map(([each, { value }]) => [each, value]));

it('reads back whatever names, types and values are written', () => {
  fc.assert(
    fc.property(identifier, identifier, tuple, fc.option(tuple), (schema, table, row, old) => {
      const place = `table ${quotedName(schema)}.${quotedName(table)}:`;
      const its = { schema, table };
      const insert = parseLine(`${place} INSERT:${written(row)}`);
      expect(insert).toEqual({ kind: 'insert', name: its, row: read(row) });
      const key = old === null ? '' : ` old-key:${written(old)} new-tuple:`;
      const update = parseLine(`${place} UPDATE:${key}${written(row)}`);
      expect(update).toEqual({
        kind: 'update',
        name: its,
        old: old === null ? undefined : read(old),
        row: read(row),
      });
    }),
    { numRuns: 500 },
  );
});

it('refuses or reads, and never fails otherwise, whatever is cut or changed', () => {
  fc.assert(
    fc.property(tuple, fc.nat(), fc.constantFrom('', "'", '"', '[', ' ', ':', 'x'), (row, at, change) => {
      const line = `table public.t: INSERT:${written(row)}`;
      const place = at % (line.length + 1);
      try {
        parseLine(line.slice(0, place) + change + line.slice(place + 1));
      } catch (error) {
        expect(error).toBeInstanceOf(DecodingError);
      }
    }),
    { numRuns: 1000 },
  );
});
