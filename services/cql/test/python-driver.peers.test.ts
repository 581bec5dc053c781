/** Debian's python3-cassandra (and python3-lz4) against a server in memory. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openServer, type TestServer } from './support/open-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

const script = fileURLToPath(new URL('support/python-driver.py', import.meta.url));

function run(...args: string[]): Promise<string> {
  const child = spawn('/usr/bin/python3', ['-W', 'ignore', script, String(server.port), ...args]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(output.trim()) : reject(new Error(output))));
  });
}

test.each([
  ['3', 'plain', 'v3'],
  ['4', 'plain', 'v4'],
  ['4', 'lz4', 'v4'],
  ['5', 'plain', 'v5'],
  ['5', 'lz4', 'v5'],
  ['any', 'lz4', 'v5'],
])('version %s, %s: schema, data, pages, traces, roles', async (version, compression, spoken) => {
  expect(await run(version, compression)).toBe(`${spoken} 5`);
  expect(server.unexpected).toEqual([]);
});
