/** AbortMultipartUpload: the upload ends at once; its parts leave behind it. */
import type { OperationRow } from '@hypergate/kit';
import { keyBytes } from '../engine/object-key.ts';
import type { S3Context } from '../store/context.ts';
import { dropUpload, noSuchUpload, requireUpload } from '../store/uploads.ts';
import { type ObjectInput, objectRow } from './common.ts';

interface Input extends ObjectInput {
  readonly UploadId: string;
}

export function abortMultipartUpload(context: S3Context): OperationRow<Input, unknown> {
  return objectRow<Input>(
    context,
    'AbortMultipartUpload',
    's3:AbortMultipartUpload',
    async ({ input }, bucket) => {
      const upload = await requireUpload(bucket, keyBytes(input.Key), input.UploadId);
      if (!(await dropUpload(context, bucket, upload))) throw noSuchUpload(input.UploadId);
      return { output: {} };
    },
  );
}
