/**
 * Keeps this process, all its threads, on one core while something is measured. "Per core" is then what it says: collectors of garbage
 * in other threads neither help nor get in the way. By `taskset` of util-linux; where there is none, the process stays where it is.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export async function onOneCore<Result>(work: () => Promise<Result>): Promise<Result> {
  const cores = allowedCores();
  const core = /\d+$/.exec(cores ?? '')?.[0];
  if (cores === undefined || core === undefined || !keepOn(core)) return work();
  try {
    return await work();
  } finally {
    keepOn(cores);
  }
}

export function canKeepOnOneCore(): boolean {
  const cores = allowedCores();
  return cores !== undefined && keepOn(cores);
}

/** As `taskset` takes them: `0-3,6`. */
function allowedCores(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const status = readFileSync('/proc/self/status', 'latin1');
  return /^Cpus_allowed_list:\s+(\S+)$/m.exec(status)?.[1];
}

function keepOn(cores: string): boolean {
  const args = ['--all-tasks', '--cpu-list', '--pid', cores, String(process.pid)];
  return spawnSync('taskset', args, { stdio: 'ignore' }).status === 0;
}
