import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { asertDifficulty, referenceAsert } from '../asert.ts';

interface Case {
  anchorFrame: number;
  anchorParentTimeMs: number;
  anchorDifficulty: number;
  frame: number;
  timeMs: number;
  difficulty: string;
}
const { cases } = JSON.parse(readFileSync(new URL('./golden/asert.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

test.each(cases)(
  'anchor $anchorDifficulty at $anchorFrame, frame $frame at $timeMs ms: $difficulty',
  (item) => {
    const anchor = {
      frame: item.anchorFrame,
      parentTimeMs: item.anchorParentTimeMs,
      difficulty: BigInt(item.anchorDifficulty),
    };
    expect(asertDifficulty(anchor, item.frame, item.timeMs, referenceAsert)).toBe(BigInt(item.difficulty));
  },
);

const parameters = { idealIntervalMs: 10_000, halfLifeMs: 3_600_000, floor: 1n } as const;
const time = fc.integer({ min: 0, max: 2 ** 41 });
const frame = fc.integer({ min: 0, max: 2 ** 30 });
const difficulty = fc.bigInt(1n, 2n ** 40n);

test('frames on time keep the difficulty; a half-life late halves it, early doubles it', () => {
  fc.assert(
    fc.property(difficulty, frame, fc.integer({ min: 400, max: 100_000 }), (value, start, frames) => {
      const anchor = { frame: start, parentTimeMs: 5_000_000, difficulty: value };
      const onTime = anchor.parentTimeMs + (frames + 1) * parameters.idealIntervalMs;
      const at = (timeMs: number) => asertDifficulty(anchor, start + frames, timeMs, parameters);
      expect(at(onTime)).toBe(value);
      expect(at(onTime + parameters.halfLifeMs)).toBe(value / 2n > 1n ? value / 2n : 1n);
      expect(at(onTime - parameters.halfLifeMs)).toBe(value * 2n);
    }),
  );
});

test('later never means harder, and bounds hold', () => {
  fc.assert(
    fc.property(
      difficulty,
      frame,
      time,
      frame,
      time,
      time,
      (value, start, parentTimeMs, at, first, second) => {
        const anchor = { frame: start, parentTimeMs, difficulty: value };
        const bounded = { ...parameters, floor: 1000n, ceiling: 4_294_967_295n };
        const [early, late] = first < second ? [first, second] : [second, first];
        const before = asertDifficulty(anchor, at, early, bounded);
        const after = asertDifficulty(anchor, at, late, bounded);
        // The cubic is exact to 0.013 %, so neighbours across a power of two may differ by that much the wrong way.
        expect(after * 9_998n <= before * 10_000n).toBe(true);
        expect(before >= bounded.floor && before <= bounded.ceiling).toBe(true);
      },
    ),
  );
});

test('arguments that are not whole numbers, or bounds out of order, are refused', () => {
  const anchor = { frame: 0, parentTimeMs: 0, difficulty: 1n };
  for (const value of [0.5, -1, Number.NaN, 2 ** 60]) {
    expect(() => asertDifficulty(anchor, value, 0, parameters)).toThrow(RangeError);
    expect(() => asertDifficulty(anchor, 0, value, parameters)).toThrow(RangeError);
    expect(() => asertDifficulty({ ...anchor, frame: value }, 0, 0, parameters)).toThrow(RangeError);
    expect(() => asertDifficulty({ ...anchor, parentTimeMs: value }, 0, 0, parameters)).toThrow(RangeError);
    expect(() => asertDifficulty(anchor, 0, 0, { ...parameters, halfLifeMs: value })).toThrow(RangeError);
  }
  expect(() => asertDifficulty({ ...anchor, difficulty: -1n }, 0, 0, parameters)).toThrow(RangeError);
  expect(() => asertDifficulty(anchor, 0, 0, { ...parameters, floor: 5n, ceiling: 4n })).toThrow(RangeError);
});
