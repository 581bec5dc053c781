/**
 * The lock that keeps two processes from sharing a data directory.
 *
 * It must vanish with its holder, also after SIGKILL or a power cut, and its taking must not race. A pid file needs a guess
 * about who is alive (pids are reused, and mean nothing between containers that share a volume). A socket file outlives its
 * process, and looking, unlinking and binding again is a race; abstract sockets exist on Linux only and are private to
 * a network namespace. The kernel's own record lock has none of these faults, and SQLite, which is part of Node, takes one
 * portably: an exclusive transaction on the empty database `lock` that is never committed. The kernel drops it with the
 * process. Nothing is ever stored in the file, and nothing else may open it: closing a second handle of this process would release
 * the lock (POSIX). Like every record lock it binds the processes of one machine; a network file system must support it.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StartError, translateSystemError } from '../errors.ts';
import { readProcessFile } from './process-file.ts';

export interface DataDirLock {
  release(): void;
}

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const busy = 5;
const systemCodes: Readonly<Record<number, string>> = { 8: 'EROFS', 10: 'EIO', 13: 'ENOSPC', 14: 'EACCES' };

/** @throws StartError when another process, or this one, holds the lock */
export async function lockDataDir(dataDir: string): Promise<DataDirLock> {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(dataDir, 'lock'), { timeout: 0 });
    // No journal file beside it: there is never a change to take back. (OFF is refused in Node's defensive mode.)
    database.exec('PRAGMA journal_mode=MEMORY; PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    throw await describeFailure(error, dataDir);
  }
  const held = database;
  return { release: () => held.close() };
}

async function describeFailure(error: unknown, dataDir: string): Promise<unknown> {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;
  if (code === busy) {
    const holder = await readProcessFile(dataDir);
    const who = holder === undefined ? 'another process' : `process ${holder.pid} (${holder.endpoint})`;
    return new StartError(
      `the data directory ${dataDir} is in use by ${who}: stop it first, or choose another with --data-dir`,
      1,
      { cause: error },
    );
  }
  const systemCode = code === undefined ? undefined : systemCodes[code];
  if (systemCode === undefined) return error;
  const system = Object.assign(new Error(systemCode, { cause: error }), { code: systemCode });
  return translateSystemError(system, `the data directory ${dataDir} cannot be locked`);
}
