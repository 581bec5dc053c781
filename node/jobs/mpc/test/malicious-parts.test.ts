/** Parts of the two-party malicious level, each by itself. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gateKind } from '../circuit/circuit.ts';
import { batchAndsMax, batchFor, bucketSizes } from '../levels/malicious/bucket-size.ts';
import { makePlan } from '../levels/malicious/plan.ts';
import { shuffled } from '../levels/malicious/shuffle.ts';
import { randomCircuit } from './support/malicious.ts';
import { seededRandom } from './support/seeded-random.ts';

function choose(n: number, k: number): bigint {
  let result = 1n;
  for (let i = 0; i < k; i++) result = (result * BigInt(n - i)) / BigInt(i + 1);
  return result;
}

test('buckets leak with probability below 2^-40 over a whole session', () => {
  for (const { bucket, andsMin } of bucketSizes) {
    const all = choose(andsMin * bucket, bucket);
    for (let guesses = bucket; guesses < 80; guesses++) {
      // 8/7 of l C(k, B) / C(l B, B) 2^-k, compared with 2^-40 without divisions.
      const left = 8n * BigInt(andsMin) * choose(guesses, bucket) * 2n ** 40n;
      expect(left <= 7n * all * 2n ** BigInt(guesses)).toBe(true);
    }
  }
});

test('larger batches leak less', () => {
  for (const { bucket, andsMin } of bucketSizes) {
    // l / C(l B, B) falls with l.
    const ratio = (ands: number) => [BigInt(ands), choose(ands * bucket, bucket)] as const;
    const [a, b] = [ratio(andsMin), ratio(andsMin + 1)];
    expect(b[0] * a[1] < a[0] * b[1]).toBe(true);
  }
});

test('a batch gives what is needed, in buckets that are large enough for it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 * batchAndsMax }), (wanted) => {
      const { ands, bucket } = batchFor(wanted);
      expect(ands).toBeGreaterThanOrEqual(Math.min(wanted, batchAndsMax));
      expect(ands).toBeLessThanOrEqual(batchAndsMax);
      expect(bucketSizes.find((size) => size.bucket === bucket)!.andsMin).toBeLessThanOrEqual(ands);
    }),
  );
});

test('a shuffle holds each number once, and each place holds each number equally often', () => {
  const counts = Array.from({ length: 5 }, () => new Array<number>(5).fill(0));
  for (let i = 0; i < 5000; i++) {
    const order = shuffled(seededRandom(`shuffle ${i}`)(32), 5);
    expect([...order].sort()).toEqual([0, 1, 2, 3, 4]);
    for (const [place, number] of order.entries()) counts[place]![number]!++;
  }
  for (const count of counts.flat()) expect(Math.abs(count - 1000)).toBeLessThan(150);
});

test('a plan covers all gates in order, in pieces of at most the given size', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 80 }),
      (seed, ands, gates) => {
        const circuit = randomCircuit(seed, { inputs: [9, 9], gates: 300 });
        const { pieces } = makePlan(circuit, { ands, gates });
        const covered: number[] = [];
        for (const piece of pieces) {
          expect(piece.ands).toBeLessThanOrEqual(ands);
          expect(piece.end - piece.from).toBeLessThanOrEqual(gates + ands);
          let inPiece = 0;
          for (const { linearFrom, andFrom, end } of piece.segments) {
            for (let gate = linearFrom; gate < end; gate++) {
              expect(circuit.kinds[gate] === gateKind.and).toBe(gate >= andFrom);
              covered.push(gate);
              if (gate >= andFrom) inPiece++;
            }
          }
          expect(inPiece).toBe(piece.ands);
        }
        expect(covered).toEqual(Array.from({ length: circuit.kinds.length }, (_, i) => i));
      },
    ),
    { numRuns: 30 },
  );
});

test('no slot is written while a wire in it is still to be read', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 30 }), (seed, ands) => {
      const circuit = randomCircuit(seed, { inputs: [9, 9], gates: 300 });
      const { pieces, slotOf, slots } = makePlan(circuit, { ands, gates: 40 });
      const holds = new Int32Array(slots).fill(-1);
      for (let wire = 0; wire < circuit.inputBits; wire++) holds[slotOf[wire]!] = wire;
      for (const { from, end } of pieces) {
        for (let gate = from; gate < end; gate++) {
          holds[slotOf[circuit.inputBits + gate]!] = circuit.inputBits + gate;
        }
        // A piece is worked on several times: all that it reads and writes must be there at its end.
        for (let gate = from; gate < end; gate++) {
          for (const wire of [circuit.left[gate]!, circuit.right[gate]!, circuit.inputBits + gate]) {
            expect(holds[slotOf[wire]!]).toBe(wire);
          }
        }
      }
      for (const { wires } of circuit.outputs) {
        for (const wire of wires) expect(holds[slotOf[wire]!]).toBe(wire);
      }
    }),
    { numRuns: 30 },
  );
});
