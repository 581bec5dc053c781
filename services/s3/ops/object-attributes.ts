/** GetObjectAttributes, GetObjectTagging and GetObjectAcl. */
import type { Call, OperationRow, Reply } from '@hypergate/kit';
import {
  type Checksum,
  type ChecksumMembers,
  checksumText,
  factsOf,
  putChecksum,
} from '../engine/checksum.ts';
import { etagText } from '../engine/etag.ts';
import { keyBytes } from '../engine/object-key.ts';
import { invalidArgument, s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import { type ObjectRow, shownParts } from '../model/object.ts';
import { objectKey, objectsTable } from '../model/tables.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import { wholeSecond } from '../wire/dates.ts';
import { ownerAcl } from './bucket-configuration.ts';
import { checkVersionId, type ObjectInput, objectRow, pageSize } from './common.ts';

interface AttributesInput extends ObjectInput {
  readonly ObjectAttributes?: readonly string[];
  readonly MaxParts?: number;
  readonly PartNumberMarker?: string;
}

const attributes = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'];

export function getObjectAttributes(context: S3Context): OperationRow<AttributesInput, unknown> {
  return objectRow<AttributesInput>(
    context,
    'GetObjectAttributes',
    's3:GetObjectAttributes',
    async (call, bucket) => {
      const { input } = call;
      const wanted = new Set((input.ObjectAttributes ?? []).map((name) => name.trim()));
      for (const name of wanted) {
        if (!attributes.includes(name)) {
          throw invalidArgument('Invalid attribute name specified.', 'x-amz-object-attributes', name);
        }
      }
      const row = await requireObject(bucket, input);
      const output: Record<string, unknown> = { LastModified: wholeSecond(row.modifiedMs) };
      if (wanted.has('ETag')) output.ETag = etagText(row.etag);
      if (wanted.has('Checksum') && row.checksum !== undefined)
        output.Checksum = checksumOutput(row.checksum);
      if (wanted.has('ObjectParts')) {
        const parts = partsOutput(call, row);
        if (parts !== undefined) output.ObjectParts = parts;
      }
      if (wanted.has('StorageClass')) output.StorageClass = row.storageClass;
      if (wanted.has('ObjectSize')) output.ObjectSize = row.size;
      return { output };
    },
  );
}

export function getObjectTagging(context: S3Context): OperationRow<ObjectInput, unknown> {
  return objectRow<ObjectInput>(
    context,
    'GetObjectTagging',
    's3:GetObjectTagging',
    async ({ input }, bucket) => {
      const row = await requireObject(bucket, input);
      return { output: { TagSet: row.tags.map(([Key, Value]) => ({ Key, Value })) } };
    },
  );
}

export function getObjectAcl(context: S3Context): OperationRow<ObjectInput, unknown> {
  return objectRow<ObjectInput>(
    context,
    'GetObjectAcl',
    's3:GetObjectAcl',
    async ({ input }, bucket): Promise<Reply<unknown>> => {
      await requireObject(bucket, input);
      return { output: ownerAcl(bucket) };
    },
  );
}

async function requireObject(bucket: Bucket, input: ObjectInput): Promise<ObjectRow> {
  const key = keyBytes(input.Key);
  checkVersionId(input.VersionId);
  const stored = await bucket.domain.get(objectsTable, objectKey(key));
  if (stored === undefined) throw s3Error('NoSuchKey', { Key: input.Key });
  return stored.row;
}

function checksumOutput(checksum: Checksum): ChecksumMembers {
  const output: ChecksumMembers = {};
  putChecksum(output, checksum);
  return output;
}

/** Parts are listed for objects whose parts carry checksums of their own, as S3 does; others show the number only. */
function partsOutput(call: Call<AttributesInput>, row: ObjectRow): object | undefined {
  const all = shownParts(row);
  if (all === undefined) return undefined;
  const { checksum } = row;
  if (checksum?.type !== 'COMPOSITE') return { TotalPartsCount: all.length };
  const limit = pageSize(call.input.MaxParts, 'max-parts', s3Limits.pageEntriesMax);
  const marker = Number(call.input.PartNumberMarker ?? '0') || 0;
  const behind = all.filter((part) => part.number > marker);
  const shown = behind.slice(0, limit);
  const { member } = factsOf(checksum.algorithm);
  return {
    TotalPartsCount: all.length,
    PartNumberMarker: String(marker),
    NextPartNumberMarker: String(shown.at(-1)?.number ?? marker),
    MaxParts: limit,
    IsTruncated: behind.length > shown.length,
    Parts: shown.map((part) => ({
      PartNumber: part.number,
      Size: part.size,
      [member]: checksumText({ value: part.checksum, parts: 0 }),
    })),
  };
}
