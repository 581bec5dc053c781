/** Keys in subjects: their texts, and the records that they lead to. */
import { ProofRefused } from '@hypergate/node/verifier';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as rows from '../../model/rows.ts';
import type { CqlType, NativeName, Value } from '../../types/api.ts';
import { sortMap, sortSet } from '../../types/sort.ts';
import {
  arbitraryType,
  arbitraryValue,
  hex,
  native,
  typeAndValue,
} from '../../types/test/support/arbitrary-values.ts';
import { keyText, keyValue } from '../key-text.ts';
import { headSort, rowSort, rowsPartition } from '../place.ts';
import { parseSubject, splitSubject, subjectText } from '../subject.ts';

const sorted = { set: sortSet, map: sortMap };
const list: CqlType = { kind: 'list', element: native('int'), frozen: true };
const set: CqlType = { kind: 'set', element: native('int'), frozen: true };
const map: CqlType = { kind: 'map', key: native('text'), value: native('inet'), frozen: true };
const tuple: CqlType = { kind: 'tuple', elements: [native('int'), native('text')] };
const udt: CqlType = {
  kind: 'udt',
  keyspace: 'ks',
  name: 'pair',
  fields: [
    { name: 'left', type: native('int') },
    { name: 'Right', type: native('date') },
  ],
  frozen: true,
};

describe('the text of a value', () => {
  test('comes back as the value, for every type', () => {
    fc.assert(
      fc.property(typeAndValue, ([type, value]) => {
        expect(hex(keyValue(type, keyText(type, value)))).toBe(hex(value));
      }),
      { numRuns: 1000 },
    );
  });

  test.each<[CqlType | NativeName, string, string]>([
    ['text', "it's", "it's"],
    ['text', '', ''],
    ['int', '+007', '7'],
    ['int', '', ''],
    ['boolean', 'TRUE', 'true'],
    ['double', '1', '1.0'],
    ['decimal', '1.00', '1.00'],
    ['blob', '0x00FF', '0x00ff'],
    ['uuid', '2A92D750-D8DC-11E6-A2DE-CF8ECD4CF053', '2a92d750-d8dc-11e6-a2de-cf8ecd4cf053'],
    ['timestamp', '2018-01-01 01:00+0100', '2018-01-01T00:00:00.000Z'],
    ['date', '2018-01-01', '2018-01-01'],
    ['time', '1:02:03', '01:02:03.000000000'],
    ['inet', '::1', '0:0:0:0:0:0:0:1'],
    ['duration', '14mo', '1y2mo'],
    [list, ' [ 1,2 ,3]', '[1, 2, 3]'],
    [list, '[]', '[]'],
    [set, '{3, 1, 3}', '{1, 3}'],
    [map, "{'b': '127.0.0.1', 'a''': '::'}", "{'a''': '0:0:0:0:0:0:0:0', 'b': '127.0.0.1'}"],
    [tuple, "(1, 'x')", "(1, 'x')"],
    [tuple, '(null, null)', '(null, null)'],
    [tuple, '(1)', '0x0000000400000001'],
    [udt, `{"Right": '2018-01-01', LEFT: 1}`, `{left: 1, "Right": '2018-01-01'}`],
    [udt, '{left: 1}', '{left: 1, "Right": null}'],
    [{ kind: 'custom', className: 'x' }, '0xAB', '0xab'],
  ])('%o: %s is %s', (type, text, canonical) => {
    const of = typeof type === 'string' ? native(type) : type;
    expect(keyText(of, keyValue(of, text, sorted))).toBe(canonical);
  });

  test.each<[CqlType | NativeName, string]>([
    ['int', '1.5'],
    ['int', '0x0102'],
    ['ascii', 'ä'],
    ['blob', '00ff'],
    ['uuid', '0x00'],
    [list, '[1, 2'],
    [list, '[1, 2] 3'],
    [list, '[null]'],
    [set, '[1]'],
    [map, "{'a' '::'}"],
    [tuple, "(1, 'x', 2)"],
    [tuple, '(1, x)'],
    [udt, '{middle: 1}'],
    [udt, '{left: 1, left: 2}'],
    [{ kind: 'vector', element: native('float'), dimension: 2 }, '[1]'],
    [{ kind: 'custom', className: 'x' }, 'ab'],
  ])('%o: %s is none', (type, text) => {
    const of = typeof type === 'string' ? native(type) : type;
    expect(() => keyValue(of, text, sorted)).toThrow(expect.objectContaining({ name: 'MarshalError' }));
  });
});

describe('a subject', () => {
  test('comes back from its text', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((each) => each.isWellFormed());
    const name = text.filter((each) => each !== '');
    fc.assert(
      fc.property(name, name, fc.array(text, { minLength: 1, maxLength: 4 }), (keyspace, table, key) => {
        const subject = { keyspace, table, key };
        expect(parseSubject(subjectText(subject))).toEqual(subject);
      }),
    );
  });

  test.each([
    'cql://ks/t',
    'cql://ks//1',
    'cql:///t/1',
    'CQL://ks/t/1',
    'cql://ks/t/a b',
    'cql://ks/t/%61',
    'cql://ks/t/%c3%a4',
    'cql://ks/t/ä',
    'cql://ks/t/%FF',
    'cql://ks/t/%',
  ])('%s is none', (text) => expect(() => parseSubject(text)).toThrow(ProofRefused));

  test('may be asked for in any way to write it', () => {
    expect(splitSubject('cql://ks/t/ä b%2F/%')).toEqual({ keyspace: 'ks', table: 't', key: ['ä b/', '%'] });
  });
});

describe('the key of a record', () => {
  const columns = fc.array(
    arbitraryType(1).chain((type) =>
      fc.tuple(fc.constant(type), arbitraryValue(type), fc.constantFrom('asc' as const, 'desc' as const)),
    ),
    { maxLength: 3 },
  );
  const partition = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 40 }),
    fc.integer({ min: 1000, max: 1100 }).map((length) => new Uint8Array(length).fill(0)),
  );

  test('is that under which the store keeps it, for keys of any types and lengths', () => {
    fc.assert(
      fc.property(partition, columns, fc.nat(9000), (key, parts, longer) => {
        const types = parts.map(([type, , order]) => ({ type, order }));
        const values: Value[] = parts.map(([, value]) => value);
        types.push({ type: native('blob'), order: 'asc' });
        values.push(new Uint8Array(longer));
        const clustering = types as unknown as Parameters<typeof rows.clusteringParts>[0]['clustering'];
        expect(hex(rowSort(key, types, values))).toBe(
          hex(rows.rowSort(key, rows.clusteringParts({ clustering }), values)),
        );
        expect(hex(headSort(key))).toBe(hex(rows.headSort(key)));
      }),
    );
    const id = '0123456789abcdef'.repeat(2);
    expect(hex(rowsPartition(id, 0xfedcba98))).toBe(hex(rows.rowsPartition(id, 0xfedcba98)));
  });
});
