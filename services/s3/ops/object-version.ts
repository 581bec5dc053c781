/** How answers show versions, and what a delete marker is answered with. */
import type { AwsError } from '@hypergate/kit';
import type { Bytes } from '../engine/bytes.ts';
import { versionIdText } from '../engine/version-id.ts';
import { s3Error } from '../errors.ts';
import type { ObjectRow } from '../model/object.ts';
import type { Bucket } from '../store/buckets.ts';
import { httpDate } from '../wire/dates.ts';
import type { ObjectInput } from './common.ts';

/** Of a version that is read: buckets that never had versions show none. */
export function shownVersion(bucket: Bucket, row: ObjectRow): { VersionId?: string } {
  return bucket.row.versioning === 'off' ? {} : { VersionId: versionIdText(row.versionId) };
}

/** Of a version that was written: a null version is not mentioned. */
export function writtenVersion(row: ObjectRow): { VersionId?: string } {
  return row.versionId.length === 0 ? {} : { VersionId: versionIdText(row.versionId) };
}

/** Of the source of a copy. */
export function copiedVersion(source: Bucket, row: ObjectRow): { CopySourceVersionId?: string } {
  return source.row.versioning === 'off' ? {} : { CopySourceVersionId: versionIdText(row.versionId) };
}

/**
 * @param row what was found under the input's key and version
 * @throws NoSuchKey, NoSuchVersion; MethodNotAllowed for a delete marker that is named
 */
export function requireVersion(
  row: ObjectRow | undefined,
  input: ObjectInput,
  named: Bytes | undefined,
  method: string,
): ObjectRow {
  if (row === undefined) throw missing(input, named);
  if (!row.deleteMarker) return row;
  if (named !== undefined) throw markerNotAllowed(row, method);
  throw s3Error('NoSuchKey', { Key: input.Key }, undefined, markerHeaders(row));
}

/** A delete marker takes no other method than DELETE. */
export function markerNotAllowed(row: ObjectRow, method: string): AwsError {
  const details = { Method: method, ResourceType: 'DeleteMarker' };
  const headers = { ...markerHeaders(row), allow: 'DELETE', 'last-modified': httpDate(row.modifiedMs) };
  return s3Error('MethodNotAllowed', details, undefined, headers);
}

export function missing(input: ObjectInput, named: Bytes | undefined): AwsError {
  if (named === undefined || named.length === 0) return s3Error('NoSuchKey', { Key: input.Key });
  return s3Error('NoSuchVersion', { Key: input.Key, VersionId: versionIdText(named) });
}

function markerHeaders(row: ObjectRow): Record<string, string> {
  return { 'x-amz-delete-marker': 'true', 'x-amz-version-id': versionIdText(row.versionId) };
}
