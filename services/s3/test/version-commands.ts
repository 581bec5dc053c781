/** Random histories of a bucket with versions, run against the service and the model side by side. */
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { TableDomain } from '@hypergate/table';
import fc from 'fast-check';
import { expect } from 'vitest';
import { noBytes, textOf, utf8 } from '../engine/bytes.ts';
import { versionIdText } from '../engine/version-id.ts';
import { objectKey, objectsTable, versionKey, versionOf, versionsTable } from '../model/tables.ts';
import type { Bucket } from '../store/buckets.ts';
import { type VersionQuery, versionPage } from '../store/list-versions.ts';
import { codeOf } from './harness.ts';
import type { Shown, VersionModel } from './version-model.ts';

const keys = ['a', 'a/b', 'a/c/d', 'a\u0000', 'a\u0000b', 'é/x', 'z'];
/** Most of what happens to versions needs several changes of one key. */
const key = fc.oneof(
  { weight: 2, arbitrary: fc.constant('a') },
  { weight: 1, arbitrary: fc.constant('a/b') },
  { weight: 1, arbitrary: fc.constantFrom(...keys) },
);
/** Those that XML can hold. */
const plainKey = key.filter((name) => !name.includes('\u0000'));
/** Inline, and large enough for a body outside the record. */
const size = fc.constantFrom(0, 5, 5, 70_000);
const pick = fc.nat({ max: 5 });

export const command = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('put' as const), key, size }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('delete-version' as const), key, pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('delete-null' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('copy' as const), key, from: key, pick }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('relabel' as const), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('multipart' as const), key, size }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('batch' as const),
      picks: fc.array(fc.tuple(plainKey, pick), { maxLength: 6 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('state' as const),
      state: fc.constantFrom('enabled' as const, 'suspended' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('clock' as const), ms: fc.integer({ min: -5000, max: 5000 }) }),
  },
);
export type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

export interface World {
  readonly s3: S3Client;
  readonly Bucket: string;
  readonly bucket: Bucket;
  readonly model: VersionModel;
  readonly clock: { ms: number };
  bodies: number;
}

export async function run(world: World, step: Command): Promise<void> {
  const { s3, Bucket, model, clock } = world;
  switch (step.do) {
    case 'put': {
      const body = newBody(world, step.size);
      const { VersionId } = await s3.send(
        new PutObjectCommand({ Bucket, Key: step.key, Body: Buffer.from(body) }),
      );
      model.put(step.key, body, VersionId);
      return;
    }
    case 'delete': {
      const gone = await s3.send(new DeleteObjectCommand({ Bucket, Key: step.key }));
      expect(gone.DeleteMarker).toBe(model.state === 'off' ? undefined : true);
      model.delete(step.key, gone.VersionId);
      return;
    }
    case 'delete-version': {
      const versions = model.versions(step.key);
      const version = versions[step.pick % Math.max(versions.length, 1)];
      if (version !== undefined) await deleteVersion(world, step.key, version.id, version.marker);
      return;
    }
    case 'delete-null': {
      const found = model.versions(step.key).find(({ id }) => id === 'null');
      await deleteVersion(world, step.key, 'null', found?.marker ?? false);
      return;
    }
    case 'copy':
      await copy(world, step.key, step.from, step.pick);
      return;
    case 'relabel': {
      const current = model.current(step.key);
      const CopySource = `${Bucket}/${encodeURIComponent(step.key)}`;
      const sent = s3.send(
        new CopyObjectCommand({ Bucket, Key: step.key, CopySource, MetadataDirective: 'REPLACE' }),
      );
      if (current === undefined) expect(await codeOf(sent)).toBe('NoSuchKey');
      else model.put(step.key, current.body, (await sent).VersionId);
      return;
    }
    case 'multipart':
      await multipart(world, step.key, step.size);
      return;
    case 'batch':
      await batch(world, step.picks);
      return;
    case 'state': {
      const Status = step.state === 'enabled' ? 'Enabled' : 'Suspended';
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
      model.state = step.state;
      return;
    }
    case 'clock':
      clock.ms += step.ms;
  }
}

function newBody(world: World, length: number): string {
  world.bodies += 1;
  return `${world.bodies}.`.padEnd(length, 'x').slice(0, Math.max(length, 0));
}

