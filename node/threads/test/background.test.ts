import { once } from 'node:events';
import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';

it('runs a thread and those that it starts behind others on Linux, and leaves the process as it is', async () => {
  const before = getPriority();
  const [told] = await once(new Worker(new URL('background-thread.ts', import.meta.url)), 'message');
  const isLinux = process.platform === 'linux';
  const behind = isLinux ? Math.max(before, 10) : before;
  const further = isLinux ? 15 : before;
  expect(told).toEqual({ begun: before, inBackground: behind, inherited: behind, further });
  expect(getPriority()).toBe(before);
});
