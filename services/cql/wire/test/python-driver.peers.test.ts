/** Debian's python3-cassandra (and python3-lz4), which speaks v5 and LZ4, against a server of canned answers. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestServer } from './support/test-server.ts';

let server: Awaited<ReturnType<typeof openTestServer>>;
beforeAll(async () => {
  server = await openTestServer();
});
afterAll(() => server.close());

const script = fileURLToPath(new URL('support/python-driver.py', import.meta.url));

function run(...args: string[]): Promise<string> {
  const child = spawn('/usr/bin/python3', [script, String(server.port), ...args]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(output.trim()) : reject(new Error(output))));
  });
}

test.each([
  ['3', 'plain'],
  ['3', 'lz4'],
  ['4', 'plain'],
  ['4', 'lz4'],
  ['5', 'plain'],
  ['5', 'lz4'],
])('v%s %s: login, prepared statements, pages, long values', async (version, compression) => {
  expect(await run(version, compression)).toBe(`v${version} Test Cluster 6`);
  expect(server.started.at(-1)).toBe(`v${version} ${compression}`);
});

test('it steps down from versions of its own to v5', async () => {
  expect(await run('any', 'lz4')).toBe('v5 Test Cluster 6');
  expect(server.refused.join()).toContain('(66)');
  expect(server.refused.join()).toContain('(65)');
});
