import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CqlType } from '../../types/api.ts';
import { quoteName } from '../../types/quoting.ts';
import { typeText } from '../../types/type-text.ts';
import { renameInWhere } from '../changes/where-text.ts';
import { rawTypeText, resolveType } from '../index.ts';
import { parseTypeText } from '../type-text.ts';

test.each([
  ['abc_1', 'abc_1'],
  ['Abc', '"Abc"'],
  ['select', '"select"'],
  ['key', 'key'],
  ['a"b', '"a""b"'],
  ['1a', '"1a"'],
  ['', '""'],
])('the name %s is written %s', (name, text) => expect(quoteName(name)).toBe(text));

const userTypes = new Map([
  [
    'u',
    { keyspace: 'ks', name: 'u', fields: [{ name: 'l', type: { kind: 'native', name: 'int' } as const }] },
  ],
  ['My "U"', { keyspace: 'ks', name: 'My "U"', fields: [] }],
]);

test.each([
  'int',
  'frozen<map<text, frozen<list<blob>>>>',
  'map<text, frozen<set<int>>>',
  'list<frozen<tuple<int, text>>>',
  'frozen<tuple<int, frozen<u>>>',
  'vector<float, 3>',
  'frozen<"My ""U""">',
  "'org.apache.cassandra.db.marshal.DynamicCompositeType'",
])('the type %s is read and written', (text) => {
  expect(typeText(resolveType(parseTypeText(text), 'ks', userTypes))).toBe(text);
});

test('what is frozen is frozen all the way down, and names fold into one', () => {
  const written = (text: string) => typeText(resolveType(parseTypeText(text), 'ks', userTypes));
  expect(written('frozen<list<list<u>>>')).toBe('frozen<list<frozen<list<frozen<u>>>>>');
  expect(written('tuple<list<int>, u>')).toBe('frozen<tuple<frozen<list<int>>, frozen<u>>>');
  expect(typeText(resolveType({ kind: 'native', name: 'varchar' }, 'ks', userTypes))).toBe('text');
});

test('any type that is written is read as the same', () => {
  const native = fc.constantFrom<CqlType>(
    { kind: 'native', name: 'int' },
    { kind: 'native', name: 'text' },
    { kind: 'udt', keyspace: 'ks', name: 'u', fields: userTypes.get('u')!.fields, frozen: true },
  );
  const { type } = fc.letrec<{ type: CqlType }>((tie) => ({
    type: fc.oneof(
      { maxDepth: 4 },
      native,
      tie('type').map((element): CqlType => ({ kind: 'list', element, frozen: true })),
      tie('type').map((element): CqlType => ({ kind: 'vector', element, dimension: 2 })),
      fc
        .array(tie('type'), { minLength: 1, maxLength: 3 })
        .map((elements): CqlType => ({ kind: 'tuple', elements })),
      fc
        .tuple(tie('type'), tie('type'))
        .map(([key, value]): CqlType => ({ kind: 'map', key, value, frozen: true })),
    ),
  }));
  fc.assert(
    fc.property(type, (each) => {
      const raw = parseTypeText(typeText(each));
      expect(resolveType(raw, 'ks', userTypes)).toEqual(each);
      expect(rawTypeText(raw).replaceAll(/\s/g, '')).not.toBe('');
    }),
  );
});

test.each(['list<', 'list<int', 'map<int>', 'int int', '', '<'])('%s is no type', (text) => {
  expect(() => parseTypeText(text)).toThrow('Not the text of a type');
});

test.each([
  ['a IS NOT NULL AND b = 3', 'x IS NOT NULL AND b = 3'],
  ['b = \'a\' AND "a" > 3', "b = 'a' AND x > 3"],
  ['b = a(3) AND (a, b) > (1, 0xa)', 'b = a(3) AND (x, b) > (1, 0xa)'],
  [
    'u = 0000000a-000a-000a-000a-00000000000a AND a = 1',
    'u = 0000000a-000a-000a-000a-00000000000a AND x = 1',
  ],
  ["b = 'it''s a' AND ab = 1", "b = 'it''s a' AND ab = 1"],
])('a column gets another name in %s', (where, after) => {
  expect(renameInWhere(where, 'a', 'x')).toBe(after);
});

test('names that need quotes get them in a condition', () => {
  expect(renameInWhere('"A" IS NOT NULL AND a > 1', 'A', 'Is')).toBe('"Is" IS NOT NULL AND a > 1');
});
