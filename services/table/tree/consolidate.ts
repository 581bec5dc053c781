/** Pages of leaves together with their changes become new pages of a good size. */
import { type Block, entryBytes, hasKey, isDeleted, keyAt, lowerBound } from './block.ts';
import { encodePage, type Page, type Run } from './page.ts';

/** Appends what the page holds after the changes. Changes win; deleted entries are left out. */
export function collectRuns(page: Page, changes: Block | undefined, runs: Run[]): void {
  let at = 0;
  const count = changes?.count ?? 0;
  for (let index = 0; index < count; index += 1) {
    const block = changes!;
    const key = keyAt(block, index);
    const found = lowerBound(page, key);
    if (found > at) runs.push({ block: page, from: at, to: found });
    at = hasKey(page, found, key) ? found + 1 : found;
    if (isDeleted(block, index)) continue;
    const last = runs[runs.length - 1];
    if (last?.block === block && last.to === index)
      runs[runs.length - 1] = { block, from: last.from, to: index + 1 };
    else runs.push({ block, from: index, to: index + 1 });
  }
  if (page.count > at) runs.push({ block: page, from: at, to: page.count });
}

/** About what the entries take in a page. */
export function runsBytes(runs: readonly Run[]): number {
  let bytes = 0;
  for (const { block, from, to } of runs)
    for (let index = from; index < to; index += 1) bytes += entryBytes(block, index);
  return bytes;
}

/**
 * One page when the entries fit, else several of about the same size. Keys that arrive in order only ever extend the
 * last page, so there (`appended`) all but the last page are filled to the brim.
 */
export function packPages(runs: readonly Run[], pageBytes: number, appended: boolean): Page[] {
  if (runs.length === 0) return [];
  const total = runsBytes(runs);
  if (total <= pageBytes) return [encodePage(runs)];
  const target = appended ? pageBytes : total / Math.ceil(total / (0.75 * pageBytes));
  const pages: Page[] = [];
  let pending: Run[] = [];
  let size = 0;
  for (const { block, from, to } of runs) {
    let start = from;
    for (let index = from; index < to; index += 1) {
      const bytes = entryBytes(block, index);
      const full = appended ? size + bytes > target : size + bytes / 2 > target;
      if (full && size > 0) {
        if (index > start) pending.push({ block, from: start, to: index });
        pages.push(encodePage(pending));
        pending = [];
        start = index;
        size = 0;
      }
      size += bytes;
    }
    pending.push({ block, from: start, to });
  }
  pages.push(encodePage(pending));
  return pages;
}