async function deleteVersion(world: World, Key: string, VersionId: string, marker: boolean): Promise<void> {
  const { s3, Bucket, model } = world;
  const gone = await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
  expect(gone.DeleteMarker).toBe(marker ? true : undefined);
  expect(gone.VersionId).toBe(model.state === 'off' ? undefined : VersionId);
  model.deleteVersion(Key, VersionId);
}

/** Copies one version, or the current one. */
async function copy(world: World, Key: string, from: string, number: number): Promise<void> {
  const { s3, Bucket, model } = world;
  const versions = model.versions(from);
  const named = number === 0 ? undefined : versions[number % Math.max(versions.length, 1)];
  const source = named ?? model.current(from);
  const path = `${Bucket}/${encodeURIComponent(from)}`;
  const sent = s3.send(
    new CopyObjectCommand({
      Bucket,
      Key,
      CopySource: named === undefined ? path : `${path}?versionId=${named.id}`,
      MetadataDirective: 'REPLACE',
    }),
  );
  if (source === undefined) expect(await codeOf(sent)).toBe('NoSuchKey');
  else if (source.marker) expect(await codeOf(sent)).toBe('InvalidRequest');
  else model.put(Key, source.body, (await sent).VersionId);
}

async function multipart({ s3, Bucket, model, ...world }: World, Key: string, length: number): Promise<void> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const body = `part ${world.bodies}`.padEnd(length, 'p');
  const part = await s3.send(
    new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: Buffer.from(body) }),
  );
  const Parts = [{ PartNumber: 1, ETag: part.ETag }];
  const done = await s3.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
  );
  model.put(Key, body, done.VersionId);
}

async function batch({ s3, Bucket, model }: World, picks: readonly [string, number][]): Promise<void> {
  const wanted = new Map<string, { Key: string; VersionId: string }>();
  for (const [Key, number] of picks) {
    const versions = model.versions(Key);
    const id = versions[number % Math.max(versions.length, 1)]?.id;
    if (id !== undefined) wanted.set(`${Key}?${id}`, { Key, VersionId: id });
  }
  const Objects = [...wanted.values()];
  if (Objects.length === 0) return;
  const done = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  expect(done.Errors ?? []).toEqual([]);
  expect(done.Deleted?.map(({ Key, VersionId }) => ({ Key, VersionId }))).toEqual(Objects);
  for (const { Key, VersionId } of Objects) model.deleteVersion(Key, VersionId);
}

/** Every version reads as it was written, and the listings agree. */
export async function checkAnswers({ s3, Bucket, model }: World): Promise<void> {
  for (const Key of keys) {
    const current = model.current(Key);
    if (current === undefined)
      expect(await codeOf(s3.send(new GetObjectCommand({ Bucket, Key })))).toBe('NoSuchKey');
    for (const { id, body, marker } of model.versions(Key)) {
      const get = s3.send(new GetObjectCommand({ Bucket, Key, VersionId: id }));
      if (marker) expect(await codeOf(get)).toBe('MethodNotAllowed');
      else expect(await (await get).Body!.transformToString()).toBe(body);
    }
  }
  const listed = await s3.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url' }));
  const currents = model.shown('').filter(({ latest, marker }) => latest && !marker);
  expect(listed.Contents?.map(({ Key }) => decodeURIComponent(Key!)) ?? []).toEqual(
    currents.map((one) => one.key),
  );
}

export interface Listing {
  readonly Prefix: string;
  readonly Delimiter: string;
  readonly MaxKeys: number;
}

/** Pages of a listing, of any size, show what the model shows, and each fold once. */
export async function checkPages(world: World, options: Listing): Promise<void> {
  const { s3, Bucket, model } = world;
  const shown: Item[] = [];
  let next: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  for (let pages = 0; ; pages += 1) {
    expect(pages).toBeLessThan(200);
    const page = await s3.send(
      new ListObjectVersionsCommand({ Bucket, ...options, ...next, EncodingType: 'url' }),
    );
    const items = itemsOf(page);
    if (page.IsTruncated === true) expect(items.length).toBe(options.MaxKeys);
    shown.push(...items);
    if (page.IsTruncated !== true) break;
    next = {
      KeyMarker: decodeURIComponent(page.NextKeyMarker!),
      VersionIdMarker: page.NextVersionIdMarker,
    };
  }
  expect(regular(shown)).toEqual(regular(folded(model.shown(options.Prefix), options)));
}

