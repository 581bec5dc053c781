import { describe, expect, it } from 'vitest';
import type { SimDisk } from '../../sim/index.ts';
import type { Disk } from '../disk.ts';
import { type CutRun, runLogPowerCuts } from './log-power-cuts.ts';

const seeds = process.env.HYPERGATE_SOAK === '1' ? 2000 : 300;
const firstSeed = Number(process.env.HYPERGATE_SEED ?? 1);

/** A disk that says "synced" and does nothing: the log then acknowledges before the sync. */
function withoutSync(disk: SimDisk): Disk {
  return {
    open: async (path, mode) => ({ ...(await disk.open(path, mode)), datasync: async () => undefined }),
    list: (folder) => disk.list(folder),
    makeFolder: (folder) => disk.makeFolder(folder),
    remove: (path) => disk.remove(path),
    rename: (from, to) => disk.rename(from, to),
    syncFolder: (folder) => disk.syncFolder(folder),
  };
}

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
