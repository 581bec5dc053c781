/** What the parts of the data directory take on the disk. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EmbeddedNode } from '@hypergate/node/embedded';
import type { NodeDisk } from '@hypergate/node/store';
import type { StorageUsage } from '@hypergate/openapi/admin';
import { systemCode } from '../errors.ts';

export type { StorageUsage } from '@hypergate/openapi/admin';

/** Unit of `stat`'s blocks, whatever the file system's own. */
const blockBytes = 512;

export async function measureStorage(
  dataDir: string,
  disk: NodeDisk,
  node: EmbeddedNode,
): Promise<StorageUsage> {
  const { bytes, liveBytes } = node.status().chunks;
  return {
    chunkBytes: await folderBytes(join(dataDir, 'chunks')),
    garbageBytes: bytes - liveBytes,
    logBytes: await folderBytes(join(dataDir, 'log')),
    stateBytes: await folderBytes(join(dataDir, 'state')),
    indexBytes: await folderBytes(join(dataDir, 'index')),
    freeBytes: await disk.freeBytes(),
  };
}

/** As du(1) counts; files that vanish meanwhile count nothing. */
async function folderBytes(folder: string): Promise<number> {
  let sum = 0;
  for (const name of await readdir(folder)) {
    try {
      sum += (await stat(join(folder, name))).blocks * blockBytes;
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
  }
  return sum;
}