/** The order of entries, which the SDK hides by giving versions and markers in two lists. */
export async function checkOrder({ bucket, model }: World, options: Listing): Promise<void> {
  const query = { prefix: utf8(options.Prefix), delimiter: utf8(options.Delimiter), limit: options.MaxKeys };
  const shown: Shown[] = [];
  let after: VersionQuery['after'];
  do {
    const page = await versionPage(bucket, { ...query, after });
    for (const { key: name, listing, isLatest } of page.entries) {
      const id = versionIdText(listing.versionId);
      shown.push({ key: textOf(name), id, marker: listing.deleteMarker, latest: isLatest });
    }
    expect(page.truncated).toBe(page.last !== undefined);
    after = page.last;
  } while (after !== undefined);
  const all = model.shown(options.Prefix);
  expect(shown).toEqual(all.filter((one) => foldOf(one.key, options) === undefined));
}

interface Item {
  readonly key: string;
  readonly shown: Shown | 'fold';
}

function itemsOf(page: ListObjectVersionsCommandOutput): Item[] {
  const items: Item[] = [];
  const add = (marker: boolean, entries: readonly ObjectVersion[] = []): void => {
    for (const { Key, VersionId, IsLatest } of entries) {
      const name = decodeURIComponent(Key!);
      items.push({ key: name, shown: { key: name, id: VersionId!, marker, latest: IsLatest! } });
    }
  };
  add(false, page.Versions);
  add(true, page.DeleteMarkers);
  for (const { Prefix } of page.CommonPrefixes ?? []) {
    items.push({ key: decodeURIComponent(Prefix!), shown: 'fold' });
  }
  return items;
}

/** By key, within a key versions before markers, each in the order they came. */
function regular(items: readonly Item[]): Item[] {
  const rank = ({ shown }: Item): number => (shown !== 'fold' && shown.marker ? 1 : 0);
  return [...items].sort((a, b) => Buffer.compare(utf8(a.key), utf8(b.key)) || rank(a) - rank(b));
}

function folded(all: readonly Shown[], options: Listing): Item[] {
  const out: Item[] = [];
  for (const one of all) {
    const fold = foldOf(one.key, options);
    if (fold === undefined) out.push({ key: one.key, shown: one });
    else if (out.at(-1)?.key !== fold) out.push({ key: fold, shown: 'fold' });
  }
  return out;
}

function foldOf(name: string, { Prefix, Delimiter }: Listing): string | undefined {
  const at = Delimiter === '' ? -1 : name.indexOf(Delimiter, Prefix.length);
  return at < 0 ? undefined : name.slice(0, at + Delimiter.length);
}

/** What model/object.ts promises of the two tables, and that they hold what the model holds. @returns blobs in use */
export async function checkTables(domain: TableDomain, model: VersionModel): Promise<number> {
  const others = await domain.scan(versionsTable, noBytes, {});
  let records = 0;
  let blobs = 0;
  for (const name of keys) {
    const at = utf8(name);
    const wanted = model.versions(name);
    const head = await domain.get(objectsTable, objectKey(at));
    expect(head !== undefined).toBe(wanted.length > 0);
    if (head === undefined) continue;
    const sequences = others
      .map(({ sort }) => versionOf(sort))
      .filter(({ key: own }) => Buffer.compare(own, at) === 0);
    const rows = [];
    for (const { sequence } of sequences) {
      const stored = (await domain.get(versionsTable, versionKey(at, sequence)))!;
      expect(stored.row.sequence).toBe(sequence);
      expect(stored.row.nullSequence).toBe(0);
      rows.push(stored.row);
    }
    records += rows.length;
    const { row } = head;
    const copies = rows.filter(({ sequence }) => sequence >= row.sequence);
    expect(copies).toEqual(row.deleteMarker ? [{ ...row, nullSequence: 0 }] : []);
    const nulls = rows.filter(({ versionId }) => versionId.length === 0);
    expect(nulls.length).toBeLessThanOrEqual(1);
    expect(row.nullSequence).toBe(nulls[0]?.sequence ?? 0);
    if (row.versionId.length === 0 && !row.deleteMarker) expect(nulls).toEqual([]);
    const all = row.deleteMarker ? rows : [row, ...rows];
    expect(all.map(({ versionId, deleteMarker }) => [versionIdText(versionId), deleteMarker])).toEqual(
      wanted.map(({ id, marker }) => [id, marker]),
    );
    for (const { body } of all) {
      if (body.kind === 'blob') blobs += 1;
      if (body.kind === 'parts') blobs += body.parts.filter(({ blob }) => blob !== undefined).length;
    }
  }
  expect(others.length).toBe(records);
  return blobs;
}
