/**
 * The data directory of an instance: used as it is if the last end was clean and nothing was certified since, made anew from the
 * hypergraph otherwise. The marker that says so is gone before a server starts.
 */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { majorOf } from '../engine/control-file.ts';
import { reachableFolder } from '../engine/folders.ts';
import type { EngineIdentity } from '../engine/identity.ts';
import { type BootMarker, markerPath, readMarker, removeMarker, setAside } from '../engine/marker.ts';
import { removeOrphans } from '../engine/orphans.ts';
import type { WalLog } from '../wal/wal-log.ts';
import type { InstanceId } from './api.ts';

export function dataDirectory(cacheDir: string, instance: InstanceId, identity: EngineIdentity): string {
  return reachableFolder(join(cacheDir, instance, 'data'), identity);
}

/**
 * Ends what still works on it, and sets it aside unless a server may go on from where it stands.
 * @returns whether it may
 */
export async function openDirectory(dataDir: string, major: number, log: WalLog): Promise<boolean> {
  await mkdir(dirname(dataDir), { recursive: true, mode: 0o711 });
  const orphans = await removeOrphans(dataDir);
  const path = markerPath(dataDir);
  const marker = await readMarker(path);
  await removeMarker(path);
  if (orphans === 0 && marker !== undefined && isCurrent(marker, log) && majorOf(dataDir) === major)
    return true;
  await setAside(dataDir);
  return false;
}

function isCurrent({ timeline, lsn }: BootMarker, log: WalLog): boolean {
  return log.timeline !== 0 && timeline === log.timeline && lsn === log.certified;
}
