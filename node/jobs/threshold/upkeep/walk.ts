/**
 * All keys, as custodians have them: those that more than t list, so that one is honest. What fewer list is left from something that came to
 * nothing, or made up.
 */
import type { Bytes } from '../../../api/index.ts';
import { abortOf, askAll } from '../dkg/attempts.ts';
import { hexOf } from '../dkg/key-statement.ts';
import { ThresholdAbort } from '../errors.ts';
import type { Custodians, ListedShare } from '../party.ts';
import { type HandlePage, readHandlePage } from './handlers.ts';
import { upkeepLimits as limits } from './limits.ts';

const none = new Uint8Array(0);

/**
 * In the order of handles, behind this one.
 * @throws ThresholdAbort `unavailable` when t or fewer answer
 */
export async function* walkKeys(
  custodians: Custodians,
  after: Bytes = none,
  signal?: AbortSignal,
): AsyncGenerator<ListedShare, void, void> {
  const { threshold } = custodians.committee;
  /** By custodian: handles that nobody else has. One that makes them up would keep the walk from getting on. */
  const unshared = new Map<number, number>();
  for (let from = after; ; ) {
    const asked = custodians.available().filter((index) => (unshared.get(index) ?? 0) <= limits.unsharedMax);
    const pages = await readPages(custodians, asked, from, signal);
    if (pages.size <= threshold)
      throw new ThresholdAbort('unavailable', undefined, 'too few custodians say which keys they have');
    const ends = [...pages.values()].flatMap(({ keys, isLast }) => (isLast ? [] : [keys.at(-1)!.handle]));
    const end = ends.sort(Buffer.compare)[0];
    for (const { key, by } of together(pages, end)) {
      if (by.length > threshold) yield key;
      else for (const index of by) unshared.set(index, (unshared.get(index) ?? 0) + 1);
    }
    if (end === undefined) return;
    from = end;
  }
}

/** How many keys each custodian that answers has. */
export async function countKeys(custodians: Custodians, signal?: AbortSignal): Promise<Map<number, number>> {
  return askAll(
    custodians.available(),
    async (custodian) => {
      let count = 0;
      for (let from = none; ; ) {
        const { keys, isLast } = await readPage(custodians, custodian, from, signal);
        count += keys.length;
        if (isLast) return count;
        from = Uint8Array.from(keys.at(-1)!.handle);
      }
    },
    (_, error) => void abortOf(error),
  );
}

function readPages(
  custodians: Custodians,
  asked: readonly number[],
  from: Bytes,
  signal: AbortSignal | undefined,
): Promise<Map<number, HandlePage>> {
  const ask = (custodian: number) => readPage(custodians, custodian, from, signal);
  return askAll(asked, ask, (_, error) => void abortOf(error));
}

async function readPage(
  custodians: Custodians,
  custodian: number,
  from: Bytes,
  signal: AbortSignal | undefined,
): Promise<HandlePage> {
  const options = signal === undefined ? {} : { signal };
  return readHandlePage(await custodians.ask(custodian, 'key.handles', from, options), custodian, from);
}

/** Up to the first end of a page: behind it not everybody has said what it has. */
function together(
  pages: ReadonlyMap<number, HandlePage>,
  end: Bytes | undefined,
): { readonly key: ListedShare; readonly by: number[] }[] {
  const found = new Map<string, { readonly key: ListedShare; readonly by: number[] }>();
  for (const [index, { keys }] of pages) {
    for (const key of keys) {
      if (end !== undefined && Buffer.compare(key.handle, end) > 0) break;
      const name = `${hexOf(key.handle)} ${key.scheme}`;
      const entry = found.get(name) ?? { key, by: [] };
      entry.by.push(index);
      found.set(name, entry);
    }
  }
  return [...found.values()].sort((left, right) => Buffer.compare(left.key.handle, right.key.handle));
}
