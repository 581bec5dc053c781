/**
 * A reader of zip files (PKWARE APPNOTE.TXT 6.3.10) for packages of functions: everything that it says is compared before a byte is
 * unpacked. Strict where readers could disagree about a file, as who checked it and who runs it must see the same.
 */
import { packageLimits } from './limits.ts';
import { checkLinks, type FolderNode, fileMode, newFolder, Tree, type TreeNode } from './tree.ts';
import { type PackedFile, readWholeFile } from './zip-contents.ts';
import { type CentralEntry, readDirectory } from './zip-directory.ts';
import { locate } from './zip-local.ts';
import { pathParts } from './zip-names.ts';
import { ZipRefused } from './zip-refused.ts';

export interface ZipPackage {
  readonly root: FolderNode<PackedFile>;
  /** Entries of the zip file. */
  readonly entries: number;
  /** What its files say that comes out of them, together. */
  readonly unpackedSize: number;
}

const fileTypes = { mask: 0o170000, none: 0, regular: 0o100000, folder: 0o040000, link: 0o120000 };
const modeOfOthers = 0o644;

/**
 * @param unpackedMax what comes out must be smaller
 * @throws ZipRefused
 */
export function readZip(zip: Buffer, unpackedMax: number): ZipPackage {
  const directory = readDirectory(zip);
  const { entries } = directory;
  if (entries.length === 0) throw new ZipRefused('empty', 'there is no entry');
  const unpackedSize = entries.reduce((sum, { size }) => sum + size, 0);
  if (unpackedSize >= unpackedMax) throw new ZipRefused('too-large', `${unpackedSize} bytes come out of it`);
  const data = locate(zip, directory);
  const tree = new Tree<PackedFile>();
  for (const [index, entry] of entries.entries()) {
    const parts = pathParts(entry.name);
    const node = nodeOf(zip, entry, data[index]!);
    if (parts.length > 0) tree.place(parts, node);
    // `./` is the folder itself.
    else if (node.kind !== 'folder') throw new ZipRefused('hostile', 'a file has no name');
  }
  checkLinks(tree.root);
  return { root: tree.root, entries: entries.length, unpackedSize };
}

function nodeOf(zip: Buffer, entry: CentralEntry, data: number): TreeNode<PackedFile> {
  const { compressedSize, size, crc, method, name, mode } = entry;
  const packed: PackedFile = { data, compressedSize, size, crc, method };
  const type = (mode ?? 0) & fileTypes.mask;
  const isFolder =
    name.endsWith('/') || type === fileTypes.folder || (mode === undefined && entry.isDosDirectory);
  if (isFolder) {
    // Archivers give folders the type of files, or all bits.
    if (type === fileTypes.link) throw new ZipRefused('hostile', 'a folder has the mode of a link');
    if (size !== 0) throw new ZipRefused('damaged', 'a folder has contents');
    readWholeFile(zip, packed);
    return newFolder();
  }
  if (type === fileTypes.link) return { kind: 'link', target: linkTarget(zip, packed) };
  if (type !== fileTypes.none && type !== fileTypes.regular)
    throw new ZipRefused('hostile', 'an entry is neither file, folder nor link');
  return { kind: 'file', mode: fileMode(mode ?? modeOfOthers), size, content: packed };
}

function linkTarget(zip: Buffer, packed: PackedFile): string {
  if (packed.size === 0 || packed.size > packageLimits.linkBytesMax)
    throw new ZipRefused('hostile', 'a link has no target, or too long a one');
  const bytes = Buffer.from(readWholeFile(zip, packed));
  const target = bytes.toString('utf8');
  if (target.includes('\0') || !Buffer.from(target).equals(bytes))
    throw new ZipRefused('hostile', 'a link has a target that is no path');
  return target;
}
