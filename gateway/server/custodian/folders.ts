/**
 * Folders of custodians below `<data directory>/custodians`, and what is done with them when one is replaced:
 *
 *   2/               the custodian's
 *   2.new-1/         of the one that comes in its place in epoch 1, until the committee document says so
 *   2.replaced-1/    of the one before: the operator erases it
 *
 * The document decides. From the moment that it names the new one, whoever holds the data directory moves the folders: this can be broken
 * off anywhere and done again. As long as there is a `2.new-1`, what stands at `2` is of the one before.
 */
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../boot/files.ts';
import { StartError, systemCode } from '../errors.ts';
import type { CommitteeDocument } from './committee-document.ts';
import { processLimits } from './limits.ts';

export type FolderStep = 'moved the old folder away' | 'moved the new folder in';

export function comingFolder(folder: string, index: number, epoch: number): string {
  return join(folder, `${index}.new-${epoch}`);
}

/**
 * Moves folders to where the document says that they are.
 *
 * @param after for tests: told of every step
 * @returns where the folder of the one that was replaced last is now; undefined when nothing was moved, or it was lost
 */
export async function settleFolders(
  folder: string,
  { committee, succession }: CommitteeDocument,
  after: (step: FolderStep) => void = () => undefined,
): Promise<string | undefined> {
  const index = succession.handovers.at(-1)?.member.index;
  if (index === undefined) return undefined;
  const coming = comingFolder(folder, index, committee.epoch);
  if (!(await exists(coming))) return undefined;
  const own = join(folder, String(index));
  let moved: string | undefined;
  if (await exists(own)) {
    moved = await freeName(`${own}.replaced-${committee.epoch}`);
    await rename(own, moved);
    await syncFolder(folder);
    after('moved the old folder away');
  }
  await rename(coming, own);
  await syncFolder(folder);
  after('moved the new folder in');
  return moved;
}

/** Removes what earlier tries left that are not taken up: keystores that no document ever named. @param kept the one that is */
export async function removeAbandoned(folder: string, kept: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    if (/^\d+\.new-\d+$/.test(name) && path !== kept) await rm(path, { recursive: true, force: true });
  }
}

/** Somebody may have put the old folder back, and a crash have kept us from going on. */
async function freeName(path: string): Promise<string> {
  for (let at = 1; at <= processLimits.replacedFoldersMax; at += 1) {
    const name = at === 1 ? path : `${path}.${at}`;
    if (!(await exists(name))) return name;
  }
  throw new StartError(`there are too many folders like ${path}: erase them`);
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}
