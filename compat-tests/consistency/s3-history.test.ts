/** Short seeded histories of a real gateway. `npm run soak s3-history -- --seconds 60 --seed S` is the long run. */
import { expect, test } from 'vitest';
import { only, startGateway } from '../lib/gateway.ts';
import { type HistoryResult, runHistory } from './s3-history.ts';

const seed = process.env.HYPERGATE_HISTORY_SEED ?? '1';

async function run(requests: number, killAfter: readonly number[]): Promise<HistoryResult> {
  const { result, target } = await runHistory(await startGateway({ env: only('s3') }), {
    seed,
    callers: 16,
    hotKeys: 4,
    requests,
    killAfter,
  });
  await target.dispose();
  expect(result.faults, `seed ${seed}`).toEqual([]);
  expect(result.calls).toBeGreaterThan(requests);
  return result;
}

test('concurrent conditional and unconditional requests are linearisable, and each race has one winner', async () => {
  const result = await run(2000, []);
  expect(result.races).toBeGreaterThan(20);
  // The history is worth checking: conditions held and failed, and readers met both.
  for (const name of ['put ifNoneMatch', 'put ifMatch', 'complete ifNoneMatch', 'copy ifNoneMatch']) {
    expect(result.outcomes).toHaveProperty(`${name} done`);
    expect(result.outcomes).toHaveProperty(`${name} refused`);
  }
});

test('they are linearisable across SIGKILL and restart, unanswered ones having happened or not', async () => {
  const result = await run(1500, [400, 1000]);
  expect(result.kills).toBe(2);
});
