/** Programs of the platform that build a function's surroundings. */
import { accessSync, constants } from 'node:fs';

const folders = ['/usr/bin', '/usr/sbin', '/bin', '/sbin'];

export interface Tools {
  readonly sh: string;
  readonly setpriv: string;
  readonly nsenter: string;
  readonly unshare: string;
  /** Of iproute2; without it the loopback interface of a network namespace stays down. */
  readonly ip: string | undefined;
}

export const toolsPath = folders.join(':');

function find(name: string): string | undefined {
  for (const folder of folders) {
    try {
      accessSync(`${folder}/${name}`, constants.X_OK);
      return `${folder}/${name}`;
    } catch {
      // Elsewhere, or nowhere.
    }
  }
  return undefined;
}

/** @returns the names of those that are missing, where one of the needed ones is */
export function findTools(): Tools | readonly string[] {
  const needed = ['sh', 'setpriv', 'nsenter', 'unshare', 'mount', 'chroot', 'cat', 'ldd'] as const;
  const missing = needed.filter((name) => !find(name));
  if (missing.length > 0) return missing;
  return {
    sh: find('sh')!,
    setpriv: find('setpriv')!,
    nsenter: find('nsenter')!,
    unshare: find('unshare')!,
    ip: find('ip'),
  };
}
