import { describe, expect, it } from 'vitest';
import { type ChunkRun, runChunkPowerCuts } from './chunk-power-cuts.ts';
import { withoutSync } from './faulty-disks.ts';

const seeds = process.env.HYPERGATE_SOAK === '1' ? 2000 : 300;
const firstSeed = Number(process.env.HYPERGATE_SEED ?? 1);

describe('chunk store under power cuts', () => {
  it(`keeps every named chunk, and in the end nothing else (${seeds} seeds)`, async () => {
    const runs: ChunkRun[] = [];
    for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) runs.push(await runChunkPowerCuts(seed));
    expect(runs.reduce((sum, run) => sum + run.acknowledged, 0)).toBeGreaterThan(seeds * 10);
    expect(runs.reduce((sum, run) => sum + run.freed, 0)).toBeGreaterThan(0);
  }, 900_000);

  it('is caught by the checker when it names chunks before their sync', async () => {
    let caught = 0;
    for (let seed = 1; seed <= 40; seed += 1) {
      await runChunkPowerCuts(seed, withoutSync).catch(() => {
        caught += 1;
      });
    }
    expect(caught).toBeGreaterThan(20);
  });
});
