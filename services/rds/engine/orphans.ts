/**
 * A gateway that was killed may leave a server behind. Its directory is worthless by then (an unclean end always wipes it), so there
 * is nothing to be gentle about: every process on the directory is killed, found by what it is and not by a number in a file alone,
 * and the System V segment that a killed postmaster leaves is removed, of which a system has few thousand.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { EngineFailure } from './failure.ts';
import { killMsMax, pollMs } from './limits.ts';
import { readPostmasterFile, serverProcesses } from './processes.ts';

/**
 * Idempotent. When it returns, no process of a server works on the directory.
 * @returns how many were killed
 * @throws EngineFailure not-ended
 */
export async function removeOrphans(dataDir: string): Promise<number> {
  const segment = readPostmasterFile(dataDir)?.sharedMemoryId;
  const killed = new Set<number>();
  const until = performance.now() + killMsMax;
  for (;;) {
    const pids = serverProcesses(dataDir);
    if (pids.length === 0) break;
    for (const pid of pids) {
      killed.add(pid);
      kill(pid);
    }
    if (performance.now() > until) {
      throw new EngineFailure('not-ended', `The processes ${pids.join(', ')} of PostgreSQL cannot be ended.`);
    }
    await delay(pollMs);
  }
  if (segment !== undefined) removeSegment(segment);
  return killed.size;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== 'ESRCH') throw fault;
  }
}

/** Only one that nobody uses: its number may be another's by now. */
function removeSegment(id: number): void {
  const table = '/proc/sysvipc/shm';
  if (!existsSync(table)) return;
  const [head, ...rows] = readFileSync(table, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const column = (name: string) => head!.indexOf(name);
  const row = rows.find((cells) => cells[column('shmid')] === String(id));
  if (row === undefined || row[column('nattch')] !== '0') return;
  // PostgreSQL's segment is a few dozen bytes; anything larger is somebody else's.
  if (Number(row[column('size')]) > 4096) return;
  spawnSync('ipcrm', ['-m', String(id)]);
}
