/** What is printed says the same as the tree it was printed from. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  parse,
  parseRelations,
  parseTerm,
  parseType,
  printRelations,
  printSelector,
  printTerm,
  printType,
} from '../index.ts';
import { relations, selectors, terms, types } from './random-trees.ts';

const runs = { numRuns: 1000 };

test('types', () => {
  fc.assert(
    fc.property(types, (type) => {
      expect(parseType(printType(type))).toEqual(type);
    }),
    runs,
  );
});

test('terms', () => {
  fc.assert(
    fc.property(terms, (term) => {
      expect(parseTerm(printTerm(term))).toEqual(term);
    }),
    runs,
  );
});

test('relations', () => {
  const several = fc.array(relations, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(several, (all) => {
      expect(parseRelations(printRelations(all))).toEqual(all);
    }),
    runs,
  );
});

// Behind another one: `SELECT json - a` is a JSON document.
test('selectors', () => {
  fc.assert(
    fc.property(selectors, (selector) => {
      const { statement } = parse(`SELECT first, ${printSelector(selector)} AS x FROM t`);
      expect(statement).toMatchObject({ kind: 'select' });
      expect('selectors' in statement && statement.selectors?.[1]).toEqual({ selector, alias: 'x' });
    }),
    runs,
  );
});
