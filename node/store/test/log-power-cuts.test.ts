import { describe, expect, it } from 'vitest';
import { withoutSync } from './faulty-disks.ts';
import { type CutRun, runLogPowerCuts } from './log-power-cuts.ts';

const seeds = process.env.HYPERGATE_SOAK === '1' ? 2000 : 300;
const firstSeed = Number(process.env.HYPERGATE_SEED ?? 1);

describe('commit log under power cuts', () => {
  it(`keeps every acknowledged record, byte for byte and in order (${seeds} seeds)`, async () => {
    const runs: CutRun[] = [];
    for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) runs.push(await runLogPowerCuts(seed));
    const acknowledged = runs.reduce((sum, run) => sum + run.acknowledged, 0);
    expect(acknowledged).toBeGreaterThan(seeds * 10);
    expect(runs.reduce((sum, run) => sum + run.survivedUnacknowledged, 0)).toBeGreaterThan(0);
  }, 600_000);

  it('is caught by the checker when it acknowledges before the sync', async () => {
    let caught = 0;
    for (let seed = 1; seed <= 40; seed += 1) {
      await runLogPowerCuts(seed, withoutSync).catch(() => {
        caught += 1;
      });
    }
    expect(caught).toBeGreaterThan(20);
  });
});
