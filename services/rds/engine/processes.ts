/**
 * Processes of the server on a data directory, also when their postmaster is gone: each has the directory as its working folder and
 * a program called `postgres`. Linux tells both in /proc; elsewhere `ps` tells the command line of the postmaster and whose child
 * each is.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { realPath } from './folders.ts';

const deleted = ' (deleted)';

/** Of all processes on it, the postmaster first where it is known. */
export function serverProcesses(dataDir: string): readonly number[] {
  const folder = realPath(dataDir);
  const found = process.platform === 'linux' ? fromProc(folder) : fromPs(folder);
  const postmaster = readPostmasterFile(dataDir)?.pid;
  return found.sort((left, right) => Number(right === postmaster) - Number(left === postmaster));
}

function fromProc(folder: string): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => isServer(`/proc/${pid}`, folder)).map(Number);
}

function isServer(proc: string, folder: string): boolean {
  try {
    const cwd = readlinkSync(`${proc}/cwd`);
    if (cwd !== folder && cwd !== folder + deleted) return false;
    const program = basename(readlinkSync(`${proc}/exe`));
    return (program === 'postgres' || program === `postgres${deleted}`) && !isZombie(proc);
  } catch {
    // Gone meanwhile, or another user's.
    return false;
  }
}

function isZombie(proc: string): boolean {
  const stat = readFileSync(`${proc}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
}

function fromPs(folder: string): number[] {
  const said = spawnSync('ps', ['-axo', 'pid=,ppid=,stat=,command='], { encoding: 'utf8' });
  const all = said.stdout.split('\n').flatMap((line) => {
    const [, pid, parent, state, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (command === undefined || state!.startsWith('Z')) return [];
    return [{ pid: Number(pid), parent: Number(parent), command }];
  });
  const roots = all.filter(
    ({ command }) => /(?:^|\/)postgres\s/.test(command) && command.includes(` -D ${folder} `),
  );
  const pids = new Set(roots.map(({ pid }) => pid));
  for (const { pid, parent } of all) if (pids.has(parent)) pids.add(pid);
  return [...pids];
}

export interface PostmasterFile {
  readonly pid: number;
  /** Of the small System V segment that marks the directory as used. */
  readonly sharedMemoryId: number | undefined;
  /** `starting`, `stopping`, `ready` or `standby`. */
  readonly status: string | undefined;
}

/** `postmaster.pid`, which the server writes line by line. */
export function readPostmasterFile(dataDir: string): PostmasterFile | undefined {
  try {
    const lines = readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
    const pid = Math.abs(Number.parseInt(lines[0] ?? '', 10));
    if (!Number.isSafeInteger(pid) || pid < 2) return undefined;
    const id = /^\s*\d+\s+(\d+)\s*$/.exec(lines[6] ?? '')?.[1];
    return { pid, sharedMemoryId: id === undefined ? undefined : Number(id), status: lines[7]?.trim() };
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw fault;
  }
}
