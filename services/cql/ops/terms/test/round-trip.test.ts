import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Term } from '../../../parser/ast.ts';
import { parseTerm } from '../../../parser/index.ts';
import { typeAndValue } from '../../../types/test/support/arbitrary-values.ts';
import { literalText } from '../../../types/to-text.ts';
import { newTermContext } from '../context.ts';
import { normalizerOf } from '../normalize.ts';
import { prepareTerm } from '../terms.ts';
import { functions, schema, shown } from './support.ts';

test('a value written as a constant is that value, and so is a marker that it is bound to', () => {
  fc.assert(
    fc.property(typeAndValue, ([type, value]) => {
      const text = literalText(type, value);
      // Empty numbers are written as null, and years that have not four digits cannot be read.
      fc.pre(!text.includes('null') && !/'(?:[-+]\d+|\d{5,})-\d\d-\d\d/.test(text));
      const spec = { keyspace: 'ks', table: 't', name: 'c', type };
      const bind = (term: Term) =>
        prepareTerm(term, spec, newTermContext(schema, 'ks', functions, [undefined]));
      const written = bind(parseTerm(text));
      expect(written.isConstant).toBe(true);
      expect(shown(type, written.bind([]))).toBe(text);
      const bound = bind({ kind: 'marker', index: 0, name: undefined }).bind([value]);
      expect(bound).toEqual(normalizerOf(type)?.(value) ?? value);
      expect(shown(type, bound)).toBe(text);
    }),
    { numRuns: 300 },
  );
});
