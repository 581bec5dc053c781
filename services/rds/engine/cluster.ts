/**
 * A new cluster: initdb, then the roles and databases in single-user mode, which needs no socket, no password and no standby. It ends
 * with a clean shutdown, so the directory is complete before the first server starts on it.
 *
 * Text is sorted by ICU as `en-US`, which is close to what RDS has (en_US.UTF-8) and comes with the programs: the order does not
 * depend on the locales of the machine, which matters because indexes are restored on others.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { adminRole } from './admin-session.ts';
import { carefulCancel } from './careful-cancel.ts';
import { complaint, runCommand } from './command.ts';
import { EngineFailure } from './failure.ts';
import { privateFolder } from './folders.ts';
import type { EngineIdentity } from './identity.ts';
import type { EnginePrograms } from './programs.ts';
import { checkUsers, clusterStatements } from './roles.ts';
import { scramVerifier } from './scram-verifier.ts';

export interface ClusterOptions {
  readonly programs: EnginePrograms;
  readonly identity: EngineIdentity;
  /** Absent or empty. */
  readonly dataDir: string;
  readonly masterUser: string;
  readonly masterPassword: string;
  readonly database?: string;
}

/** @throws EngineFailure bad-name, cluster-failed, unreachable */
export async function createCluster(options: ClusterOptions): Promise<void> {
  checkUsers(options);
  const masterVerifier = await scramVerifier(options.masterPassword);
  const statements = clusterStatements({ ...options, masterVerifier }, options.programs.major);
  await initialise(options);
  // The customer's database is made from a template.
  for (const template of ['template0', 'template1']) await runStatements(options, template, carefulCancel);
  await runStatements(options, 'postgres', [...carefulCancel, ...statements]);
}

async function initialise({ programs, identity, dataDir }: ClusterOptions): Promise<void> {
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0) {
    throw new EngineFailure('in-use', `${dataDir} is not empty.`);
  }
  privateFolder(dataDir, identity);
  const made = await runCommand(
    programs.initdb,
    [
      ...['-D', dataDir, '-U', adminRole, '-E', 'UTF8'],
      ...['--locale=C', '--locale-provider=icu', '--icu-locale=en-US'],
      // The file of rules that it writes is not the one that is used.
      '--auth=reject',
      '--no-sync',
      '--no-instructions',
      // Pages are hashed by the checkpoints; here they would only make more log.
      ...(programs.major >= 18 ? ['--no-data-checksums'] : []),
    ],
    { identity, cwd: dataDir },
  );
  if (made.code !== 0) {
    throw new EngineFailure('cluster-failed', `initdb failed: ${complaint(made.stderr)}.`);
  }
}

const singleUserSettings = [
  ...['exit_on_error=on', 'fsync=off', 'full_page_writes=off', 'log_checkpoints=off', 'lc_messages=C'],
  ...['log_min_error_statement=panic', 'log_error_verbosity=terse', 'dynamic_shared_memory_type=mmap'],
];

async function runStatements(
  { programs, identity, dataDir }: ClusterOptions,
  database: string,
  statements: readonly string[],
): Promise<void> {
  const settings = singleUserSettings.flatMap((setting) => ['-c', setting]);
  const ran = await runCommand(
    programs.postgres,
    // `-j`: a statement ends with a semicolon and an empty line.
    ['--single', '-j', ...settings, '-D', dataDir, database],
    { identity, cwd: dataDir, input: statements.map((statement) => `${statement};\n\n`).join('') },
  );
  if (ran.code !== 0 || /\b(?:ERROR|FATAL|PANIC):/.test(ran.stderr)) {
    throw new EngineFailure(
      'cluster-failed',
      `A new cluster could not be prepared: ${complaint(ran.stderr)}.`,
    );
  }
  if (existsSync(join(dataDir, 'postmaster.pid'))) {
    throw new EngineFailure('cluster-failed', 'The preparation of a new cluster did not end.');
  }
}
