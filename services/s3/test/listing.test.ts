import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Bytes, compareBytes, prefixEnd, startsWith, textOf, utf8 } from '../engine/bytes.ts';
import { type Cursor, type Entry, type ListQuery, listPage } from '../engine/listing.ts';

/** A cursor over a sorted array that answers some steps at once and some by promise, as a paged index does. */
function cursorOver(keys: readonly string[], counter = { steps: 0 }): Cursor {
  const entries = keys
    .map((key) => ({ sort: utf8(key) as Bytes, projection: new Uint8Array(0) }))
    .sort((a, b) => compareBytes(a.sort, b.sort));
  let at = 0;
  return {
    next(): Entry | undefined | Promise<Entry | undefined> {
      counter.steps += 1;
      const entry = entries[at];
      at += 1;
      return counter.steps % 3 === 0 ? Promise.resolve(entry) : entry;
    },
    seek(sort) {
      at = entries.findIndex((entry) => compareBytes(entry.sort, sort) >= 0);
      if (at < 0) at = entries.length;
    },
  };
}

function query(options: { prefix?: string; delimiter?: string; after?: string; limit?: number }): ListQuery {
  return {
    prefix: utf8(options.prefix ?? ''),
    delimiter: utf8(options.delimiter ?? ''),
    after: options.after === undefined ? undefined : utf8(options.after),
    limit: options.limit ?? 1000,
  };
}

/** The listing said plainly: every key, folded, sorted, without duplicates. */
function plainListing(keys: readonly string[], prefix: string, delimiter: string): string[] {
  const shown = new Set<string>();
  for (const key of keys) {
    if (!key.startsWith(prefix)) continue;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    shown.add(at < 0 ? `key ${key}` : `fold ${key.slice(0, at + delimiter.length)}`);
  }
  return [...shown].sort((a, b) =>
    compareBytes(utf8(a.slice(a.indexOf(' ') + 1)), utf8(b.slice(b.indexOf(' ') + 1))),
  );
}

async function allPages(keys: readonly string[], base: ListQuery): Promise<string[]> {
  const shown: string[] = [];
  let after = base.after;
  for (let pages = 0; ; pages += 1) {
    expect(pages).toBeLessThan(keys.length + 2);
    const page = await listPage(cursorOver(keys), { ...base, after });
    expect(page.entries.length + page.commonPrefixes.length).toBeLessThanOrEqual(base.limit);
    const items = [
      ...page.entries.map((entry) => ({ text: `key ${textOf(entry.sort)}`, sort: entry.sort })),
      ...page.commonPrefixes.map((fold) => ({ text: `fold ${textOf(fold)}`, sort: fold })),
    ].sort((a, b) => compareBytes(a.sort, b.sort));
    shown.push(...items.map((item) => item.text));
    if (!page.truncated) return shown;
    expect(items.length).toBe(base.limit);
    after = page.last;
  }
}

const character = fc.constantFrom(
  'a',
  'b',
  '/',
  '/',
  '\u0001',
  '\u007f',
  'é',
  '€',
  '\ud83d\ude00',
  '\uffff',
  ' ',
);
const someKey = fc.string({ unit: character, minLength: 1, maxLength: 8 });

test('any page size shows every key or its fold once, in UTF-8 byte order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(someKey, { maxLength: 40 }),
      fc.string({ unit: character, maxLength: 2 }),
      fc.constantFrom('', '/', 'b', '//', 'é'),
      fc.integer({ min: 1, max: 7 }),
      async (keys, prefix, delimiter, limit) => {
        const shown = await allPages(keys, query({ prefix, delimiter, limit }));
        expect(shown).toEqual(plainListing(keys, prefix, delimiter));
      },
    ),
    { numRuns: 400 },
  );
});

test('start-after hides what is at or before it, and a fold that it lies in', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(someKey, { maxLength: 30 }),
      someKey,
      fc.constantFrom('', '/'),
      async (keys, after, delimiter) => {
        const shown = await allPages(keys, query({ after, delimiter, limit: 3 }));
        const all = plainListing(keys, '', delimiter);
        expect(shown).toEqual(
          all.filter((item) => compareBytes(utf8(item.slice(item.indexOf(' ') + 1)), utf8(after)) > 0),
        );
      },
    ),
    { numRuns: 300 },
  );
});

test('a page of folds costs a step per fold, not per key', async () => {
  const keys: string[] = [];
  for (let folder = 0; folder < 10; folder += 1) {
    for (let file = 0; file < 200; file += 1) keys.push(`folder-${folder}/${file}`);
  }
  const counter = { steps: 0 };
  const page = await listPage(cursorOver(keys, counter), query({ delimiter: '/' }));
  expect(page.commonPrefixes.length).toBe(10);
  expect(counter.steps).toBeLessThanOrEqual(11);
});

test('a limit of nothing shows nothing and promises nothing', async () => {
  const page = await listPage(cursorOver(['a']), query({ limit: 0 }));
  expect(page).toEqual({ entries: [], commonPrefixes: [], truncated: false, last: undefined });
});

test('a full page that is also the last is not truncated', async () => {
  const page = await listPage(cursorOver(['a', 'b']), query({ limit: 2 }));
  expect(page.truncated).toBe(false);
  const folded = await listPage(cursorOver(['a/1', 'a/2']), query({ limit: 1, delimiter: '/' }));
  expect(folded.truncated).toBe(false);
});

test('the end of a prefix is above everything that has it and nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4 }), fc.uint8Array({ maxLength: 6 }), (prefix, other) => {
      const end = prefixEnd(prefix);
      if (startsWith(other, prefix)) {
        if (end !== undefined) expect(compareBytes(other, end)).toBeLessThan(0);
      } else if (compareBytes(other, prefix) > 0) {
        expect(end).toBeDefined();
        expect(compareBytes(other, end!)).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});

test('the id behind an upload key takes no part in folding', async () => {
  const sort = Buffer.concat([utf8('plain'), Buffer.alloc(1), Buffer.from('/'.repeat(16))]);
  const entries: Entry[] = [{ sort, projection: new Uint8Array(0) }];
  let at = 0;
  const cursor: Cursor = { next: () => entries[at++], seek: () => undefined };
  const page = await listPage(cursor, { ...query({ delimiter: '/' }), suffixBytes: 17 });
  expect(page.entries.length).toBe(1);
  expect(page.commonPrefixes.length).toBe(0);
});
