/** Debian's python3-psycopg2: the checks are in psycopg2-checks.py. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { holds } from './checks.ts';
import { requireProgram } from './context.ts';
import type { PostgresContext } from './postgres-context.ts';
import { python, runPythonChecks } from './python-checks.ts';

const script = fileURLToPath(new URL('psycopg2-checks.py', import.meta.url));
const module = '/usr/lib/python3/dist-packages/psycopg2';

export async function checkPsycopg2(context: PostgresContext): Promise<void> {
  const checks = context.checks.group(`psycopg2 ${context.transport}`);
  if (!requireProgram(checks, python) || !requireProgram(checks, module)) return;
  const first = await runPythonChecks(checks, [script], { env: context.libpq, timeoutMs: 120_000 });
  await checks.check(`is Debian's (${String(first.psycopg2)})`, async () => {
    holds(existsSync(module) && /^2\.9/.test(String(first.psycopg2)), `version ${String(first.psycopg2)}`);
  });
}
