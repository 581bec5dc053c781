/** `hypergate du [s3://bucket[/prefix]]`: what buckets and the data directory of a running gateway take. */
import { type BucketUsage, type Usage, type UsageQuery, usageSchema } from '@hypergate/openapi/admin';
import { ConfigError } from '../errors.ts';
import { askAdmin } from './admin-client.ts';
import type { Flags } from './main.ts';

/** Counting the objects of a large bucket takes seconds for each million. */
const patienceMs = 10 * 60_000;

export async function runDu(
  target: string | undefined,
  flags: Flags,
  options: { readonly json: boolean },
): Promise<void> {
  const query = { method: 'POST', path: '/usage', body: usageQuery(target), schema: usageSchema, patienceMs };
  const usage = await askAdmin(flags, query);
  process.stdout.write(options.json ? `${JSON.stringify(usage, null, 2)}\n` : usageText(usage));
}

/** @throws ConfigError */
export function usageQuery(target: string | undefined): UsageQuery {
  if (target === undefined) return {};
  const found = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(target);
  if (found === null) throw new ConfigError(`${target} is not of the form s3://bucket[/prefix]`);
  const [, bucket, prefix] = found as unknown as [string, string, string | undefined];
  return prefix === undefined || prefix === '' ? { bucket } : { bucket, prefix };
}

export function usageText({ buckets, storage }: Usage): string {
  const rows = [
    ['objects', 'versions', 'markers', 'logical', 'uploads', 'stored', ''],
    ...buckets.map(bucketRow),
    ...(buckets.length > 1 ? [bucketRow(total(buckets))] : []),
  ];
  const widths = rows[0]!.map((_title, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const table = rows.map((row) =>
    row.map((cell, column) => cell.padStart(column === 6 ? 0 : widths[column]!)),
  );
  return [
    ...table.map((row) => row.join('  ').trimEnd()),
    '',
    `chunk files      ${bytesText(storage.chunkBytes)}, of which ${bytesText(storage.garbageBytes)} are garbage awaiting collection`,
    `log              ${bytesText(storage.logBytes)}`,
    `key-value store  ${bytesText(storage.stateBytes)}`,
    `index            ${bytesText(storage.indexBytes)}`,
    `free             ${bytesText(storage.freeBytes)}`,
    '',
  ].join('\n');
}

function bucketRow(usage: Omit<BucketUsage, 'service'>): string[] {
  const { objects, versions, deleteMarkers, logicalBytes, uploads, uploadBytes, storedBytes, name } = usage;
  return [
    String(objects),
    String(versions),
    String(deleteMarkers),
    bytesText(logicalBytes),
    uploads === 0 ? '-' : `${uploads}: ${bytesText(uploadBytes)}`,
    storedBytes === undefined ? '-' : bytesText(storedBytes),
    name,
  ];
}

function total(buckets: readonly BucketUsage[]): Omit<BucketUsage, 'service'> {
  const sum = (count: (usage: BucketUsage) => number) => buckets.reduce((all, one) => all + count(one), 0);
  return {
    name: '(all)',
    objects: sum(({ objects }) => objects),
    versions: sum(({ versions }) => versions),
    deleteMarkers: sum(({ deleteMarkers }) => deleteMarkers),
    logicalBytes: sum(({ logicalBytes }) => logicalBytes),
    uploads: sum(({ uploads }) => uploads),
    uploadBytes: sum(({ uploadBytes }) => uploadBytes),
    // A chunk that two buckets share counts in both: no sum.
  };
}

const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** `0 B`, `1023 B`, `1.5 KiB`, `48.8 TiB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}
