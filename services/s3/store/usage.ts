/** Counts what stands in buckets by walking the index: no record is opened. */
import type { ContainerUsage, UsageQuery } from '@hypergate/kit';
import type { AnyTable, IndexEntry, TableDomain } from '@hypergate/table';
import { type Bytes, noBytes, prefixEnd, utf8 } from '../engine/bytes.ts';
import { s3Limits } from '../limits.ts';
import { decodeObjectListing } from '../model/object.ts';
import { decodePartListing } from '../model/part.ts';
import {
  escapedKey,
  objectsTable,
  partsTable,
  uploadOf,
  uploadsTable,
  versionsTable,
} from '../model/tables.ts';
import type { Bucket, Buckets } from './buckets.ts';

export async function measureUsage(buckets: Buckets, query: UsageQuery): Promise<readonly ContainerUsage[]> {
  const names = query.container === undefined ? await buckets.names() : [query.container];
  const found: ContainerUsage[] = [];
  for (const name of names) {
    const bucket = await buckets.find(name);
    if (bucket !== undefined) found.push(await measureBucket(bucket, utf8(query.prefix ?? '')));
  }
  return found;
}

async function measureBucket({ name, domain }: Bucket, prefix: Bytes): Promise<ContainerUsage> {
  const sum = { objects: 0, versions: 0, deleteMarkers: 0, logicalBytes: 0, uploads: 0, uploadBytes: 0 };
  await walk(domain, objectsTable, noBytes, prefix, ({ projection }) => {
    sum.objects += 1;
    sum.logicalBytes += decodeObjectListing(projection).size;
  });
  await walk(domain, versionsTable, noBytes, escapedKey(prefix), ({ projection }) => {
    const { deleteMarker, size } = decodeObjectListing(projection);
    if (deleteMarker) sum.deleteMarkers += 1;
    else sum.versions += 1;
    sum.logicalBytes += size;
  });
  const uploads: Bytes[] = [];
  await walk(domain, uploadsTable, noBytes, prefix, ({ sort }) => void uploads.push(uploadOf(sort).uploadId));
  for (const uploadId of uploads) {
    sum.uploads += 1;
    await walk(domain, partsTable, uploadId, noBytes, ({ projection }) => {
      sum.uploadBytes += decodePartListing(projection).size;
    });
  }
  return { name, domain: domain.address, ...sum };
}

/** The event loop gets its turn after every page: a bucket may hold millions. */
async function walk(
  domain: TableDomain,
  table: AnyTable,
  partition: Bytes,
  prefix: Bytes,
  visit: (entry: IndexEntry) => void,
): Promise<void> {
  const end = prefix.length === 0 ? undefined : prefixEnd(prefix);
  const range = { gte: prefix, ...(end === undefined ? {} : { lt: end }) };
  const cursor = domain.cursor(table, partition, range);
  for (let seen = 1; ; seen += 1) {
    const step = cursor.next();
    const entry = step instanceof Promise ? await step : step;
    if (entry === undefined) return;
    visit(entry);
    if (seen % s3Limits.pageEntriesMax === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}
