import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ColumnSpec } from '../../ops/api.ts';
import { type QueryParameters, unset } from '../../wire/index.ts';
import { optionsOf } from '../bind.ts';

const spec = (name: string): ColumnSpec => ({
  keyspace: 'k',
  table: 't',
  name,
  type: { kind: 'native', name: 'text' },
});

function bound(values: QueryParameters['values'], names: readonly string[] | undefined, markers: string[]) {
  const parameters = { consistency: 'ONE', values, names } as unknown as QueryParameters;
  return optionsOf(parameters, markers.map(spec)).values;
}

const wrongCount = (markers: number, values: number) =>
  `there were ${markers} markers(?) in CQL but ${values} bound variables`;

test('there are as many values as markers', () => {
  const value = Buffer.from('a');
  expect(bound([value, undefined, unset], undefined, ['a', 'b', 'c'])).toEqual([value, null, 'unset']);
  expect(() => bound([value], undefined, [])).toThrow(wrongCount(0, 1));
  expect(() => bound([], undefined, ['a'])).toThrow(wrongCount(1, 0));
});

const name = fc.constantFrom('a', 'b', 'c', 'd', '__proto__', 'constructor');

test('values that have names go to the markers of those names, the first of each; others are passed over', () => {
  fc.assert(
    fc.property(fc.array(name), fc.array(name), (names, markers) => {
      const values = names.map((_, at) => Buffer.from([at]));
      const found = markers.filter((marker) => names.includes(marker));
      if (found.length < markers.length)
        expect(() => bound(values, names, markers)).toThrow(wrongCount(markers.length, found.length));
      else
        expect(bound(values, names, markers)).toEqual(found.map((marker) => values[names.indexOf(marker)]));
    }),
  );
});

test('a request with as many names as there may be looks at each of them once', () => {
  const names = Array.from({ length: 65_535 }, (_, at) => `n${at}`);
  let looks = 0;
  const watched = new Proxy(names, {
    get: (target, property, self) => {
      if (typeof property === 'string' && /^\d+$/.test(property)) looks++;
      return Reflect.get(target, property, self);
    },
  });
  const values = names.map(() => undefined);
  const markers = names.slice(0, 1000).reverse();
  expect(bound(values, watched, markers)).toEqual(markers.map(() => null));
  expect(looks).toBe(names.length);
});
