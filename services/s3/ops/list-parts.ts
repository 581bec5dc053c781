/** ListParts of an upload under way. */
import type { OperationRow } from '@hypergate/kit';
import { checksumText, factsOf } from '../engine/checksum.ts';
import { keyBytes } from '../engine/object-key.ts';
import { s3Limits } from '../limits.ts';
import { decodePartListing } from '../model/part.ts';
import { partNumberOf, partSort, partsTable } from '../model/tables.ts';
import type { S3Context } from '../store/context.ts';
import { requireUpload } from '../store/uploads.ts';
import { encodeListParts, type ListedPart } from '../wire/list-uploads.ts';
import { type ObjectInput, objectRow, pageSize, partNumberMarker, xmlReply } from './common.ts';
import { initiatorOf, ownerOf } from './listing.ts';

interface Input extends ObjectInput {
  readonly UploadId: string;
  readonly MaxParts?: number;
  readonly PartNumberMarker?: string;
}

export function listParts(context: S3Context): OperationRow<Input, unknown> {
  return objectRow<Input>(context, 'ListParts', 's3:ListMultipartUploadParts', async ({ input }, bucket) => {
    const upload = await requireUpload(bucket, keyBytes(input.Key), input.UploadId);
    const maxParts = pageSize(input.MaxParts, 'max-parts', s3Limits.pageEntriesMax);
    const marker = partNumberMarker(input.PartNumberMarker);
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
        initiator: initiatorOf(bucket, row),
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
