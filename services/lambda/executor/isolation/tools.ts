/** Programs of the platform that build a function's surroundings. */
import { accessSync, constants } from 'node:fs';

const folders = ['/usr/bin', '/usr/sbin', '/bin', '/sbin'];

export interface Tools {
  readonly sh: string;
  readonly bash: string;
  readonly setpriv: string;
  readonly nsenter: string;
  readonly unshare: string;
  /** Of iproute2; without it the loopback interface of a network namespace stays down. */
  readonly ip: string | undefined;
}

export const toolsPath = folders.join(':');

/** @returns its path */
export function findTool(name: string): string | undefined {
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
  const missing = needed.filter((name) => !findTool(name));
  if (missing.length > 0) return missing;
  return {
    sh: findTool('sh')!,
    // It closes descriptors of more than one digit, as not every sh does.
    bash: findTool('bash') ?? findTool('sh')!,
    setpriv: findTool('setpriv')!,
    nsenter: findTool('nsenter')!,
    unshare: findTool('unshare')!,
    ip: findTool('ip'),
  };
}
