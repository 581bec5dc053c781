/** Python programs that print one line of JSON per check: `{"name", "why", "ms"}`, where `why` is null when it passed. */
import type { Checks } from './checks.ts';
import { type RunOptions, run } from './run.ts';

export const python = '/usr/bin/python3';

/** Counts each line; gives the first line, which tells versions. */
export async function runPythonChecks(
  checks: Checks,
  args: readonly string[],
  options: RunOptions,
): Promise<Record<string, unknown>> {
  const result = await run(python, ['-W', 'ignore', ...args], options);
  const lines = result.stdout
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  const first = JSON.parse(lines.shift() ?? '{}') as Record<string, unknown>;
  for (const line of lines) {
    const { name, why, ms } = JSON.parse(line) as { name: string; why: string | null; ms: number };
    if (why === null) checks.pass(`${name} (${ms} ms)`);
    else checks.fail(name, why);
  }
  if (result.code !== 0) checks.fail('ran to its end', `code ${result.code}: ${result.stderr.slice(-2000)}`);
  return first;
}
