/**
 * What S3's routes need beyond method, path, query and required members of the schemas. Everything else (`list-type=2`,
 * the `id` of configurations, the upload id of ListParts, `x-amz-copy-source` of CopyObject) follows from the schemas themselves.
 */
import type { RouteDiscriminators } from '@hypergate/kit';

export const s3Discriminators: RouteDiscriminators = {
  // Same route as ListBuckets; AWS serves it at the host of another service (s3express).
  ListDirectoryBuckets: 'unrouted',
  // Object Lambda: AWS serves it at a host of its own; here its path would hide a bucket's.
  WriteGetObjectResponse: 'unrouted',
  // An upload id without a part number is a bad UploadPart; as a PutObject it would replace the object.
  UploadPart: { query: ['uploadId'] },
  UploadPartCopy: { query: ['uploadId'], headers: ['x-amz-copy-source'] },
  // A plain POST to a key is no operation.
  CompleteMultipartUpload: { query: ['uploadId'] },
};
