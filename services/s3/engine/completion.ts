/**
 * The rules of CompleteMultipartUpload: order, existence, entity tags and sizes of the listed parts, and the checksum of
 * the whole. Pure: parts are given as they are stored.
 */
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import { type Bytes, equalBytes } from './bytes.ts';
import type { Checksum, ChecksumAlgorithm } from './checksum.ts';
import { badChecksum, type ChecksumMembers, checksumAlgorithms, decodeBase64 } from './checksum.ts';
import { unquoteEtag } from './etag.ts';

/** A part as the client lists it. */
export interface ListedPart extends ChecksumMembers {
  readonly PartNumber?: number;
  readonly ETag?: string;
}

export interface StoredPart {
  readonly size: number;
  readonly md5: Bytes;
  readonly checksum: Checksum | undefined;
}

/** @returns part numbers in order. @throws MalformedXML, InvalidPartOrder, InvalidArgument */
export function listedNumbers(parts: readonly ListedPart[] | undefined): number[] {
  if (parts === undefined || parts.length === 0) throw s3Error('MalformedXML');
  if (parts.length > s3Limits.partsMax) throw s3Error('MalformedXML');
  const numbers: number[] = [];
  let before = 0;
  for (const { PartNumber } of parts) {
    if (PartNumber === undefined || !Number.isInteger(PartNumber)) throw s3Error('MalformedXML');
    if (PartNumber < 1 || PartNumber > s3Limits.partsMax) {
      throw s3Error(
        'InvalidArgument',
        { ArgumentName: 'partNumber', ArgumentValue: String(PartNumber) },
        'PartNumber must be >= 1 and <= 10000',
      );
    }
    if (PartNumber <= before) throw s3Error('InvalidPartOrder');
    before = PartNumber;
    numbers.push(PartNumber);
  }
  return numbers;
}

/** What the upload was begun with. */
export interface PartRules {
  readonly uploadId: string;
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
}

/** @throws InvalidPart, EntityTooSmall */
export function checkPart(
  listed: ListedPart,
  stored: StoredPart | undefined,
  isLast: boolean,
  { uploadId, checksumAlgorithm: wanted }: PartRules,
): StoredPart {
  const invalid = (): Error =>
    s3Error('InvalidPart', {
      UploadId: uploadId,
      PartNumber: String(listed.PartNumber),
      ETag: listed.ETag ?? '',
    });
  if (stored === undefined) throw invalid();
  const etag = Buffer.from(stored.md5).toString('hex');
  if (listed.ETag === undefined || unquoteEtag(listed.ETag).toLowerCase() !== etag) throw invalid();
  for (const { algorithm, member } of checksumAlgorithms) {
    const text = listed[member];
    if (text === undefined || stored.checksum?.algorithm !== algorithm) continue;
    const value = decodeBase64(text);
    if (value === undefined || !equalBytes(value, stored.checksum.value)) throw invalid();
  }
  // AWS also asks that a composite checksum's parts be listed with theirs; they are known here.
  for (const { algorithm, member } of checksumAlgorithms) {
    if (wanted !== undefined && algorithm !== wanted && listed[member] !== undefined) throw invalid();
  }
  if (!isLast && stored.size < s3Limits.partBytesMin) {
    throw s3Error('EntityTooSmall', {
      ProposedSize: String(stored.size),
      MinSizeAllowed: String(s3Limits.partBytesMin),
      PartNumber: String(listed.PartNumber),
      ETag: etag,
    });
  }
  return stored;
}

/** Compares what the client says about the whole with what it came to. @throws BadDigest, InvalidRequest */
export function checkWhole(
  claimed: ChecksumMembers & { readonly MpuObjectSize?: number },
  checksum: Checksum,
  size: number,
): void {
  if (claimed.MpuObjectSize !== undefined && claimed.MpuObjectSize !== size) {
    throw s3Error(
      'InvalidRequest',
      {},
      `The provided 'x-amz-mp-object-size' header value ${claimed.MpuObjectSize} does not match what was computed: ${size}`,
    );
  }
  if (claimed.ChecksumType !== undefined && claimed.ChecksumType !== checksum.type) {
    throw s3Error(
      'InvalidRequest',
      {},
      `The upload was created using the ${checksum.type} checksum mode. The complete request must use the same checksum mode.`,
    );
  }
  for (const { algorithm, member } of checksumAlgorithms) {
    const text = claimed[member];
    if (text === undefined) continue;
    if (algorithm !== checksum.algorithm) {
      throw s3Error(
        'InvalidRequest',
        {},
        `Checksum Type mismatch occurred, expected checksum Type: ${checksum.algorithm.toLowerCase()}, actual checksum Type: ${algorithm.toLowerCase()}`,
      );
    }
    checkWholeValue(text, checksum);
  }
}

/** The number of parts behind a composite checksum may be left out. */
function checkWholeValue(text: string, checksum: Checksum): void {
  const [base64 = '', count] = text.split('-', 2);
  const value = decodeBase64(base64);
  const counted = count === undefined || count === String(checksum.parts);
  if (value === undefined || !counted || !equalBytes(value, checksum.value))
    throw badChecksum(checksum.algorithm);
}
