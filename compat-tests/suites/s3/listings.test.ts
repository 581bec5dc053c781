import {
  ListObjectsCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  ListObjectVersionsCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { SeededRandom } from '../../lib/random.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite();

interface Query {
  readonly prefix: string;
  readonly delimiter: string;
  readonly after: string;
}

/** What a listing shows, in order: keys, and prefixes ending in the delimiter. Plain loops over all keys. */
function model(keys: readonly string[], query: Query): string[] {
  const shown = new Set<string>();
  for (const key of keys) {
    if (!key.startsWith(query.prefix)) continue;
    const cut = query.delimiter === '' ? -1 : key.indexOf(query.delimiter, query.prefix.length);
    const entry = cut < 0 ? key : key.slice(0, cut + query.delimiter.length);
    // A common prefix is left out, too, when it is not greater than the start (API reference, ListObjectsV2).
    if (byBytes(entry, query.after) > 0) shown.add(entry);
  }
  return [...shown].sort(byBytes);
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

const alphabet = [
  'a',
  'b',
  'c',
  '/',
  '/',
  '-',
  '0',
  'é',
  '日',
  '\u{1f600}',
  '\uffee',
  ' ',
  '+',
  '%',
  '\u0001',
  '\n',
];

function randomKeys(random: SeededRandom, count: number): string[] {
  const keys = new Set<string>();
  while (keys.size < count) {
    let key = '';
    for (let i = random.between(1, 8); i > 0; i -= 1) key += random.pick(alphabet);
    keys.add(key);
  }
  return [...keys];
}

function decode(text: string | undefined): string {
  return decodeURIComponent((text ?? '').replace(/\+/g, '%20'));
}

function merge(page: Pick<ListObjectsV2CommandOutput, 'Contents' | 'CommonPrefixes'>): string[] {
  const keys = (page.Contents ?? []).map((entry) => decode(entry.Key));
  const prefixes = (page.CommonPrefixes ?? []).map((entry) => decode(entry.Prefix));
  return [...keys, ...prefixes].sort(byBytes);
}

const optional = (query: Query) => ({
  ...(query.prefix === '' ? {} : { Prefix: query.prefix }),
  ...(query.delimiter === '' ? {} : { Delimiter: query.delimiter }),
});

async function listV2(
  bucket: string,
  query: Query,
  maxKeys: number,
): Promise<{ shown: string[]; pages: number }> {
  const shown: string[] = [];
  let token: string | undefined;
  let pages = 0;
  do {
    const page = await suite.s3.send(
      new ListObjectsV2Command({
        Bucket: bucket,
        EncodingType: 'url',
        MaxKeys: maxKeys,
        ...optional(query),
        ...(query.after === '' ? {} : { StartAfter: query.after }),
        ...(token === undefined ? {} : { ContinuationToken: token }),
      }),
    );
    const entries = merge(page);
    expect(page.KeyCount).toBe(entries.length);
    expect(entries.length).toBeLessThanOrEqual(maxKeys);
    expect(page.IsTruncated).toBe(page.NextContinuationToken !== undefined);
    shown.push(...entries);
    token = page.NextContinuationToken;
    pages += 1;
  } while (token !== undefined && pages < 500);
  return { shown, pages };
}

async function listV1(bucket: string, query: Query, maxKeys: number): Promise<string[]> {
  const shown: string[] = [];
  let marker: string | undefined = query.after === '' ? undefined : query.after;
  for (let pages = 0; pages < 500; pages += 1) {
    const page = await suite.s3.send(
      new ListObjectsCommand({
        Bucket: bucket,
        EncodingType: 'url',
        MaxKeys: maxKeys,
        ...optional(query),
        ...(marker === undefined ? {} : { Marker: marker }),
      }),
    );
    const entries = merge(page);
    shown.push(...entries);
    if (page.IsTruncated !== true) return shown;
    // Without a delimiter S3 may leave NextMarker out: the last key is the marker then.
    marker = page.NextMarker === undefined ? (entries.at(-1) as string) : decode(page.NextMarker);
  }
  throw new Error('the listing does not end');
}

test('listings of random keys agree with a plain model for random prefixes, delimiters, starts and page sizes', async () => {
  const seed = process.env.HYPERGATE_SEED ?? 'listings 1';
  const random = new SeededRandom(seed);
  const bucket = await suite.bucket();
  const keys = randomKeys(random, 150);
  await Promise.all(keys.map((key) => suite.put(bucket, key, '')));
  for (let round = 0; round < 60; round += 1) {
    const query: Query = {
      prefix:
        random.next() < 0.4
          ? ''
          : random
              .pick(keys)
              .slice(0, random.between(1, 3))
              .replace(/[\ud800-\udbff]$/, ''),
      delimiter: random.pick(['', '/', '/', '-', 'a', '日', '/a', '%']),
      after: random.next() < 0.5 ? '' : random.pick([...keys, 'a/', 'b', '日']),
    };
    const maxKeys = random.pick([1, 2, 3, 7, 50, 1000]);
    const about = `seed ${seed}, ${JSON.stringify(query)}, pages of ${maxKeys}`;
    expect((await listV2(bucket, query, maxKeys)).shown, about).toEqual(model(keys, query));
  }
});

test('the first version of listing agrees with the model while paging by markers', async () => {
  const seed = process.env.HYPERGATE_SEED ?? 'listings v1';
  const random = new SeededRandom(seed);
  const bucket = await suite.bucket();
  const keys = randomKeys(random, 100);
  await Promise.all(keys.map((key) => suite.put(bucket, key, '')));
  for (let round = 0; round < 30; round += 1) {
    const query: Query = {
      prefix:
        random.next() < 0.5
          ? ''
          : random
              .pick(keys)
              .slice(0, 1)
              .replace(/[\ud800-\udbff]$/, ''),
      delimiter: random.pick(['', '/', 'a']),
      after: '',
    };
    const maxKeys = random.pick([1, 3, 10, 1000]);
    const about = `seed ${seed}, ${JSON.stringify(query)}, pages of ${maxKeys}`;
    expect(await listV1(bucket, query, maxKeys), about).toEqual(model(keys, query));
  }
});

test('more than a thousand keys take several pages of at most a thousand', async () => {
  const bucket = await suite.bucket();
  const keys = Array.from({ length: 1100 }, (_unused, i) => `k${String(i).padStart(5, '0')}`);
  const writers = [suite.caller(), suite.caller(), suite.caller(), suite.caller()];
  await Promise.all(
    writers.map(async (caller, worker) => {
      for (let i = worker; i < keys.length; i += writers.length) {
        await caller.ok({ method: 'PUT', path: `/${bucket}/${keys[i]}`, body: Buffer.from('x') });
      }
    }),
  );
  const first = await suite.s3.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 5000 }));
  expect({ count: first.KeyCount, more: first.IsTruncated, max: first.MaxKeys }).toEqual({
    count: 1000,
    more: true,
    max: 1000,
  });
  const all: string[] = [];
  for await (const page of paginateListObjectsV2({ client: suite.s3, pageSize: 300 }, { Bucket: bucket })) {
    all.push(...(page.Contents ?? []).map((entry) => entry.Key as string));
  }
  expect(all).toEqual(keys);
});

