/**
 * Folders of an engine: whether the server's user can come to them, and where they are when it cannot. A data directory is only a
 * cache, so one below a closed folder moves to the system's temporary folder; the socket and the settings always stand in a folder
 * of their own there, because a socket's path is short.
 *
 * Permissions are judged by the classic bits; access lists are not looked at.
 */
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, realpathSync, rmSync, type Stats, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { EngineFailure } from './failure.ts';
import { type EngineIdentity, giveTo } from './identity.ts';
import { enginePort, socketPathBytesMax } from './limits.ts';

const execute = 1;
const read = 4;

function may(stats: Stats, identity: EngineIdentity, bits: number): boolean {
  const shift = stats.uid === identity.uid ? 6 : stats.gid === identity.gid ? 3 : 0;
  return ((stats.mode >> shift) & bits) === bits;
}

/** Whether the server's user can walk to this path and read it. Parts that do not exist yet are taken as made for it. */
export function reachable(path: string, identity: EngineIdentity): boolean {
  const real = realPath(path);
  for (let folder = dirname(real); ; folder = dirname(folder)) {
    const stats = statSync(folder, { throwIfNoEntry: false });
    if (stats !== undefined && !may(stats, identity, execute)) return false;
    if (folder === dirname(folder)) break;
  }
  const stats = statSync(real, { throwIfNoEntry: false });
  return stats === undefined || may(stats, identity, stats.isDirectory() ? read | execute : read);
}

/** Without links, also when the last parts do not exist. */
export function realPath(path: string): string {
  const whole = resolve(path);
  try {
    return realpathSync(whole);
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== 'ENOENT' || whole === dirname(whole)) throw fault;
    return join(realPath(dirname(whole)), basename(whole));
  }
}

function nameOf(path: string): string {
  return createHash('sha256').update(realPath(path)).digest('hex').slice(0, 12);
}

/** The folder itself if the server can come to it, else one in the temporary folder that always is the same for it. */
export function reachableFolder(wanted: string, identity: EngineIdentity): string {
  const parent = dirname(realPath(wanted));
  if (reachable(wanted, identity) || canBeGiven(wanted, parent, identity)) return wanted;
  return join(commonFolder(identity), `data-${nameOf(wanted)}`);
}

/** A folder that only lacks the right owner: it is ours to give. */
function canBeGiven(wanted: string, parent: string, identity: EngineIdentity): boolean {
  const stats = statSync(wanted, { throwIfNoEntry: false });
  return (
    stats !== undefined && stats.uid === process.getuid?.() && reachable(join(parent, '.none'), identity)
  );
}

/** Ours alone, but others walk through it. Others can make folders beside it, so it is looked at before it is used. */
function commonFolder(identity: EngineIdentity, root = tmpdir()): string {
  const folder = join(root, commonName());
  try {
    mkdirSync(folder, { mode: 0o711 });
    chmodSync(folder, 0o711);
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== 'EEXIST') throw fault;
  }
  const stats = lstatSync(folder);
  if (!stats.isDirectory() || stats.uid !== process.getuid?.() || (stats.mode & 0o022) !== 0) {
    throw new EngineFailure('unreachable', `${folder} is not a folder of this user alone; remove it.`);
  }
  if (!reachable(join(folder, '.none'), identity)) {
    throw new EngineFailure(
      'unreachable',
      `${folder} cannot be reached by PostgreSQL's user ${identity.uid}.`,
    );
  }
  return folder;
}

export interface RunFolders {
  /** The gateway writes settings here, the server reads them. */
  readonly settingsDir: string;
  /** 0700, the server's own. */
  readonly socketDir: string;
}

const commonName = () => `hypergate-rds-${process.getuid?.() ?? 0}`;

/** Where the temporary folder has too long a name for a socket, the system's oldest one serves. */
function runRoot(name: string): string {
  const socket = join(tmpdir(), commonName(), name, 's', `.s.PGSQL.${enginePort}`);
  return Buffer.byteLength(socket) <= socketPathBytesMax ? tmpdir() : '/tmp';
}

/** Of one data directory, always the same, made when absent. */
export function runFolders(dataDir: string, identity: EngineIdentity): RunFolders {
  const name = nameOf(dataDir);
  const folder = join(commonFolder(identity, runRoot(name)), name);
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  chmodSync(folder, 0o711);
  const settingsDir = join(folder, 'settings');
  mkdirSync(settingsDir, { recursive: true });
  chmodSync(settingsDir, 0o755);
  const socketDir = join(folder, 's');
  privateFolder(socketDir, identity);
  return { settingsDir, socketDir };
}

/** When the data directory is given up. */
export function removeRunFolders(dataDir: string): void {
  const name = nameOf(dataDir);
  rmSync(join(runRoot(name), commonName(), name), { recursive: true, force: true });
}

/** 0700 and the server's own. Its parent must be reachable. */
export function privateFolder(path: string, identity: EngineIdentity): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (!lstatSync(path).isDirectory()) throw new EngineFailure('unreachable', `${path} is no folder.`);
  giveTo(path, identity);
  chmodSync(path, 0o700);
  if (!reachable(path, identity)) {
    throw new EngineFailure('unreachable', `${path} cannot be reached by PostgreSQL's user ${identity.uid}.`);
  }
}
