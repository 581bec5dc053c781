import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { freePort } from '../index.ts';

const child = fileURLToPath(new URL('./claimant.ts', import.meta.url));

test('no port is given twice, in this process or another one that lives', async () => {
  const other = fork(child, ['300']);
  const told = once(other, 'message');
  const own = await Promise.all(Array.from({ length: 300 }, freePort));
  const [theirs] = (await told) as [number[]];
  other.kill();
  expect(new Set([...own, ...theirs]).size).toBe(600);
});

test('can be listened at, again and again', async () => {
  const port = await freePort();
  for (let time = 0; time < 3; time += 1) {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    await new Promise((resolve) => server.close(resolve));
  }
});
