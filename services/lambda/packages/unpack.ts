/** Looks at zip files and unpacks them. Runs in a thread, or where it was called when that is quick. */
import { createHash } from 'node:crypto';
import { closeSync, fchmodSync, openSync, writeSync } from 'node:fs';
import { walk } from './tree.ts';
import { writeTree } from './write-tree.ts';
import { type PackedFile, readFile } from './zip-contents.ts';
import type { ZipPackage } from './zip-reader.ts';

export interface Examined {
  /** Of the zip file, base64. */
  readonly sha256: string;
  readonly unpackedSize: number;
}

/** Reads every file of it. @throws ZipRefused */
export async function examine(zip: Buffer, { root, unpackedSize }: ZipPackage): Promise<Examined> {
  for (const { node } of walk(root))
    if (node.kind === 'file') await readFile(zip, node.content, () => undefined);
  return { sha256: sha256Of(zip), unpackedSize };
}

export const sha256Of = (zip: Uint8Array): string => createHash('sha256').update(zip).digest('base64');

/** @param folder is made @returns bytes on disk */
export function unpack(zip: Buffer, { root }: ZipPackage, folder: string): Promise<number> {
  return writeTree<PackedFile>(root, folder, async (file, path) => {
    const handle = openSync(path, 'wx', 0o600);
    try {
      await readFile(zip, file.content, (piece) => writeAll(handle, piece));
      fchmodSync(handle, file.mode);
    } finally {
      closeSync(handle);
    }
  });
}

function writeAll(handle: number, piece: Uint8Array): void {
  for (let at = 0; at < piece.length; ) at += writeSync(handle, piece, at);
}
