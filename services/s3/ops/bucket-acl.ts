/** PutBucketAcl and PutObjectAcl: a bucket owner who enforces ownership takes only what changes nothing. */
import type { OperationRow } from '@hypergate/kit';
import { type AclHeaders, checkAcl } from '../engine/canned-acl.ts';
import { keyBytes } from '../engine/object-key.ts';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import type { S3Context } from '../store/context.ts';
import { findVersion } from '../store/find-version.ts';
import {
  type BucketInput,
  bucketRow,
  checkVersionId,
  type ObjectInput,
  objectRow,
  versioned,
} from './common.ts';
import { requireVersion } from './object-version.ts';

interface AclInput extends AclHeaders {
  readonly AccessControlPolicy?: unknown;
}

const options = { bodyBytesMax: s3Limits.smallDocumentBytesMax };

export function putBucketAcl(context: S3Context): OperationRow<BucketInput & AclInput, unknown> {
  return bucketRow<BucketInput & AclInput>(
    context,
    'PutBucketAcl',
    's3:PutBucketAcl',
    ({ input }) => {
      checkUnchanged(input);
      return { output: {} };
    },
    options,
  );
}

export function putObjectAcl(context: S3Context): OperationRow<ObjectInput & AclInput, unknown> {
  return objectRow<ObjectInput & AclInput>(
    context,
    'PutObjectAcl',
    versioned('s3:PutObjectAcl', 's3:PutObjectVersionAcl'),
    async ({ input }, bucket) => {
      const version = checkVersionId(input.VersionId);
      requireVersion(await findVersion(bucket, keyBytes(input.Key), version), input, version, 'PUT');
      checkUnchanged(input);
      return { output: {} };
    },
    options,
  );
}

/** @throws AccessControlListNotSupported */
function checkUnchanged(input: AclInput): void {
  checkAcl(input);
  if (input.ACL === undefined) throw s3Error('AccessControlListNotSupported');
}
