/**
 * Layers in one folder, as functions see them in `/opt`: they are unpacked in their order there, and what a later one brings replaces what
 * stands at its place. Files are linked, not copied; they are not to be written by anybody.
 */
import { chmodSync, copyFileSync, linkSync, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { checkLinks, type FolderNode, newFolder } from './tree.ts';
import { writeTree } from './write-tree.ts';

/** Content: the path of the file in a layer's folder. */
type Layer = FolderNode<string>;

/** The file system does not link so: too many links, another disk, or no links at all. */
const cannotLink = new Set(['EMLINK', 'EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/**
 * @param layers folders, first ones first
 * @param folder is made
 * @returns bytes on disk, as if nothing were shared
 * @throws ZipRefused when a link leads out of the folder that way
 */
export async function merge(layers: readonly string[], folder: string): Promise<number> {
  const root: Layer = newFolder();
  for (const layer of layers) lay(root, layer);
  checkLinks(root);
  return writeTree(root, folder, (file, path) => {
    try {
      linkSync(file.content, path);
    } catch (error) {
      if (!cannotLink.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      copyFileSync(file.content, path);
      chmodSync(path, file.mode);
    }
  });
}

function lay(target: Layer, folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      const there = target.children.get(entry.name);
      const below: Layer = there?.kind === 'folder' ? there : newFolder();
      target.children.set(entry.name, below);
      lay(below, path);
    } else if (entry.isSymbolicLink())
      target.children.set(entry.name, { kind: 'link', target: readlinkSync(path) });
    else {
      const { mode, size } = lstatSync(path);
      target.children.set(entry.name, { kind: 'file', mode: mode & 0o777, size, content: path });
    }
  }
}
