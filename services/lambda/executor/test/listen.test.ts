/** What listens in a function's network for the gateway ends with it, whenever that is. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { freePort } from '@hypergate/node/sim/ports';
import { expect, test } from 'vitest';
import { running, startedBy } from './gateway.ts';

const relay = fileURLToPath(new URL('../relay/listen.mjs', import.meta.url));
/** Starts it, and takes nothing of what it sends. */
const deaf = `const { spawn } = require('node:child_process');
  spawn(process.execPath, process.argv.slice(1), { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`;

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const [event] = await Promise.race([
    once(socket, 'connect').then(() => ['connect']),
    once(socket, 'close').then(() => ['close']),
  ]).catch(() => ['error']);
  socket.destroy();
  return event === 'connect';
}

test('a gateway that is killed before it took all sockets leaves nobody who holds them', async () => {
  const ports = [await freePort(), await freePort()];
  const parent = spawn(process.execPath, ['-e', deaf, relay, '60000', ...ports.map(String)], {
    stdio: 'inherit',
  });
  for (const port of ports) await expect.poll(() => isListening(port)).toBe(true);
  const seen = startedBy(parent.pid!);
  expect(seen).toHaveLength(1);
  parent.kill('SIGKILL');
  await expect.poll(() => running(seen)).toEqual([]);
});

test('one that nobody listens to ends after its time', async () => {
  const port = await freePort();
  const parent = spawn(process.execPath, ['-e', deaf, relay, '1000', String(port)], { stdio: 'inherit' });
  await expect.poll(() => startedBy(parent.pid!).length).toBe(1);
  const seen = startedBy(parent.pid!);
  await expect.poll(() => running(seen)).toEqual([]);
  parent.kill('SIGKILL');
});
