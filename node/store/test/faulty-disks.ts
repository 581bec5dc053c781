import type { SimDisk } from '../../sim/index.ts';
import type { Disk } from '../disk.ts';

/** A disk that says "synced" and does nothing: whoever uses it acknowledges before the sync. */
export function withoutSync(disk: SimDisk): Disk {
  return {
    open: async (path, mode) => ({ ...(await disk.open(path, mode)), datasync: async () => undefined }),
    list: (folder) => disk.list(folder),
    makeFolder: (folder) => disk.makeFolder(folder),
    remove: (path) => disk.remove(path),
    rename: (from, to) => disk.rename(from, to),
    syncFolder: (folder) => disk.syncFolder(folder),
  };
}
