/** CreateMultipartUpload: keeps what the object will carry until the parts are put together. */
import type { OperationRow } from '@hypergate/kit';
import { checksumAlgorithm, uploadChecksumType } from '../engine/checksum.ts';
import { keyBytes } from '../engine/object-key.ts';
import { newUploadId, uploadIdText, uploadKey, uploadsTable } from '../model/tables.ts';
import type { UploadRow } from '../model/upload.ts';
import type { S3Context } from '../store/context.ts';
import { transact } from '../store/objects.ts';
import { atRest, objectRow } from './common.ts';
import { type NewObjectInput, newObject } from './new-object.ts';

interface Input extends NewObjectInput {
  readonly ChecksumAlgorithm?: string;
  readonly ChecksumType?: string;
}

export function createMultipartUpload(context: S3Context): OperationRow<Input, unknown> {
  return objectRow<Input>(context, 'CreateMultipartUpload', 's3:PutObject', async (call, bucket) => {
    const { input } = call;
    const key = keyBytes(input.Key);
    const object = newObject(call);
    const algorithm =
      input.ChecksumAlgorithm === undefined
        ? undefined
        : checksumAlgorithm(input.ChecksumAlgorithm, 'x-amz-checksum-algorithm');
    const type = uploadChecksumType(algorithm, input.ChecksumType);
    const now = context.clock.now();
    const row: UploadRow = {
      initiatedMs: now,
      storageClass: object.storageClass,
      checksumAlgorithm: algorithm,
      checksumType: type,
      headers: object.headers,
      metadata: object.metadata,
      tags: object.tags,
      initiator: {
        accountId: call.principal.accountId,
        userId: call.principal.userId,
        displayName: call.principal.displayName,
      },
    };
    const id = newUploadId(now, context.random.bytes(10));
    await transact(context, bucket, [
      {
        domain: bucket.domain,
        kind: 'put',
        table: uploadsTable,
        key: uploadKey(key, id),
        row,
        condition: 'absent',
      },
    ]);
    return {
      output: {
        Bucket: bucket.name,
        Key: input.Key,
        UploadId: uploadIdText(id),
        ServerSideEncryption: atRest,
        ...(algorithm === undefined ? {} : { ChecksumAlgorithm: algorithm, ChecksumType: type }),
      },
    };
  });
}
