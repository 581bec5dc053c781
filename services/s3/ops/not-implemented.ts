/** Operations of S3 that this service does not have: authorised like any other, then refused in S3's own form. */
import type { OperationRow } from '@hypergate/kit';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import type { S3Context } from '../store/context.ts';
import { bucketResource, objectResource } from './common.ts';

interface Input {
  readonly Bucket?: string;
  readonly Key?: string;
}

export function notImplemented(context: S3Context, name: string): OperationRow<Input, unknown> {
  return {
    name,
    action: `s3:${name}`,
    bodyBytesMax: s3Limits.documentBytesMax,
    resources({ input, principal }) {
      if (input.Bucket === undefined) return [{ arn: 'arn:aws:s3:::*', ownerAccountId: principal.accountId }];
      return input.Key === undefined
        ? bucketResource(context, input.Bucket)
        : objectResource(context, input.Bucket, input.Key);
    },
    async handle() {
      throw s3Error('NotImplemented', {}, `${name} is not implemented.`);
    },
  };
}
