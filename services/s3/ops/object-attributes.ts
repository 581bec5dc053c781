/** GetObjectAttributes and GetObjectAcl. */
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
import { invalidArgument } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import { type ObjectRow, shownParts } from '../model/object.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import { findVersion } from '../store/find-version.ts';
import { wholeSecond } from '../wire/dates.ts';
import { ownerAcl } from './bucket-configuration.ts';
import {
  checkVersionId,
  type ObjectInput,
  objectRow,
  pageSize,
  partNumberMarker,
  versioned,
} from './common.ts';
import { missing, requireVersion, shownVersion } from './object-version.ts';

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
    versioned('s3:GetObjectAttributes', 's3:GetObjectVersionAttributes'),
    async (call, bucket) => {
      const { input } = call;
      const wanted = new Set((input.ObjectAttributes ?? []).map((name) => name.trim()));
      for (const name of wanted) {
        if (!attributes.includes(name)) {
          throw invalidArgument('Invalid attribute name specified.', 'x-amz-object-attributes', name);
        }
      }
      const row = await requireObject(bucket, input);
      const output: Record<string, unknown> = {
        LastModified: wholeSecond(row.modifiedMs),
        ...shownVersion(bucket, row),
      };
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

export function getObjectAcl(context: S3Context): OperationRow<ObjectInput, unknown> {
  return objectRow<ObjectInput>(
    context,
    'GetObjectAcl',
    versioned('s3:GetObjectAcl', 's3:GetObjectVersionAcl'),
    async ({ input }, bucket): Promise<Reply<unknown>> => {
      await requireObject(bucket, input);
      return { output: ownerAcl(bucket) };
    },
  );
}

async function requireObject(bucket: Bucket, input: ObjectInput): Promise<ObjectRow> {
  const row = await foundObject(bucket, input);
  return requireVersion(row, input, checkVersionId(input.VersionId), 'GET');
}

/** Delete markers too. @throws NoSuchKey, NoSuchVersion */
async function foundObject(bucket: Bucket, input: ObjectInput): Promise<ObjectRow> {
  const key = keyBytes(input.Key);
  const version = checkVersionId(input.VersionId);
  const row = await findVersion(bucket, key, version);
  if (row === undefined) throw missing(input, version);
  return row;
}

function checksumOutput(checksum: Checksum): ChecksumMembers {
  const output: ChecksumMembers = {};
  putChecksum(output, checksum);
  return output;
}

/**
 * The parts of every object that came in parts, as AWS lists them in directory buckets; in others it leaves out those
 * without checksums of their own. Checksums of parts are shown where the object's is made of them.
 */
function partsOutput(call: Call<AttributesInput>, row: ObjectRow): object | undefined {
  const all = shownParts(row);
  if (all === undefined) return undefined;
  const { checksum } = row;
  const limit = pageSize(call.input.MaxParts, 'max-parts', s3Limits.pageEntriesMax);
  const marker = partNumberMarker(call.input.PartNumberMarker);
  const behind = all.filter((part) => part.number > marker);
  const shown = behind.slice(0, limit);
  return {
    TotalPartsCount: all.length,
    PartNumberMarker: String(marker),
    NextPartNumberMarker: String(shown.at(-1)?.number ?? marker),
    MaxParts: limit,
    IsTruncated: behind.length > shown.length,
    Parts: shown.map((part) => ({
      PartNumber: part.number,
      Size: part.size,
      ...(checksum?.type === 'COMPOSITE' ? partChecksum(checksum, part.checksum) : {}),
    })),
  };
}

function partChecksum({ algorithm }: Checksum, value: Uint8Array): ChecksumMembers {
  return { [factsOf(algorithm).member]: checksumText({ value, parts: 0 }) };
}
