import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CqlType, UdtType } from '../api.ts';
import { classNameOf, reversedClassName, typeOfClass } from '../class-names.ts';
import { freeze, isMultiCell, typesWithin } from '../type-shape.ts';
import { parseTypeText, sameType, typeText } from '../type-text.ts';
import { arbitraryType, native } from './support/arbitrary-values.ts';

const int = native('int');
const address: UdtType = {
  kind: 'udt',
  keyspace: 'ks',
  name: 'Address',
  fields: [{ name: 'street', type: native('text') }],
  frozen: false,
};
const resolve = (_: string | undefined, name: string) => (name === address.name ? address : undefined);

test.each<[string, CqlType]>([
  ['int', int],
  ['list<int>', { kind: 'list', element: int, frozen: false }],
  ['frozen<map<int, text>>', { kind: 'map', key: int, value: native('text'), frozen: true }],
  ['frozen<tuple<int, text>>', { kind: 'tuple', elements: [int, native('text')] }],
  ['vector<float, 3>', { kind: 'vector', element: native('float'), dimension: 3 }],
  ['"Address"', address],
  ['list<frozen<"Address">>', { kind: 'list', element: freeze(address), frozen: false }],
  [
    'frozen<set<frozen<list<int>>>>',
    { kind: 'set', element: { kind: 'list', element: int, frozen: true }, frozen: true },
  ],
  ["'org.example.OwnType'", { kind: 'custom', className: 'org.example.OwnType' }],
])('%s is written and read', (text, type) => {
  expect(typeText(type)).toBe(text);
  expect(parseTypeText(text, resolve)).toEqual(type);
});

test('statements may write types otherwise', () => {
  expect(parseTypeText(' Map < VARCHAR , frozen< set<INT> > > ')).toEqual(
    parseTypeText('map<text, frozen<set<int>>>'),
  );
  expect(parseTypeText('ks."Address"', resolve)).toBe(address);
  expect(parseTypeText("'Int32Type'")).toEqual(int);
});

test.each([
  '',
  'list<',
  'list<int',
  'list<int>>',
  'map<int>',
  'list<int, int>',
  'vector<int, 0>',
  'vector<int, x>',
  'int int',
  '<int>',
  'lost<int>',
  'nothing',
])('refuses %j', (text) => expect(() => parseTypeText(text)).toThrow());

test('types within types have a limit', () => {
  expect(() => parseTypeText(`${'list<'.repeat(5000)}int${'>'.repeat(5000)}`)).toThrow('Not a type');
  expect(() => typeOfClass(`${'FrozenType('.repeat(5000)}`)).toThrow('too many types within types');
});

function udtsOf(type: CqlType): UdtType[] {
  return typesWithin(type).filter((one) => one.kind === 'udt');
}

test('every type is read as it was written, as text and as class', () => {
  fc.assert(
    fc.property(arbitraryType(3), (random) => {
      // Tuples and vectors hold frozen types only, as everything frozen does.
      const type = freeze(random);
      // Of types with one name the text tells one apart.
      const udts = new Map(udtsOf(type).map((udt) => [udt.name, udt]));
      if (udtsOf(type).every((udt) => udts.get(udt.name) === udt))
        expect(parseTypeText(typeText(type), (_, name) => udts.get(name))).toEqual(type);
      expect(typeOfClass(classNameOf(type))).toEqual(type);
    }),
    { numRuns: 500 },
  );
});

const marshal = 'org.apache.cassandra.db.marshal.';

test('classes are named as in Cassandra', () => {
  const frozenList: CqlType = { kind: 'list', element: int, frozen: true };
  expect(classNameOf(int)).toBe(`${marshal}Int32Type`);
  expect(classNameOf({ kind: 'map', key: native('text'), value: frozenList, frozen: false })).toBe(
    `${marshal}MapType(${marshal}UTF8Type,${marshal}FrozenType(${marshal}ListType(${marshal}Int32Type)))`,
  );
  expect(classNameOf({ kind: 'set', element: frozenList, frozen: true })).toBe(
    `${marshal}FrozenType(${marshal}SetType(${marshal}ListType(${marshal}Int32Type)))`,
  );
  expect(classNameOf(address)).toBe(`${marshal}UserType(ks,41646472657373,737472656574:${marshal}UTF8Type)`);
  expect(classNameOf({ kind: 'tuple', elements: [int, freeze(address)] })).toBe(
    `${marshal}TupleType(${marshal}Int32Type,${marshal}UserType(ks,41646472657373,737472656574:${marshal}UTF8Type))`,
  );
  expect(reversedClassName(int)).toBe(`${marshal}ReversedType(${marshal}Int32Type)`);
  expect(typeOfClass(reversedClassName(int))).toEqual(int);
});

test('classes that have no type in CQL are custom types', () => {
  const dynamic = `${marshal}DynamicCompositeType(b=>${marshal}BytesType)`;
  expect(typeOfClass(dynamic)).toEqual({ kind: 'custom', className: dynamic });
  expect(typeOfClass('EmptyType')).toEqual({ kind: 'custom', className: `${marshal}EmptyType` });
  expect(() => typeOfClass('ListType(Int32Type')).toThrow("expecting ')' token");
  expect(() => typeOfClass('ListType(Int32Type,Int32Type)')).toThrow('expecting 1 type parameter');
});

test('only what is not frozen has several cells', () => {
  expect(isMultiCell(address)).toBe(true);
  expect(isMultiCell(freeze(address))).toBe(false);
  expect(isMultiCell(int)).toBe(false);
  expect(isMultiCell({ kind: 'tuple', elements: [int] })).toBe(false);
});

test('types are the same by what they are made of', () => {
  expect(sameType(address, { ...address })).toBe(true);
  expect(sameType(address, { ...address, keyspace: 'other' })).toBe(false);
  expect(sameType(address, freeze(address))).toBe(false);
  expect(sameType(int, native('int'))).toBe(true);
  expect(sameType(int, native('bigint'))).toBe(false);
});
