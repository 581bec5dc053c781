/** Debian's python3-redis: the checks are in redis-py-checks.py. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { holds } from './checks.ts';
import { requireProgram } from './context.ts';
import { python, runPythonChecks } from './python-checks.ts';
import type { RedisContext } from './redis-context.ts';

const script = fileURLToPath(new URL('redis-py-checks.py', import.meta.url));
const module = '/usr/lib/python3/dist-packages/redis';

export async function checkRedisPy(context: RedisContext): Promise<void> {
  const checks = context.checks.group(`redis-py ${context.transport}`);
  if (!requireProgram(checks, python) || !requireProgram(checks, module)) return;
  const { redis, caFile } = context;
  const login = redis.password === undefined ? '' : `default:${redis.password}@`;
  const url =
    caFile === undefined
      ? `redis://${login}127.0.0.1:${redis.port}/0`
      : `rediss://${login}127.0.0.1:${redis.port}/0?ssl_ca_certs=${encodeURIComponent(caFile)}`;
  const first = await runPythonChecks(checks, [script, url], { env: context.env, timeoutMs: 120_000 });
  await checks.check(`is Debian's (${String(first.redis)})`, async () => {
    holds(existsSync(module) && /^4\./.test(String(first.redis)), `version ${String(first.redis)}`);
  });
}
