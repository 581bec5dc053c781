import { expect, it } from 'vitest';
import { findNodeOnly } from '../../test/portable.ts';

it('checking what was disclosed needs nothing that a browser lacks', () => {
  expect(findNodeOnly(new URL('../index.ts', import.meta.url))).toEqual([]);
});

it('the search finds what a browser lacks', () => {
  const faults = findNodeOnly(new URL('../owner/index.ts', import.meta.url));
  expect(faults.some((fault) => fault.includes('imports node:crypto'))).toBe(true);
  expect(faults.some((fault) => fault.includes('uses Buffer'))).toBe(true);
});
