/** Functions that start more processes than they may. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { executorLimits } from '../limits.ts';
import { type Bench, openBench } from './support.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.stop());

test('processes that make processes are bounded, and end with it', async () => {
  const { call, environment, ended } = await bench.start(
    {
      'index.mjs': `import { spawn } from 'node:child_process';
        export const handler = async () => { spawn('/bin/sh', ['/var/task/bomb.sh'], { stdio: 'ignore' }); await new Promise((r) => setTimeout(r, 1e8)); };`,
      'bomb.sh': 'i=0; while [ $i -lt 2000 ]; do sleep 1000 & i=$((i+1)); done; wait',
    },
    { isTrusted: true, memoryMb: 512 },
  );
  const { outcome } = await call({}, { deadlineMs: Date.now() + 1500 });
  expect(outcome).toMatchObject({ kind: 'failure' });
  await ended;
  expect((await call({})).outcome).toMatchObject({ kind: 'failure' });
  await environment.close();
});

test('one that has as many processes as it may takes none from another', async () => {
  if (!bench.executor.isolation.processes) {
    expect(bench.executor.isolation.missing).toContainEqual(expect.stringContaining('not bounded'));
    return;
  }
  const running = await bench.start(
    `import { spawn } from 'node:child_process';
     const started = [];
     export const handler = async ({ most }) => {
       while (started.length < most) {
         const child = spawn('/bin/sh', ['-c', 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19; do /bin/sleep 1000 & done; wait'], { stdio: 'ignore' });
         const failed = await new Promise((resolve) => { child.on('error', (error) => resolve(error.code)); child.on('spawn', () => resolve(undefined)); });
         if (failed) return failed;
         started.push(child);
       }
       return 'started';
     };`,
    { isTrusted: true, memoryMb: 2048 },
  );
  const other = await bench.start(
    `import { execFileSync } from 'node:child_process'; export const handler = async () => String(execFileSync('/bin/echo', ['hello']));`,
    { isTrusted: true },
  );
  expect((await running.call({ most: 5 })).value).toBe('started');
  expect((await running.call({ most: executorLimits.processesMax })).value).toBe('EAGAIN');
  expect((await other.call({})).value).toBe('hello\n');
  await running.environment.close();
  await other.environment.close();
});