test('max-keys 0 shows nothing and is not truncated; a negative or odd one is refused', async () => {
  const bucket = await suite.bucket();
  await suite.put(bucket, 'k', 'x');
  const none = await suite.s3.send(new ListObjectsV2Command({ Bucket: bucket, MaxKeys: 0 }));
  expect({ entries: none.Contents, more: none.IsTruncated, count: none.KeyCount }).toEqual({
    entries: undefined,
    more: false,
    count: 0,
  });
  for (const value of ['-1', 'ten', '1.5']) {
    const reply = await suite
      .caller()
      .send({ method: 'GET', path: `/${bucket}`, query: { 'list-type': '2', 'max-keys': value } });
    expect(reply.status, value).toBe(400);
    expect(reply.body.toString()).toContain('<Code>InvalidArgument</Code>');
  }
});

test('an entry shows size, ETag, time and storage class; the owner only when asked', async () => {
  const bucket = await suite.bucket();
  const tag = await suite.put(bucket, 'k', 'twelve bytes');
  const plain = await suite.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  expect(plain.Contents?.[0]).toMatchObject({ Key: 'k', Size: 12, ETag: tag, StorageClass: 'STANDARD' });
  expect(Math.abs((plain.Contents?.[0]?.LastModified?.getTime() ?? 0) - Date.now())).toBeLessThan(120_000);
  expect(plain.Contents?.[0]?.Owner).toBeUndefined();
  const owned = await suite.s3.send(new ListObjectsV2Command({ Bucket: bucket, FetchOwner: true }));
  expect(owned.Contents?.[0]?.Owner?.ID).toBeTruthy();
  const first = await suite.s3.send(new ListObjectsCommand({ Bucket: bucket }));
  expect(first.Contents?.[0]?.Owner?.ID).toBe(owned.Contents?.[0]?.Owner?.ID);
});

test('the parameters of a listing are echoed', async () => {
  const bucket = await suite.bucket();
  await suite.put(bucket, 'a b/c', 'x');
  const page = await suite.s3.send(
    new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: 'a b',
      Delimiter: '/',
      StartAfter: 'a',
      MaxKeys: 9,
      EncodingType: 'url',
    }),
  );
  expect(page).toMatchObject({ Name: bucket, MaxKeys: 9, EncodingType: 'url', Delimiter: '/' });
  expect(decode(page.Prefix)).toBe('a b');
  expect(decode(page.StartAfter)).toBe('a');
  expect(page.CommonPrefixes?.map((entry) => decode(entry.Prefix))).toEqual(['a b/']);
});

test('a continuation token that is not ours is refused', async () => {
  const bucket = await suite.bucket();
  const reply = await suite.caller().send({
    method: 'GET',
    path: `/${bucket}`,
    query: { 'list-type': '2', 'continuation-token': 'not a token!' },
  });
  expect(reply.status).toBe(400);
  expect(reply.body.toString()).toContain('<Code>InvalidArgument</Code>');
});

test('the versions of a bucket without versioning are its objects, each the latest null version', async () => {
  const bucket = await suite.bucket();
  for (const key of ['b', 'a', 'c/d']) await suite.put(bucket, key, key);
  const versions = await suite.s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
  expect((versions.Versions ?? []).map((v) => [v.Key, v.VersionId, v.IsLatest])).toEqual([
    ['a', 'null', true],
    ['b', 'null', true],
    ['c/d', 'null', true],
  ]);
});

test('a listing sees every write that was acknowledged before it began', async () => {
  const bucket = await suite.bucket();
  const written: string[] = [];
  for (let i = 0; i < 50; i += 1) {
    await suite.put(bucket, `k${String(i).padStart(2, '0')}`, 'x');
    written.push(`k${String(i).padStart(2, '0')}`);
    const page = await suite.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
    expect((page.Contents ?? []).map((entry) => entry.Key)).toEqual(written);
  }
});
