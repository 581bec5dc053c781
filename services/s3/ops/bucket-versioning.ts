/** PutBucketVersioning and GetBucketVersioning. */
import type { OperationRow } from '@hypergate/kit';
import { bucketMissing } from '../engine/bucket-name.ts';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import type { Versioning } from '../model/bucket.ts';
import type { S3Context } from '../store/context.ts';
import { type BucketInput, bucketRow } from './common.ts';

interface Input extends BucketInput {
  readonly VersioningConfiguration?: { readonly Status?: string; readonly MFADelete?: string };
}

export function putBucketVersioning(context: S3Context): OperationRow<Input, unknown> {
  return bucketRow<Input>(
    context,
    'PutBucketVersioning',
    's3:PutBucketVersioning',
    async ({ input }, bucket) => {
      const versioning = asked(input);
      const outcome = await context.buckets.update(bucket, (row) => ({ ...row, versioning }));
      if (outcome === 'missing') throw bucketMissing(bucket.name);
      return { output: {} };
    },
    { bodyBytesMax: s3Limits.smallDocumentBytesMax },
  );
}

export function getBucketVersioning(context: S3Context): OperationRow<BucketInput, unknown> {
  return bucketRow<BucketInput>(
    context,
    'GetBucketVersioning',
    's3:GetBucketVersioning',
    (_call, { row }) => {
      if (row.versioning === 'off') return { output: {} };
      return { output: { Status: row.versioning === 'enabled' ? 'Enabled' : 'Suspended' } };
    },
  );
}

/** @throws IllegalVersioningConfigurationException, MalformedXML; AccessDenied for MFA, which nobody has a device for */
function asked({ VersioningConfiguration: configuration = {} }: Input): Versioning {
  const { Status: status, MFADelete: mfaDelete } = configuration;
  if (mfaDelete === 'Enabled') {
    throw s3Error('AccessDenied', {}, 'Mfa Authentication must be used for this request');
  }
  if (mfaDelete !== undefined && mfaDelete !== 'Disabled') throw s3Error('MalformedXML');
  if (status === undefined) throw s3Error('IllegalVersioningConfigurationException');
  if (status === 'Enabled') return 'enabled';
  if (status === 'Suspended') return 'suspended';
  throw s3Error('MalformedXML');
}
