/**
 * The user that PostgreSQL runs as. The server refuses to run as root, so a gateway of root starts it as `postgres`, or as `nobody`
 * where there is no such user; any other gateway starts it as itself. A user without an entry in the system's list of users is
 * refused by PostgreSQL, so it is refused here with a sentence.
 */
import { spawnSync } from 'node:child_process';
import { chownSync, lchownSync, lstatSync, readdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { EngineFailure } from './failure.ts';

export interface EngineIdentity {
  readonly uid: number;
  readonly gid: number;
  /** Name of the gateway's own user, which `peer` authentication sees. */
  readonly gatewayUser: string;
  /** Options of `spawn`; empty unless the gateway is root. Other groups of the gateway are given up with the switch. */
  readonly spawn: { readonly uid?: number; readonly gid?: number };
}

let known: EngineIdentity | undefined;

/** @throws EngineFailure no-user */
export function engineIdentity(): EngineIdentity {
  known ??= findIdentity();
  return known;
}

function findIdentity(): EngineIdentity {
  const self = ownUser();
  if (self.uid !== 0) return { uid: self.uid, gid: self.gid, gatewayUser: self.username, spawn: {} };
  for (const name of ['postgres', 'nobody']) {
    const uid = idOf(name, '-u');
    const gid = idOf(name, '-g');
    if (uid === undefined || gid === undefined || uid === 0) continue;
    return { uid, gid, gatewayUser: self.username, spawn: { uid, gid } };
  }
  throw new EngineFailure(
    'no-user',
    'PostgreSQL needs the user postgres or nobody when the gateway is root.',
  );
}

/** For another user than the one that is chosen; needs root unless it is the gateway's own. */
export function identityOf(uid: number, gid: number): EngineIdentity {
  const self = ownUser();
  return { uid, gid, gatewayUser: self.username, spawn: self.uid === 0 ? { uid, gid } : {} };
}

function ownUser(): { uid: number; gid: number; username: string } {
  try {
    return userInfo();
  } catch (cause) {
    const text = `The user ${process.getuid?.()} has no name on this system, which PostgreSQL needs.`;
    throw new EngineFailure('no-user', text, { cause });
  }
}

function idOf(name: string, what: '-u' | '-g'): number | undefined {
  const said = spawnSync('id', [what, name], { encoding: 'utf8' });
  return said.status === 0 && /^\d+\s*$/.test(said.stdout) ? Number(said.stdout) : undefined;
}

/** Gives a file or folder to the server's user. Does not follow a link. */
export function giveTo(path: string, identity: EngineIdentity): void {
  if (identity.spawn.uid !== undefined) lchownSync(path, identity.uid, identity.gid);
}

/** The same for everything below a folder. */
export function giveAllTo(folder: string, identity: EngineIdentity): void {
  if (identity.spawn.uid === undefined) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) giveAllTo(path, identity);
    else giveTo(path, identity);
  }
  if (lstatSync(folder).isDirectory()) chownSync(folder, identity.uid, identity.gid);
}
