/** ListParts of an upload under way. */
import type { OperationRow } from '@hypergate/kit';
import { checksumText, factsOf } from '../engine/checksum.ts';
import { keyBytes } from '../engine/object-key.ts';
import { invalidArgument } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import { decodePartListing } from '../model/part.ts';
import { partNumberOf, partSort, partsTable } from '../model/tables.ts';
import type { S3Context } from '../store/context.ts';
import { requireUpload } from '../store/uploads.ts';
import { encodeListParts, type ListedPart } from '../wire/list-uploads.ts';
import { type ObjectInput, objectRow, pageSize, xmlReply } from './common.ts';
import { ownerOf } from './listing.ts';

interface Input extends ObjectInput {
  readonly UploadId: string;
  readonly MaxParts?: number;
  readonly PartNumberMarker?: string;
}

export function listParts(context: S3Context): OperationRow<Input, unknown> {
  return objectRow<Input>(context, 'ListParts', 's3:ListMultipartUploadParts', async ({ input }, bucket) => {
    const upload = await requireUpload(bucket, keyBytes(input.Key), input.UploadId);
    const maxParts = pageSize(input.MaxParts, 'max-parts', s3Limits.pageEntriesMax);
    const marker = markerOf(input.PartNumberMarker);
    const entries =
      maxParts === 0
        ? []
        : await bucket.domain.scan(partsTable, upload.id, { gt: partSort(marker), limit: maxParts + 1 });
    const truncated = entries.length > maxParts;
    const parts = entries
      .slice(0, maxParts)
      .map((entry) => listedPart(partNumberOf(entry.sort), entry.projection));
    const { row } = upload.stored;
    return xmlReply(
      encodeListParts({
        bucket: bucket.name,
        key: input.Key,
        uploadId: input.UploadId,
        partNumberMarker: marker,
        nextPartNumberMarker: parts.at(-1)?.number,
        maxParts,
        truncated,
        storageClass: row.storageClass,
        checksumAlgorithm: row.checksumAlgorithm,
        checksumType: row.checksumAlgorithm === undefined ? undefined : row.checksumType,
        owner: ownerOf(bucket),
        initiator: ownerOf(bucket),
        parts,
      }),
    );
  });
}

function listedPart(number: number, projection: Uint8Array): ListedPart {
  const part = decodePartListing(projection);
  const checksum: readonly [string, string] | undefined =
    part.checksum === undefined
      ? undefined
      : [factsOf(part.checksum.algorithm).member, checksumText(part.checksum)];
  return {
    number,
    modifiedMs: part.modifiedMs,
    etag: Buffer.from(part.md5).toString('hex'),
    size: part.size,
    checksum,
  };
}

/** @throws InvalidArgument */
function markerOf(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  const number = Number(text);
  if (/^\d{1,10}$/.test(text) && number <= 2_147_483_647) return Math.min(number, 0xffff);
  throw invalidArgument(
    'Argument part-number-marker must be an integer between 0 and 2147483647',
    'part-number-marker',
    text,
  );
}
