import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Wildcard } from '../wildcard.ts';

/** The plainest correct matcher: a table over all prefixes. */
function slowMatch(pattern: string, text: string): boolean {
  let row = Array.from({ length: text.length + 1 }, (_, i) => i === 0);
  for (const c of pattern) {
    const next: boolean[] = new Array(text.length + 1).fill(false);
    for (let i = 0; i <= text.length; i++) {
      if (c === '*') next[i] = row[i]! || (i > 0 && next[i - 1]!);
      else next[i] = i > 0 && row[i - 1]! && (c === '?' || c === text[i - 1]);
    }
    row = next;
  }
  return row[text.length]!;
}

describe('wildcards', () => {
  it('agree with a table-based matcher on small alphabets', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 12 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 16 });
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        expect(Wildcard.of(p).matches(t)).toBe(slowMatch(p, t));
      }),
      { numRuns: 3000 },
    );
  });

  it('agree on pieces longer than a machine word', () => {
    const piece = fc.string({ unit: fc.constantFrom('a', 'b', '?'), minLength: 30, maxLength: 70 });
    fc.assert(
      fc.property(
        piece,
        piece,
        fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }),
        (p, q, fill) => {
          const text = `${fill}${p.replaceAll('?', 'a')}${fill}${q.replaceAll('?', 'b')}${fill}`;
          for (const pattern of [`*${p}*${q}*`, `*${p}*`, `${p}*${q}`, `*${q}*${p}*`]) {
            expect(Wildcard.of(pattern).matches(text), pattern).toBe(slowMatch(pattern, text));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('do work that grows with the text only, also for patterns that make backtracking matchers explode', () => {
    const pattern = Wildcard.of(`${'*a?'.repeat(600)}b`);
    expect(pattern.matches('a'.repeat(2_000))).toBe(false);
    expect(Wildcard.of(`*${'?a'.repeat(500)}b*`).matches('a'.repeat(2_000))).toBe(false);
  });
});
