/** Random commands: our answers are redis-server's, but for what explained-differences.ts says. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOurRedis, startRedisServer } from '../../../lib/redis-targets.ts';
import type { Target } from '../../../lib/target.ts';
import { RawConnection } from './connection.ts';
import { command } from './grammar.ts';
import { grammars } from './grammars/index.ts';
import { runDifferential } from './run.ts';

const seed = process.env.HYPERGATE_SEED ?? String(Date.now());
const commands = 3000;

let targets: Target[];
let ours: RawConnection;
let theirs: RawConnection;
beforeAll(async () => {
  targets = await Promise.all([startOurRedis(), startRedisServer()]);
  [ours, theirs] = (await Promise.all(targets.map(({ host, port }) => RawConnection.open(host, port)))) as [
    RawConnection,
    RawConnection,
  ];
});
afterAll(async () => {
  ours?.close();
  theirs?.close();
  for (const target of targets ?? []) await target.dispose();
});

test(`${commands} random commands have the same answers`, async () => {
  const result = await runDifferential(ours, theirs, { seed, commands, grammars });
  expect(result.differences, `HYPERGATE_SEED=${seed}`).toEqual([]);
  expect(result.commands).toBeGreaterThanOrEqual(commands);
});

test('a difference is found and told with its seed', async () => {
  const planted = command('config get', () => ['port']);
  const result = await runDifferential(ours, theirs, {
    seed: 'planted',
    commands: 1,
    grammars: [{ name: 'planted', commands: [planted] }],
  });
  expect(result.differences[0]).toContain('seed planted');
});
