import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../api/index.ts';
import { OutcomeMemory, type RememberedOutcome, sha256 } from '../index.ts';

/** Ids from a small set of first words, so that runs of the table grow long. */
function idOf(number: number): Buffer {
  const id = sha256(Buffer.from(`${number}`)).subarray(0, 16);
  id.writeUInt32LE(number % 7, 0);
  return Buffer.from(id);
}

const outcomes: readonly Outcome[] = [
  { status: 'refused', reason: 'malformed', index: 11_999 },
  { status: 'refused', reason: 'expectation-failed', index: -1 },
  { status: 'refused', reason: 'outside-window', index: 0 },
];

function outcomeOf(position: number, index: number): Outcome {
  return index % 3 === 0
    ? { status: 'applied', revision: position * 4096 + index }
    : (outcomes[index % 3] as Outcome);
}

describe('the outcome memory', () => {
  it('finds exactly the ids of the positions not yet forgotten, as a map does', () => {
    const step = fc.record({
      ids: fc.oneof(fc.nat(8), fc.nat(8), fc.integer({ min: 500, max: 3000 })),
      keep: fc.nat(12),
      removes: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), fc.integer(), (steps, seed) => {
        const memory = new OutcomeMemory(seed);
        const model = new Map<number, { position: number; outcome: Outcome }>();
        const removals = new Set<number>();
        let next = 0;
        steps.forEach(({ ids, keep, removes }, at) => {
          const position = at + 1;
          const entries: RememberedOutcome[] = [];
          for (let index = 0; index < ids; index++) {
            const outcome = outcomeOf(position, index);
            model.set(next, { position, outcome });
            entries.push({ id: idOf(next++), index, outcome });
          }
          if (removes) removals.add(position);
          memory.remember(position, { outcomes: entries, removed: removes ? [Buffer.alloc(64)] : [] });
          const below = position - keep;
          memory.forgetBelow(below);
          for (const [number, entry] of model) if (entry.position < below) model.delete(number);
          for (const one of removals) if (one < below) removals.delete(one);
        });
        expect(memory.size).toBe(model.size);
        const step = Math.max(1, Math.floor(next / 500));
        for (let number = 0; number < next + 5; number += number > next - 20 ? 1 : step) {
          expect(memory.find(idOf(number))).toEqual(model.get(number));
        }
        for (let position = 0; position <= steps.length; position++) {
          expect(memory.hasRemovals(position)).toBe(removals.has(position));
        }
      }),
      { numRuns: process.env.HYPERGATE_SOAK === '1' ? 2000 : 25 },
    );
  });
});
