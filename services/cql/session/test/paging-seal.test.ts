import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { pagingSeal } from '../paging-seal.ts';

const seal = pagingSeal(Buffer.alloc(32, 1));

test('what was sealed is opened', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (state) => {
      expect(Buffer.from(seal.open(seal.seal(state)))).toEqual(Buffer.from(state));
    }),
  );
});

test('what was changed anywhere, cut, or sealed with another key is refused', () => {
  const refused = expect.objectContaining({
    code: 'protocol',
    message: 'Invalid value for the paging state',
  });
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (state, place, bits) => {
        const sealed = Buffer.from(seal.seal(state));
        const changed = Buffer.from(sealed);
        changed[place % sealed.length]! ^= bits;
        expect(() => seal.open(changed)).toThrow(refused);
        expect(() => seal.open(sealed.subarray(0, place % sealed.length))).toThrow(refused);
        expect(() => pagingSeal(Buffer.alloc(32, 2)).open(sealed)).toThrow(refused);
      },
    ),
  );
});
