/** Small files of the data directory: written whole or not at all. */
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from '../errors.ts';

/**
 * Temporary file, sync, rename, sync of the folder. A crash leaves the old file, or the new one, and perhaps a `.new`
 * beside it, which the next write replaces. `mode` holds from the first byte on.
 */
export async function writeWhole(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  await withFile(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode, async (file) => {
    await file.writeFile(content);
    await file.sync();
  });
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** The file's text, undefined when it is not there. @throws RangeError when it is longer than `bytesMax` */
export async function readBounded(path: string, bytesMax: number): Promise<string | undefined> {
  try {
    return await withFile(path, constants.O_RDONLY, 0, async (file) => {
      const buffer = Buffer.alloc(bytesMax + 1);
      let length = 0;
      while (length <= bytesMax) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
        if (bytesRead === 0) return buffer.toString('utf8', 0, length);
        length += bytesRead;
      }
      throw new RangeError(`${path} is longer than ${bytesMax} bytes`);
    });
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export async function syncFolder(folder: string): Promise<void> {
  await withFile(folder, constants.O_RDONLY, 0, (handle) => handle.sync());
}

async function withFile<Result>(
  path: string,
  flags: number,
  mode: number,
  use: (file: FileHandle) => Promise<Result>,
): Promise<Result> {
  const file = await open(path, flags, mode);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
