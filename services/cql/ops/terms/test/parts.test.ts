import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytes, evaluated } from './support.ts';

const key = fc.integer({ min: -6, max: 6 });
const int = (value: number) => bytes(String(value), 'int');

test('elements and slices of sets are those that a filter finds', () => {
  fc.assert(
    fc.property(fc.uniqueArray(key, { maxLength: 8 }), key, key, (elements, from, to) => {
      const row = elements.length === 0 ? {} : { st: `{${elements.join(', ')}}` };
      const sorted = elements.toSorted((a, b) => a - b);
      const shown = (kept: readonly number[]) => (kept.length === 0 ? 'null' : `{${kept.join(', ')}}`);
      const within = sorted.filter((each) => each >= from && each <= to);
      expect(evaluated('st[?..?]', row, [int(from), int(to)])).toBe(shown(within));
      expect(evaluated('st[?..]', row, [int(from)])).toBe(shown(sorted.filter((each) => each >= from)));
      expect(evaluated('st[..?]', row, [int(to)])).toBe(shown(sorted.filter((each) => each <= to)));
      expect(evaluated('st[?]', row, [int(from)])).toBe(elements.includes(from) ? String(from) : 'null');
    }),
  );
});

test('elements and slices of maps are those that a filter finds', () => {
  const letter = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const text = (value: string) => bytes(`'${value}'`, 'text');
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(letter, fc.nat(9)), { selector: ([name]) => name }),
      letter,
      letter,
      (entries, from, to) => {
        const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
        const written = (kept: typeof entries) => `{${kept.map(([k, v]) => `'${k}': ${v}`).join(', ')}}`;
        const row = { fm: written(entries) };
        const within = sorted.filter(([name]) => name >= from && name <= to);
        expect(evaluated('fm[?..?]', row, [text(from), text(to)])).toBe(written(within));
        const found = entries.find(([name]) => name === from);
        expect(evaluated('fm[?]', row, [text(from)])).toBe(found === undefined ? 'null' : String(found[1]));
      },
    ),
  );
});
