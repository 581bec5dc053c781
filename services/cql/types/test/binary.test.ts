/** Texts, hexadecimal digits and memory without Node: as Node has them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOfHex, bytesOfText, hexOf, joinBytes, textOfBytes } from '../binary.ts';
import { newBytes } from '../slab.ts';

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.constant('\ufeffa\ud800'),
);

test('texts become the bytes that Node makes of them, and the other way round', () => {
  fc.assert(
    fc.property(text, fc.uint8Array({ maxLength: 100 }), (one, bytes) => {
      expect(Buffer.from(bytesOfText(one))).toEqual(Buffer.from(one, 'utf8'));
      expect(textOfBytes(bytesOfText(one))).toBe(Buffer.from(one, 'utf8').toString('utf8'));
      expect(textOfBytes(bytes)).toBe(Buffer.from(bytes).toString('utf8'));
    }),
  );
});

test('hexadecimal digits of both cases become their bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (one, two) => {
      const digits = Buffer.from(one).toString('hex');
      expect(hexOf(one)).toBe(digits);
      expect(bytesOfHex(digits)).toEqual(one);
      expect(bytesOfHex(digits.toUpperCase())).toEqual(one);
      expect(Buffer.from(joinBytes(one, two))).toEqual(Buffer.concat([one, two]));
    }),
  );
});

test('new bytes are zero, and nobody else has them', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(3000), { maxLength: 60 }), (lengths) => {
      const made = lengths.map((length, index) => {
        const bytes = newBytes(length);
        expect(bytes).toEqual(new Uint8Array(length));
        return bytes.fill(index + 1);
      });
      for (const [index, bytes] of made.entries())
        expect(bytes.every((byte) => byte === index + 1)).toBe(true);
    }),
  );
});
