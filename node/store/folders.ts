import type { Disk } from './disk.ts';

/** The folder exists, durably, with every folder above it. */
export async function makeDurableFolder(folder: string, disk: Disk): Promise<void> {
  await disk.makeFolder(folder);
  const parts = folder.split('/');
  for (let depth = parts.length - 1; depth >= 0; depth -= 1) {
    await disk.syncFolder(parts.slice(0, depth).join('/'));
  }
}
