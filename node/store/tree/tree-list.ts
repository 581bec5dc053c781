/**
 * The list of trees: a B+ tree of pages, copied on write, so that a commit writes the pages of the trees that changed and those
 * above them. Names are compared as bytes.
 */
import { NodeError } from '../../api/index.ts';
import {
  decodeTree,
  type PieceReader,
  type PieceRef,
  type Pieces,
  readRef,
  refBytes,
  type Subtree,
  writeRef,
} from '../../hypergraph/tree/index.ts';
import { decodeListPage, encodeListPage, itemBytes, type ListItem, type ListPage } from './format/v1.ts';
import { treeStoreLimits } from './limits.ts';

const { listPageBytesMax, listPageBytesMin } = treeStoreLimits;

export interface ListChange {
  readonly name: Buffer;
  /** Encoded tree; undefined removes it. */
  readonly value: Buffer | undefined;
}

async function readPages(refs: readonly PieceRef[], pieces: PieceReader): Promise<ListPage[]> {
  return (await pieces.read(refs)).map(decodeListPage);
}

const childOf = (item: ListItem): PieceRef => readRef(item.value, 0);

/** Index of the last item whose name is not above the one given; at least 0. */
function childFor(items: readonly ListItem[], name: Buffer): number {
  let low = 0;
  let high = items.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (Buffer.compare(items[middle]!.name, name) <= 0) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** @param names rising @returns the trees in the same order @throws NodeError `corrupt` */
export async function findTrees(
  root: PieceRef | undefined,
  names: readonly Buffer[],
  pieces: PieceReader,
): Promise<(Subtree | undefined)[]> {
  const found: (Subtree | undefined)[] = names.map(() => undefined);
  let level = root === undefined || names.length === 0 ? [] : [{ ref: root, from: 0, to: names.length }];
  while (level.length > 0) {
    const pages = await readPages(
      level.map(({ ref }) => ref),
      pieces,
    );
    const below: typeof level = [];
    for (const [index, { from, to }] of level.entries()) {
      const { items, level: height } = pages[index]!;
      for (let at = from; at < to; ) {
        const item = items[childFor(items, names[at]!)];
        if (item === undefined) throw new NodeError('corrupt', 'tree store: a page without items');
        if (height === 0) {
          if (item.name.equals(names[at]!)) found[at] = decodeTree(item.value);
          at += 1;
          continue;
        }
        let behind = at + 1;
        while (behind < to && items[childFor(items, names[behind]!)] === item) behind += 1;
        below.push({ ref: childOf(item), from: at, to: behind });
        at = behind;
      }
    }
    level = below;
  }
  return found;
}

/** All items by rising name. */
export async function* listTrees(root: PieceRef | undefined, pieces: PieceReader): AsyncGenerator<ListItem> {
  if (root === undefined) return;
  const [page] = await readPages([root], pieces);
  if (page!.level === 0) yield* page!.items;
  else for (const item of page!.items) yield* listTrees(childOf(item), pieces);
}

/** Every page of the list. */
export async function* listPages(root: PieceRef | undefined, pieces: PieceReader): AsyncGenerator<PieceRef> {
  if (root === undefined) return;
  yield root;
  const [page] = await readPages([root], pieces);
  if (page!.level > 0) for (const item of page!.items) yield* listPages(childOf(item), pieces);
}

/** The list after the changes. @param changes by rising name, each once */
export async function changeList(
  root: PieceRef | undefined,
  changes: readonly ListChange[],
  pieces: Pieces,
): Promise<PieceRef | undefined> {
  if (changes.length === 0) return root;
  const editor = new ListEditor(pieces);
  let page = root === undefined ? editor.fresh(changes) : await editor.changed(root, changes);
  while (page.items.length > 0) {
    if (page.level > 0 && page.items.length === 1) return childOf(page.items[0]!);
    const pages = editor.cut(page);
    if (pages.length === 1) return childOf(pages[0]!);
    page = { level: page.level + 1, items: pages };
  }
  return undefined;
}

class ListEditor {
  readonly #pieces: Pieces;

  constructor(pieces: Pieces) {
    this.#pieces = pieces;
  }

  fresh(changes: readonly ListChange[]): ListPage {
    return { level: 0, items: merged([], changes) };
  }

  /** The items of a page after the changes, of any number; the page itself is freed. */
  async changed(ref: PieceRef, changes: readonly ListChange[]): Promise<ListPage> {
    const page = await this.#taken(ref);
    if (page.level === 0) return { level: 0, items: merged(page.items, changes) };
    const parts: (ListItem | ListPage)[] = [];
    let at = 0;
    for (const [index, item] of page.items.entries()) {
      const next = page.items[index + 1];
      const from = at;
      while (
        at < changes.length &&
        (next === undefined || Buffer.compare(changes[at]!.name, next.name) < 0)
      ) {
        at += 1;
      }
      parts.push(at === from ? item : await this.changed(childOf(item), changes.slice(from, at)));
    }
    return { level: page.level, items: await this.#repaged(parts, page.level - 1) };
  }

  async #taken(ref: PieceRef): Promise<ListPage> {
    const [page] = await readPages([ref], this.#pieces);
    this.#pieces.free(ref);
    return page!;
  }

  /** Pages of the children: those untouched as they are, the others cut anew, small ones together with a neighbour. */
  async #repaged(parts: readonly (ListItem | ListPage)[], level: number): Promise<ListItem[]> {
    const pages: ListItem[] = [];
    let open: ListItem[] = [];
    const isSmall = (): boolean => sizeOf(level, open) < listPageBytesMin;
    for (const part of parts) {
      if ('items' in part) {
        for (const item of part.items) open.push(item);
      } else if (open.length > 0 && isSmall()) {
        open.push(...(await this.#taken(childOf(part))).items);
      } else {
        if (open.length > 0) pages.push(...this.cut({ level, items: open }));
        open = [];
        pages.push(part);
      }
    }
    const last = pages.at(-1);
    if (open.length > 0 && isSmall() && last !== undefined) {
      pages.pop();
      open = [...(await this.#taken(childOf(last))).items, ...open];
    }
    if (open.length > 0) pages.push(...this.cut({ level, items: open }));
    return pages;
  }

  /** Writes items as pages of about the same size. @returns an item for each */
  cut({ level, items }: ListPage): ListItem[] {
    const total = sizeOf(level, items);
    const wanted = Math.ceil(total / Math.ceil(total / listPageBytesMax));
    const pages: ListItem[] = [];
    let from = 0;
    let size = 0;
    for (const [index, item] of items.entries()) {
      const bytes = itemBytes(level, item);
      if (index > from && size + bytes > wanted) {
        pages.push(this.#write({ level, items: items.slice(from, index) }));
        from = index;
        size = 0;
      }
      size += bytes;
    }
    pages.push(this.#write({ level, items: items.slice(from) }));
    return pages;
  }

  #write(page: ListPage): ListItem {
    const value = Buffer.alloc(refBytes);
    writeRef(value, this.#pieces.write(encodeListPage(page)), 0);
    return { name: page.items[0]!.name, value };
  }
}

const sizeOf = (level: number, items: readonly ListItem[]): number =>
  items.reduce((sum, item) => sum + itemBytes(level, item), 0);

function merged(items: readonly ListItem[], changes: readonly ListChange[]): ListItem[] {
  const result: ListItem[] = [];
  let at = 0;
  for (const { name, value } of changes) {
    let order = -1;
    while (at < items.length && (order = Buffer.compare(items[at]!.name, name)) < 0) {
      result.push(items[at]!);
      at += 1;
    }
    if (at < items.length && order === 0) at += 1;
    if (value !== undefined) result.push({ name, value });
  }
  for (; at < items.length; at += 1) result.push(items[at]!);
  return result;
}
