/**
 * The tree of refs by which a record names its segments: a B+-tree by ids, of which a change rewrites one page a level. Pages
 * are never changed in place: a new one takes the place of one that is dropped. It follows the order of what is done alone,
 * and nothing here waits for anything but reading pages.
 */
import type { SegmentRef, SegmentRoot } from '../model/key-row.ts';
import { storeLimits } from './limits.ts';

const { pageRefsMax, pageRefsMin } = storeLimits;
/** Refs of each page when one is divided: some room is left. */
const pageRefsGoal = pageRefsMax * 0.75;

/** Segments by id; undefined for one that is gone. */
export type SegmentChanges = ReadonlyMap<number, SegmentRef | undefined>;

/** Where pages are read from and written to. */
export interface PageStore {
  read(level: number, ref: SegmentRef): Promise<readonly SegmentRef[]>;
  write(level: number, refs: readonly SegmentRef[]): SegmentRef;
  drop(level: number, ref: SegmentRef): void;
}

export async function updateTree(
  { depth, refs }: SegmentRoot,
  changes: SegmentChanges,
  store: PageStore,
): Promise<SegmentRoot> {
  if (changes.size === 0) return { depth, refs };
  const sorted = [...changes].map(([id, ref]) => ({ id, ref })).sort((a, b) => a.id - b.id);
  return wrap({ depth, refs: await updateRefs(depth, refs, sorted, store) }, store);
}

interface Change {
  readonly id: number;
  readonly ref: SegmentRef | undefined;
}

/** @param level of the rows that the refs are of */
async function updateRefs(
  level: number,
  refs: readonly SegmentRef[],
  changes: readonly Change[],
  store: PageStore,
): Promise<readonly SegmentRef[]> {
  if (level === 0 || refs.length === 0) return merge(refs, changes);
  /** Pages as they will be: those that change are opened. */
  const pages: (SegmentRef | readonly SegmentRef[])[] = [];
  let at = 0;
  for (const [index, ref] of refs.entries()) {
    const end = index + 1 < refs.length ? refs[index + 1]!.id : Number.POSITIVE_INFINITY;
    const from = at;
    while (at < changes.length && changes[at]!.id < end) at++;
    if (at === from) pages.push(ref);
    else {
      const entries = await store.read(level, ref);
      store.drop(level, ref);
      pages.push(await updateRefs(level - 1, entries, changes.slice(from, at), store));
    }
  }
  return writePages(level, await joinSmall(level, pages, store), store);
}

function merge(refs: readonly SegmentRef[], changes: readonly Change[]): readonly SegmentRef[] {
  const merged: SegmentRef[] = [];
  let at = 0;
  for (const { id, ref } of changes) {
    while (at < refs.length && refs[at]!.id < id) merged.push(refs[at++]!);
    if (refs[at]?.id === id) at++;
    if (ref !== undefined) merged.push(ref);
  }
  while (at < refs.length) merged.push(refs[at++]!);
  return merged;
}

type Page = SegmentRef | readonly SegmentRef[];

function isOpen(page: Page): page is readonly SegmentRef[] {
  return Array.isArray(page);
}

/** Joins opened pages that became small with a neighbour. */
async function joinSmall(level: number, pages: readonly Page[], store: PageStore): Promise<Page[]> {
  const joined: Page[] = [];
  const open = async (page: Page): Promise<readonly SegmentRef[]> => {
    if (isOpen(page)) return page;
    const refs = await store.read(level, page);
    store.drop(level, page);
    return refs;
  };
  const isSmall = (page: Page | undefined) => page !== undefined && isOpen(page) && page.length < pageRefsMin;
  for (const page of pages) {
    const before = joined.at(-1);
    if (isOpen(page) && page.length === 0) continue;
    if (before !== undefined && (isSmall(before) || isSmall(page))) {
      joined[joined.length - 1] = [...(await open(before)), ...(await open(page))];
    } else joined.push(page);
  }
  return joined;
}

function writePages(level: number, pages: readonly Page[], store: PageStore): readonly SegmentRef[] {
  return pages.flatMap((page) => (isOpen(page) ? divide(level, page, store) : [page]));
}

/** Writes refs as one page, or as several. */
function divide(level: number, refs: readonly SegmentRef[], store: PageStore): SegmentRef[] {
  const count = refs.length <= pageRefsMax ? 1 : Math.ceil(refs.length / pageRefsGoal);
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * refs.length) / count);
    return store.write(level, refs.slice(from, Math.floor(((i + 1) * refs.length) / count)));
  });
}

/** Adds levels while there are too many refs for a record, and takes away those of one page. */
async function wrap(root: SegmentRoot, store: PageStore): Promise<SegmentRoot> {
  let { depth, refs } = root;
  while (refs.length > pageRefsMax) {
    depth++;
    refs = divide(depth, refs, store);
  }
  while (depth > 0 && refs.length <= 1) {
    const [only] = refs;
    if (only === undefined) return { depth: 0, refs: [] };
    const below: readonly SegmentRef[] = await store.read(depth, only);
    store.drop(depth, only);
    refs = below;
    depth--;
  }
  return { depth, refs };
}

/** Segments of a tree in order. */
export async function* walkTree(
  { depth, refs }: SegmentRoot,
  store: Pick<PageStore, 'read'>,
  page: (level: number, ref: SegmentRef) => void = () => undefined,
): AsyncGenerator<SegmentRef> {
  for (const ref of refs) {
    if (depth === 0) yield ref;
    else {
      page(depth, ref);
      yield* walkTree({ depth: depth - 1, refs: await store.read(depth, ref) }, store, page);
    }
  }
}

/** A segment, at level 0, or a page. */
export interface NamedRef {
  readonly level: number;
  readonly ref: SegmentRef;
}

/** Pages and segment on the way to a segment: what a proof of one of its elements shows. */
export async function pathTo(
  { depth, refs }: SegmentRoot,
  id: number,
  store: Pick<PageStore, 'read'>,
): Promise<NamedRef[]> {
  const path: NamedRef[] = [];
  let level = depth;
  let entries = refs;
  for (;;) {
    const ref = entries.findLast((each) => each.id <= id);
    if (ref === undefined || (level === 0 && ref.id !== id)) throw new Error(`there is no segment ${id}`);
    path.push({ level, ref });
    if (level === 0) return path;
    entries = await store.read(level, ref);
    level--;
  }
}
