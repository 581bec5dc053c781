/**
 * A tree on disk: folders first, then files, links last, so that nothing is ever written through a link. Synchronous, for a thread of
 * its own or for what is small. Modes are set when all is there, as a folder that nobody may write takes no files.
 */
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type FileNode, type FolderNode, walk } from './tree.ts';

const folderMode = 0o555;
const whileWriting = 0o700;
/** What file systems commonly give to whatever is not empty. */
const blockBytes = 4096;

/**
 * @param folder is made
 * @param write makes the file with its mode
 * @returns bytes on disk, about
 */
export async function writeTree<Content>(
  root: FolderNode<Content>,
  folder: string,
  write: (file: FileNode<Content>, path: string) => Promise<void> | void,
): Promise<number> {
  const nodes = [...walk(root)].map(({ path, node }) => ({ path: join(folder, path), node }));
  let diskBytes = blockBytes;
  mkdirSync(folder, { mode: whileWriting });
  for (const { path, node } of nodes) {
    diskBytes += node.kind === 'file' ? Math.ceil(node.size / blockBytes) * blockBytes : blockBytes;
    if (node.kind === 'folder') mkdirSync(path, { mode: whileWriting });
  }
  for (const { path, node } of nodes) if (node.kind === 'file') await write(node, path);
  for (const { path, node } of nodes) if (node.kind === 'link') symlinkSync(node.target, path);
  for (const { path, node } of nodes.reverse()) if (node.kind === 'folder') chmodSync(path, folderMode);
  chmodSync(folder, folderMode);
  return diskBytes;
}
