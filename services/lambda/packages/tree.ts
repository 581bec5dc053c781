/**
 * What a package or several layers unpack to, before anything is written: folders, files and links by their names. Links are followed
 * here as the kernel would follow them (path_resolution(7)), so that none leads out of the folder, also not by way of others.
 */
import { packageLimits } from './limits.ts';
import { ZipRefused } from './zip-refused.ts';

export interface FolderNode<Content> {
  readonly kind: 'folder';
  readonly children: Map<string, TreeNode<Content>>;
}

export interface FileNode<Content> {
  readonly kind: 'file';
  readonly mode: number;
  readonly size: number;
  readonly content: Content;
}

export interface LinkNode {
  readonly kind: 'link';
  readonly target: string;
}

export type TreeNode<Content> = FolderNode<Content> | FileNode<Content> | LinkNode;

export const newFolder = <Content>(): FolderNode<Content> => ({ kind: 'folder', children: new Map() });

/** Files can be read by all and written by nobody; who may execute them stays as it was. */
export const fileMode = (mode: number): number => 0o444 | (mode & 0o111);

export class Tree<Content> {
  readonly root: FolderNode<Content> = newFolder();
  #entries = 0;

  /** @throws ZipRefused when something else stands there or on the way; a folder may be named twice */
  place(parts: readonly string[], node: TreeNode<Content>): void {
    let folder = this.root;
    for (const [index, part] of parts.entries()) {
      const isLast = index === parts.length - 1;
      const there = folder.children.get(part);
      if (there === undefined) {
        const added = isLast ? node : newFolder<Content>();
        this.#count();
        folder.children.set(part, added);
        if (added.kind === 'folder') folder = added;
      } else if (there.kind === 'folder' && (!isLast || node.kind === 'folder')) folder = there;
      else throw new ZipRefused('hostile', 'two entries stand at one place');
    }
  }

  #count(): void {
    if (++this.#entries > packageLimits.entriesMax)
      throw new ZipRefused('hostile', `there are more than ${packageLimits.entriesMax} files and folders`);
  }
}

/** @throws ZipRefused when a link leads out of the folder, or in circles */
export function checkLinks<Content>(root: FolderNode<Content>): void {
  const budget = { steps: packageLimits.linkStepsMax };
  const visit = (
    way: readonly (FolderNode<Content> | undefined)[],
    folder: FolderNode<Content>,
    path: string,
  ): void => {
    for (const [name, node] of folder.children)
      if (node.kind === 'folder') visit([...way, node], node, `${path}${name}/`);
      else if (node.kind === 'link') follow([...way], node.target, budget, `${path}${name}`);
  };
  visit([root], root, '');
}

/** @param way folders from the root to where the link stands; undefined: what is no folder, and nothing can be below it */
function follow<Content>(
  way: (FolderNode<Content> | undefined)[],
  target: string,
  budget: { steps: number },
  name: string,
): void {
  /** Parts that are still to go, last first. */
  const ahead: string[] = [];
  const take = (text: string) => {
    if (text.startsWith('/')) throw new ZipRefused('hostile', `the link ${name} is absolute`);
    const parts = text.split('/').reverse();
    budget.steps -= parts.length;
    if (budget.steps < 0) throw new ZipRefused('hostile', 'its links lead too far');
    ahead.push(...parts);
  };
  take(target);
  let hops = 0;
  for (let part = ahead.pop(); part !== undefined; part = ahead.pop()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (way.length === 1) throw new ZipRefused('hostile', `the link ${name} leads out of the package`);
      way.pop();
      continue;
    }
    const node = way.at(-1)?.children.get(part);
    if (node?.kind === 'link') {
      if (++hops > packageLimits.linkHopsMax) throw new ZipRefused('hostile', 'links lead in circles');
      take(node.target);
    } else way.push(node?.kind === 'folder' ? node : undefined);
  }
}

/** All that stands in a folder, each folder before what is in it. @param path with `/` between names */
export function* walk<Content>(
  folder: FolderNode<Content>,
  path = '',
): Generator<{ path: string; node: TreeNode<Content> }> {
  for (const [name, node] of folder.children) {
    const below = path === '' ? name : `${path}/${name}`;
    yield { path: below, node };
    if (node.kind === 'folder') yield* walk(node, below);
  }
}
