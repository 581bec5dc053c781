import { describe, expect, it } from 'vitest';
import { withoutSync } from '../../test/faulty-disks.ts';
import { type CutRun, runTreePowerCuts } from './power-cut-run.ts';

const seeds = process.env.HYPERGATE_SOAK === '1' ? 3000 : 150;
const firstSeed = Number(process.env.HYPERGATE_SEED ?? 1);

describe('forest under power cuts, kills and full disks', () => {
  it(`opens at its last acknowledged commit or a whole later one (${seeds} seeds)`, async () => {
    const runs: CutRun[] = [];
    for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) runs.push(await runTreePowerCuts(seed));
    const sum = (what: keyof CutRun): number => runs.reduce((total, run) => total + run[what], 0);
    expect(sum('commits')).toBeGreaterThan(seeds);
    expect(sum('survivedUnacknowledged')).toBeGreaterThan(0);
    expect(sum('full')).toBeGreaterThan(0);
  }, 600_000);

  it('is caught by the checker when it acknowledges before the sync', async () => {
    let caught = 0;
    for (let seed = 1; seed <= 40; seed += 1) {
      await runTreePowerCuts(seed, withoutSync).catch(() => {
        caught += 1;
      });
    }
    expect(caught).toBeGreaterThan(15);
  });
});
