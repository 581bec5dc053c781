/** Random trees, the zip files of them, and what stands in a folder: to be compared. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { ZipPart } from './zip-writer.ts';

export type Plain =
  | { readonly kind: 'folder' }
  | { readonly kind: 'file'; readonly mode: number; readonly data: string }
  | { readonly kind: 'link'; readonly target: string };

/** By path. Folders in which something is are named too. */
export type PlainTree = ReadonlyMap<string, Plain>;

const name = fc.stringMatching(/^[a-zä😀ß._-]{1,6}$/u).filter((text) => text !== '.' && text !== '..');
const file = fc.record({
  kind: fc.constant('file' as const),
  mode: fc.constantFrom(0o644, 0o755, 0o600, 0o400, 0o777, 0o4755, 0o000),
  data: fc.oneof(fc.base64String({ maxLength: 200 }), fc.constant(''), fc.constant('a'.repeat(70_000))),
});
const link = fc.record({
  kind: fc.constant('link' as const),
  target: fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => `x${parts.join('/')}`),
});
const folder = fc.constant({ kind: 'folder' as const });
const placed = fc.tuple(fc.array(name, { minLength: 1, maxLength: 4 }), fc.oneof(file, file, link, folder));

/** Links point to what is not there, so that no random one leads in circles or stands in the way. */
export const anyTree: fc.Arbitrary<PlainTree> = fc
  .array(placed, { minLength: 1, maxLength: 25 })
  .map((nodes) => {
    const tree = new Map<string, Plain>();
    for (const [parts, node] of nodes) {
      const above = parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('/'));
      if (tree.has(parts.join('/')) || above.some((path) => (tree.get(path)?.kind ?? 'folder') !== 'folder'))
        continue;
      for (const path of above) tree.set(path, { kind: 'folder' });
      tree.set(parts.join('/'), node);
    }
    return tree;
  });

export const modeOf = (node: Plain): number =>
  node.kind === 'folder' ? 0o040755 : node.kind === 'link' ? 0o120777 : 0o100000 | node.mode;

/** Parts of a zip file, which knobs may change. */
export function partsOf(tree: PlainTree): readonly ZipPart[] {
  return [...tree].map(([path, node]) => ({
    name: node.kind === 'folder' ? `${path}/` : path,
    data: node.kind === 'file' ? node.data : node.kind === 'link' ? node.target : '',
    mode: modeOf(node),
  }));
}

/** What has to stand on disk: files that all can read and nobody can write. */
export function expected(tree: PlainTree): Record<string, string> {
  const lines = [...tree].map(([path, node]): [string, string] => {
    if (node.kind === 'folder') return [path, 'folder 555'];
    if (node.kind === 'link') return [path, `link ${node.target}`];
    return [path, `file ${(0o444 | (node.mode & 0o111)).toString(8)} ${node.data}`];
  });
  return Object.fromEntries(lines);
}

export function onDisk(folder: string, path = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(join(folder, path))) {
    const below = path === '' ? entry : `${path}/${entry}`;
    const stats = lstatSync(join(folder, below));
    const mode = (stats.mode & 0o7777).toString(8);
    if (stats.isDirectory()) Object.assign(found, { [below]: `folder ${mode}` }, onDisk(folder, below));
    else if (stats.isSymbolicLink()) found[below] = `link ${readlinkSync(join(folder, below))}`;
    else found[below] = `file ${mode} ${readFileSync(join(folder, below), 'utf8')}`;
  }
  return found;
}
