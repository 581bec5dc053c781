import { beforeAll, describe, expect, it } from 'vitest';
import { createVerifier, type Verifier } from '../../../verifier/index.ts';
import { ProverHistory } from './power-cut-run.ts';

const soak = process.env.HYPERGATE_SOAK === '1';
const histories = soak ? 2000 : 200;
const cutsEach = soak ? 4 : 2;
const firstSeed = Number(process.env.HYPERGATE_SEED ?? 1);
/** Making and checking a proof takes longer than all else of a history. */
const provenEvery = soak ? 5 : 20;

let verifier: Verifier;
beforeAll(async () => {
  verifier = await createVerifier();
});

describe('a prover whose power goes at any moment', () => {
  it(
    'comes to frames again that show the state, with new numbers in the same network',
    async () => {
      const total: Record<string, number> = {};
      for (let seed = firstSeed; seed < firstSeed + histories; seed += 1) {
        const history = new ProverHistory(seed, seed % provenEvery === 0 ? verifier : undefined);
        try {
          await history.run(cutsEach);
        } catch (error) {
          throw new Error(`HYPERGATE_SEED=${seed} finds it again: ${String(error)}`, { cause: error });
        }
        for (const [name, count] of Object.entries(history.counts)) total[name] = (total[name] ?? 0) + count;
      }
      process.stdout.write(`prover's power cuts from seed ${firstSeed}: ${JSON.stringify(total)}\n`);
      expect(total.cuts).toBe(histories * cutsEach);
      expect(total.cutsAtOpening).toBeGreaterThan(histories / 10);
      expect(total.olderNodes).toBeGreaterThan(histories / 10);
      expect(total.frames).toBeGreaterThan(histories * 2);
      expect(total.proofs).toBeGreaterThanOrEqual(Math.floor(histories / provenEvery));
    },
    soak ? 3_600_000 : 180_000,
  );

  it.each([
    ['shows nothing of what a reset took while its trees were built', 54],
    ['knows a copy of the node from before a reset by more than its place in the log', 11_265],
  ])('%s', async (_what, seed) => {
    await new ProverHistory(seed, verifier).run(4);
  });
});
