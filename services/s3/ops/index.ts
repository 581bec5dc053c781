/** Every operation of S3, one row each: those of this service, and the refusal of all others. */
import { AwsError, type OperationRow, type ServiceSchemas } from '@hypergate/kit';
import { NodeError } from '@hypergate/node/api';
import { DomainUnknown } from '@hypergate/table';
import { bucketMissing } from '../engine/bucket-name.ts';
import { s3Error } from '../errors.ts';
import type { S3Context } from '../store/context.ts';
import { abortMultipartUpload } from './abort-multipart-upload.ts';
import { putBucketAcl, putObjectAcl } from './bucket-acl.ts';
import { deleteBucket, getBucketLocation, headBucket } from './bucket-basics.ts';
import { bucketConfiguration } from './bucket-configuration.ts';
import { getBucketNotification, putBucketNotification } from './bucket-notification.ts';
import {
  deleteBucketOwnershipControls,
  getBucketOwnershipControls,
  putBucketOwnershipControls,
} from './bucket-ownership.ts';
import { deleteBucketTagging, getBucketTagging, putBucketTagging } from './bucket-tagging.ts';
import { getBucketVersioning, putBucketVersioning } from './bucket-versioning.ts';
import { completeMultipartUpload } from './complete-multipart-upload.ts';
import { copyObject } from './copy-object.ts';
import { createBucket } from './create-bucket.ts';
import { createMultipartUpload } from './create-multipart-upload.ts';
import { deleteObject } from './delete-object.ts';
import { deleteObjects } from './delete-objects.ts';
import { getObject } from './get-object.ts';
import { headObject } from './head-object.ts';
import { listBuckets } from './list-buckets.ts';
import { listMultipartUploads } from './list-multipart-uploads.ts';
import { listObjectVersions } from './list-object-versions.ts';
import { listObjects, listObjectsV2 } from './list-objects.ts';
import { listParts } from './list-parts.ts';
import { notImplemented } from './not-implemented.ts';
import { getObjectAcl, getObjectAttributes } from './object-attributes.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './object-tagging.ts';
import { putObject } from './put-object.ts';
import { uploadPart } from './upload-part.ts';
import { uploadPartCopy } from './upload-part-copy.ts';

// biome-ignore lint/suspicious/noExplicitAny: rows of different operations stand in one table
type AnyRow = OperationRow<any, unknown>;

export function implementedOperations(context: S3Context): AnyRow[] {
  return [
    abortMultipartUpload(context),
    completeMultipartUpload(context),
    copyObject(context),
    createBucket(context),
    createMultipartUpload(context),
    deleteBucket(context),
    deleteBucketOwnershipControls(context),
    deleteBucketTagging(context),
    deleteObject(context),
    deleteObjects(context),
    deleteObjectTagging(context),
    getBucketLocation(context),
    getBucketNotification(context),
    getBucketOwnershipControls(context),
    getBucketTagging(context),
    getBucketVersioning(context),
    getObject(context),
    getObjectAcl(context),
    getObjectAttributes(context),
    getObjectTagging(context),
    headBucket(context),
    headObject(context),
    listBuckets(context),
    listMultipartUploads(context),
    listObjects(context),
    listObjectsV2(context),
    listObjectVersions(context),
    listParts(context),
    putBucketAcl(context),
    putBucketNotification(context),
    putBucketOwnershipControls(context),
    putBucketTagging(context),
    putBucketVersioning(context),
    putObject(context),
    putObjectAcl(context),
    putObjectTagging(context),
    uploadPart(context),
    uploadPartCopy(context),
    ...bucketConfiguration(context),
  ];
}

export function operations(context: S3Context, schemas: ServiceSchemas): AnyRow[] {
  const rows = implementedOperations(context);
  const done = new Set(rows.map((row) => row.name));
  const rest = Object.keys(schemas.operations).filter((name) => !done.has(name));
  return [...rows, ...rest.map((name) => notImplemented(context, name))].map(translated);
}

/** Failures of the layers below, said in S3's words. */
function translated(row: AnyRow): AnyRow {
  return {
    ...row,
    async handle(call) {
      try {
        return await row.handle(call);
      } catch (error) {
        if (error instanceof AwsError) throw conflictOf(error, call.input as Conditional);
        throw translate(error, (call.input as { Bucket?: string }).Bucket ?? '');
      }
    },
  };
}

interface Conditional {
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
}

/** A conditional write that never got its turn has a code of its own. */
function conflictOf(error: AwsError, input: Conditional): AwsError {
  const conditional = input.IfMatch !== undefined || input.IfNoneMatch !== undefined;
  return conditional && error.code === 'OperationAborted' ? s3Error('ConditionalRequestConflict') : error;
}

function translate(error: unknown, bucket: string): unknown {
  if (error instanceof DomainUnknown) return bucketMissing(bucket);
  if (error instanceof NodeError) {
    if (error.code === 'storage-full') return s3Error('StorageFull');
    if (error.code === 'overloaded') return s3Error('SlowDown');
    if (error.code === 'closed') return s3Error('ServiceUnavailable');
  }
  return error;
}
