/** The tree of refs holds what a map would, whatever changes, and a change writes a page a level. */
import { expect, test } from 'vitest';
import { contentHash, refsBytes, type SegmentRef, type SegmentRoot } from '../model/key-row.ts';
import { storeLimits } from '../store/limits.ts';
import { type PageStore, pathTo, updateTree, walkTree } from '../store/segment-tree.ts';
import { seededRandom } from './support/engine-harness.ts';

class Pages implements PageStore {
  readonly rows = new Map<string, readonly SegmentRef[]>();
  version = 0;
  written = 0;

  async read(level: number, { id, version }: SegmentRef): Promise<readonly SegmentRef[]> {
    const refs = this.rows.get(`${level} ${id} ${version}`);
    if (refs === undefined) throw new Error('there is no such page');
    return refs;
  }

  write(level: number, refs: readonly SegmentRef[]): SegmentRef {
    const { id } = refs[0]!;
    const name = `${level} ${id} ${this.version}`;
    expect(this.rows.has(name), name).toBe(false);
    this.rows.set(name, refs);
    this.written++;
    const sum = (of: (ref: SegmentRef) => number) => refs.reduce((total, ref) => total + of(ref), 0);
    return {
      id,
      version: this.version,
      segments: sum(({ segments }) => segments),
      elements: sum(({ elements }) => elements),
      bytes: sum(({ bytes }) => bytes),
      hash: contentHash(refsBytes(refs)),
    };
  }

  drop(level: number, { id, version }: SegmentRef): void {
    expect(this.rows.delete(`${level} ${id} ${version}`)).toBe(true);
  }
}

function segment(id: number, version: number): SegmentRef {
  return { id, version, segments: 1, elements: 3, bytes: id % 100, hash: contentHash(Buffer.from(`${id}`)) };
}

async function all(root: SegmentRoot, pages: Pages): Promise<SegmentRef[]> {
  const refs: SegmentRef[] = [];
  for await (const ref of walkTree(root, pages)) refs.push(ref);
  return refs;
}

test.each([1, 2, 3, 4])('any changes, seed %i', async (seed) => {
  const random = seededRandom(seed);
  const pages = new Pages();
  const model = new Map<number, SegmentRef>();
  let root: SegmentRoot = { depth: 0, refs: [] };
  for (let round = 0; round < 60; round++) {
    pages.version++;
    const changes = new Map<number, SegmentRef | undefined>();
    const isGrowing = round < 30;
    const start = Math.floor(random() * 20_000);
    for (let left = Math.floor(random() * (random() < 0.3 ? 2000 : 20)); left > 0; left--) {
      const id = random() < 0.5 ? start + left : Math.floor(random() * 20_000);
      const isRemoval = random() < (isGrowing ? 0.2 : 0.8) && model.size > 0;
      changes.set(id, isRemoval ? undefined : segment(id, pages.version));
    }
    for (const [id, ref] of changes) {
      if (ref === undefined) model.delete(id);
      else model.set(id, ref);
    }
    root = await updateTree(root, changes, pages);
    const refs = await all(root, pages);
    expect(refs).toEqual([...model.values()].sort((a, b) => a.id - b.id));
    expect(root.refs.length).toBeLessThanOrEqual(storeLimits.pageRefsMax);
    let named = 0;
    for await (const _ of walkTree(root, pages, () => named++));
    expect(pages.rows.size).toBe(named);
    for (const [name, page] of pages.rows) {
      expect(page.length, name).toBeLessThanOrEqual(storeLimits.pageRefsMax);
      expect(page.length, name).toBeGreaterThanOrEqual(storeLimits.pageRefsMin);
    }
    for (const { id } of refs.slice(0, 5)) expect((await pathTo(root, id, pages)).at(-1)?.ref.id).toBe(id);
  }
});

test('one change among a hundred thousand segments writes two pages', async () => {
  const pages = new Pages();
  const changes = new Map(Array.from({ length: 100_000 }, (_, id) => [id, segment(id, 1)]));
  let root = await updateTree({ depth: 0, refs: [] }, changes, pages);
  pages.version++;
  pages.written = 0;
  root = await updateTree(root, new Map([[55_555, segment(55_555, 2)]]), pages);
  expect(root.depth).toBe(2);
  expect(pages.written).toBe(2);
});
