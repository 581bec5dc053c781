/**
 * Configuration documents of buckets. A document is written only while the bucket's record in the registry is the one
 * that was read, and the removal of a bucket names every kind of document, present or absent: so neither a document of
 * a bucket that went nor one that came between is left to the next bucket of the name.
 */
import { ConditionFailed, type DomainWrite, type TableDomain } from '@hypergate/table';
import { bucketMissing } from '../engine/bucket-name.ts';
import { equalBytes } from '../engine/bytes.ts';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import {
  bucketDocumentsTable,
  type DocumentKind,
  documentKey,
  documentKinds,
} from '../model/bucket-document.ts';
import { bucketKey, bucketsTable } from '../model/tables.ts';
import type { Bucket } from './buckets.ts';
import type { S3Context } from './context.ts';

/** @returns undefined when the bucket has no document of the kind */
export async function readDocument<Value>(
  context: S3Context,
  bucket: Bucket,
  kind: DocumentKind<Value>,
): Promise<{ readonly value: Value } | undefined> {
  const key = documentKey(bucket.name, kind.name);
  const stored = await context.buckets.registry.get(bucketDocumentsTable, key);
  return stored === undefined ? undefined : { value: kind.decode(stored.row.content) };
}

/** For the transaction that creates the bucket, whose record is the condition. */
export function newDocument<Value>(
  registry: TableDomain,
  bucket: string,
  kind: DocumentKind<Value>,
  value: Value,
  nowMs: number,
): DomainWrite {
  return {
    domain: registry,
    kind: 'put',
    table: bucketDocumentsTable,
    key: documentKey(bucket, kind.name),
    row: { changedMs: nowMs, content: kind.encode(value) },
  };
}

/**
 * @param alongside further writes of the transaction, without conditions that may fail
 * @throws NoSuchBucket, OperationAborted
 */
export function putDocument<Value>(
  context: S3Context,
  bucket: Bucket,
  kind: DocumentKind<Value>,
  value: Value,
  alongside: readonly DomainWrite[] = [],
): Promise<void> {
  const domain = context.buckets.registry;
  const key = documentKey(bucket.name, kind.name);
  const row = { changedMs: context.clock.now(), content: kind.encode(value) };
  return whileBucketStands(context, bucket, [
    { domain, kind: 'put', table: bucketDocumentsTable, key, row },
    ...alongside,
  ]);
}

/** Also when there is none. @throws NoSuchBucket, OperationAborted */
export function removeDocument(
  context: S3Context,
  bucket: Bucket,
  kind: Pick<DocumentKind<unknown>, 'name'>,
): Promise<void> {
  const domain = context.buckets.registry;
  const key = documentKey(bucket.name, kind.name);
  return whileBucketStands(context, bucket, [{ domain, kind: 'remove', table: bucketDocumentsTable, key }]);
}

async function whileBucketStands(
  context: S3Context,
  bucket: Bucket,
  writes: readonly DomainWrite[],
): Promise<void> {
  const { registry } = context.buckets;
  const key = bucketKey(bucket.name);
  for (let attempt = 0; attempt < s3Limits.conflictRetriesMax; attempt += 1) {
    const stored = await registry.get(bucketsTable, key);
    if (stored === undefined || !equalBytes(stored.row.address, bucket.row.address)) {
      throw bucketMissing(bucket.name);
    }
    const condition = { revision: stored.revision };
    try {
      await context.tables.transact([
        { domain: registry, kind: 'check', table: bucketsTable, key, condition },
        ...writes,
      ]);
      return;
    } catch (error) {
      // The bucket's record changed, which is no reason to refuse, or it went.
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
  throw s3Error('OperationAborted');
}

/** What takes every document of a bucket away; a document that changes meanwhile fails the transaction. */
export async function documentRemovals(registry: TableDomain, bucket: string): Promise<DomainWrite[]> {
  const writes: DomainWrite[] = [];
  for (const { name } of documentKinds) {
    const key = documentKey(bucket, name);
    const stored = await registry.get(bucketDocumentsTable, key);
    writes.push(
      stored === undefined
        ? { domain: registry, kind: 'check', table: bucketDocumentsTable, key, condition: 'absent' }
        : {
            domain: registry,
            kind: 'remove',
            table: bucketDocumentsTable,
            key,
            condition: { revision: stored.revision },
          },
    );
  }
  return writes;
}
