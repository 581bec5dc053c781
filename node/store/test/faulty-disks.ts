import type { SimDisk } from '../../sim/index.ts';
import type { Disk, DiskFile } from '../disk.ts';

/** The disk's operations as an object that can be spread and changed. */
export const delegate = (disk: SimDisk): Disk => ({
  open: (path, mode) => disk.open(path, mode),
  list: (folder) => disk.list(folder),
  makeFolder: (folder) => disk.makeFolder(folder),
  remove: (path) => disk.remove(path),
  rename: (from, to) => disk.rename(from, to),
  syncFolder: (folder) => disk.syncFolder(folder),
});

/** A disk that says "synced" and does nothing: whoever uses it acknowledges before the sync. */
export const withoutSync = (disk: SimDisk): Disk => ({
  ...delegate(disk),
  open: async (path, mode) => unsynced(await disk.open(path, mode)),
});

function unsynced(file: DiskFile): DiskFile {
  return {
    ...file,
    datasync: async () => undefined,
    blocking: () => {
      const blocking = file.blocking?.();
      return blocking && { ...blocking, datasync: () => undefined };
    },
  };
}
