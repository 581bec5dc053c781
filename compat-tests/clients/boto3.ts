/** boto3 of two generations: Debian 12's own (Content-MD5) and Debian 13's, unpacked beside it (CRC32 and trailers). */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { holds } from './checks.ts';
import { type ClientContext, requireProgram } from './context.ts';
import { runPythonChecks } from './python-checks.ts';
import { mustRun, run } from './run.ts';

const python = '/usr/bin/python3';
const script = fileURLToPath(new URL('boto3-checks.py', import.meta.url));
const kmsScript = fileURLToPath(new URL('boto3-kms-checks.py', import.meta.url));
const unpack = fileURLToPath(new URL('trixie-boto3.sh', import.meta.url));

interface Generation {
  readonly name: string;
  /** Where its modules are; Debian's own are found without. */
  readonly pythonPath: string | undefined;
  accepts(major: number, minor: number): boolean;
}

/** `modules` is the folder that `unpackTrixie` gave. */
export async function checkBoto3(context: ClientContext, modules: string | undefined): Promise<void> {
  await checkGeneration(context, {
    name: 'boto3 old',
    pythonPath: undefined,
    accepts: (a, b) => a === 1 && b < 36,
  });
  if (modules === undefined) return;
  await checkGeneration(context, {
    name: 'boto3 new',
    pythonPath: modules,
    accepts: (a, b) => a > 1 || b >= 37,
  });
}

/** PYTHONPATH of Debian 13's boto3, or undefined after a failed check. */
export async function unpackTrixie(
  context: Pick<ClientContext, 'checks' | 'env'>,
  folder: string,
): Promise<string | undefined> {
  let modules: string | undefined;
  await context.checks.group('boto3 new').check('unpacked from Debian 13', async () => {
    const result = await mustRun('/bin/bash', [unpack, folder], { env: context.env });
    modules = result.stdout.toString().trim();
  });
  return modules;
}

async function checkGeneration(context: ClientContext, generation: Generation): Promise<void> {
  const checks = context.checks.group(`${generation.name} ${context.scheme}`);
  if (!requireProgram(checks, python)) return;
  const slug = generation.name.replace(' ', '-');
  const here = join(context.scratch, slug);
  mkdirSync(here, { recursive: true });
  const env = {
    ...context.env,
    ...(generation.pythonPath === undefined ? {} : { PYTHONPATH: generation.pythonPath }),
  };
  const args = ['-W', 'ignore', script, context.target.endpoint, `${slug}-${context.scheme}`, here];
  const result = await run(python, args, { env, cwd: here });
  const lines = result.stdout
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  const version = JSON.parse(lines.shift() ?? '{}') as { boto3?: string };
  await checks.check(`is of its generation (${version.boto3 ?? 'not started'})`, async () => {
    const [major, minor] = (version.boto3 ?? '0.0').split('.').map(Number);
    holds(generation.accepts(major as number, minor as number), `version ${version.boto3}: ${result.stderr}`);
  });
  for (const line of lines) {
    const { name, why, ms } = JSON.parse(line) as { name: string; why: string | null; ms: number };
    if (why === null) checks.pass(`${name} (${ms} ms)`);
    else checks.fail(name, why);
  }
  if (result.code !== 0) checks.fail('ran to its end', `code ${result.code}: ${result.stderr.slice(-2000)}`);
  const kms = context.checks.group(`${generation.name} kms ${context.scheme}`);
  await runPythonChecks(kms, [kmsScript, context.target.endpoint], { env, cwd: here });
}
