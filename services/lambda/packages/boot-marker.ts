/**
 * Whether what stands in a folder was written since the machine started. Nothing is synced there, so after a power failure files
 * could have their names and not their bytes.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const bootId = '/proc/sys/kernel/random/boot_id';
export const markerName = 'boot';

export async function isOfThisBoot(folder: string): Promise<boolean> {
  const [here, there] = await Promise.all([readOrNothing(bootId), readOrNothing(join(folder, markerName))]);
  return here !== undefined && here === there;
}

export async function markBoot(folder: string): Promise<void> {
  const here = await readOrNothing(bootId);
  if (here !== undefined) await writeFile(join(folder, markerName), here, { mode: 0o600 });
}

/** Where it cannot be told, nothing counts as of this boot. */
async function readOrNothing(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
