import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentRange, parseCopyRange, parseRange } from '../engine/range.ts';

function code(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
}

test.each([
  ['bytes=0-0', 10, 0, 1],
  ['bytes=2-', 10, 2, 8],
  ['bytes=2-100', 10, 2, 8],
  ['bytes=-3', 10, 7, 3],
  ['bytes=-30', 10, 0, 10],
  ['BYTES=1-2', 10, 1, 2],
  ['bytes= 1 - 2 ', 10, 1, 2],
  ['bytes=0-99999999999999999999999999', 10, 0, 10],
])('%s of %i bytes', (header, size, offset, length) => {
  expect(parseRange(header, size)).toEqual({ offset, length });
});

test.each([
  'bytes=5-2',
  'bytes=-',
  'bytes=a-b',
  'bytes=0-1,3-4',
  'bytes',
  'items=0-1',
  'bytes=1',
  'bytes=+1-2',
  'bytes=1-2-3',
  '',
])('%s is answered with the whole object', (header) => {
  expect(parseRange(header, 10)).toBeUndefined();
});

test.each([
  ['bytes=10-', 10],
  ['bytes=10-20', 10],
  ['bytes=-0', 10],
  ['bytes=0-', 0],
  ['bytes=-1', 0],
  ['bytes=99999999999999999999-', 10],
])('%s of %i bytes cannot be met', (header, size) => {
  expect(code(() => parseRange(header, size))).toBe('InvalidRange');
});

test('a range lies inside the object and says so', () => {
  fc.assert(
    fc.property(fc.nat(50), fc.nat(60), fc.integer({ min: 1, max: 50 }), (first, last, size) => {
      fc.pre(first <= last && first < size);
      const range = parseRange(`bytes=${first}-${last}`, size)!;
      const bytes = Array.from({ length: size }, (_, i) => i);
      expect(bytes.slice(range.offset, range.offset + range.length)).toEqual(bytes.slice(first, last + 1));
      expect(contentRange(range, size)).toBe(`bytes ${first}-${Math.min(last, size - 1)}/${size}`);
    }),
  );
});

test('a copied range must be whole and inside the source', () => {
  expect(parseCopyRange('bytes=2-4', 5)).toEqual({ offset: 2, length: 3 });
  expect(code(() => parseCopyRange('bytes=2-5', 5))).toBe('InvalidRange');
  expect(code(() => parseCopyRange('bytes=2-', 5))).toBe('InvalidArgument');
  expect(code(() => parseCopyRange('0-2', 5))).toBe('InvalidArgument');
});
