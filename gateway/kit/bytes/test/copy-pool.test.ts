import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CopyPool } from '../copy-pool.ts';

test('copies stay what they were, whatever comes after and whatever becomes of what was copied', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20_000), { maxLength: 40 }), (lengths) => {
      const pool = new CopyPool();
      const copies = lengths.map((length, index) => {
        const bytes = Buffer.alloc(length, index + 1);
        const copy = pool.copy(bytes);
        bytes.fill(0);
        return copy;
      });
      for (const [index, length] of lengths.entries()) {
        expect(copies[index]!.equals(Buffer.alloc(length, index + 1))).toBe(true);
      }
    }),
  );
});

test('short copies share memory that nothing else has', () => {
  const pool = new CopyPool();
  const buffers = new Set(Array.from({ length: 1000 }, () => pool.copy(Buffer.alloc(100)).buffer));
  const held = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
  expect(held).toBeLessThan(1.4 * 100_000);
});
