/** Runs what root starts as a user who may nothing; who is not root is one already. */
import { execFile, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sdkFolder } from './support.ts';

const nobody = 65_534;
const isRoot = process.getuid?.() === 0;
const repository = fileURLToPath(new URL('../../../..', import.meta.url));

/** Begins commands. */
export const asNobody: readonly string[] = isRoot
  ? ['setpriv', '--reuid', String(nobody), '--regid', String(nobody), '--clear-groups']
  : [];

/** The kernel, and what watches over it, let who is not root make user namespaces. */
export function allowsUserNamespaces(): boolean {
  const [command, ...args] = [...asNobody, 'unshare', '--user', '--map-root-user', 'true'];
  return spawnSync(command!, args).status === 0;
}

export interface Ran {
  readonly passed: number;
  readonly failures: readonly string[];
}

interface Report {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** @param names of test files beside this one */
export async function runTestsAsNobody(...names: readonly string[]): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'nobody-'));
  if (isRoot) chownSync(folder, nobody, nobody);
  const [command, ...args] = [
    ...[...asNobody, process.execPath, join(sdkFolder, 'vitest', 'vitest.mjs'), 'run'],
    // Nothing is written into the repository.
    ...['--configLoader', 'native', '--cache=false', '--project', 'unit'],
    ...['--reporter', 'json', '--outputFile', join(folder, 'report.json')],
    ...names.map((name) => `services/lambda/executor/test/${name}.test.ts`),
  ];
  try {
    const complaint = await new Promise<string>((resolve) => {
      const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: folder };
      execFile(command!, args, { cwd: repository, env, maxBuffer: 64 << 20 }, (error, stdout, stderr) =>
        resolve(error ? `${error.message}${stdout}${stderr}` : ''),
      );
    });
    // Failed tests are told by its report as well as by its exit code.
    if (!existsSync(join(folder, 'report.json'))) throw new Error(complaint);
    const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Report;
    return {
      passed: report.numPassedTests,
      failures: report.testResults.flatMap(({ message, assertionResults }) => [
        ...(message ? [message] : []),
        ...assertionResults
          .filter(({ status }) => status !== 'passed')
          .map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages.join('\n')}`),
      ]),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
