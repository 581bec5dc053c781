/**
 * What a signed request to S3 allows to be asked of KMS. Its method says which operation: what writes an object needs a new data key, and
 * may have to open one (parts of an upload, the source of a copy); what reads one opens one. Its path says which object, and with it the
 * encryption context: S3 puts the object's ARN there, or with bucket keys the bucket's.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
 *
 * Forms that browsers post are not covered: they name their object in the body, which the signature of S3 does not order.
 */
import { HostStyle } from '@hypergate/kit/aws/host-style';
import type { Operation } from '../engine/operations.ts';
import type { SignedRequestFacts } from './read-call.ts';

const writing: readonly Operation[] = ['GenerateDataKey', 'Decrypt', 'CreateKey'];
const byMethod: ReadonlyMap<string, readonly Operation[]> = new Map([
  ['GET', ['Decrypt']],
  ['PUT', writing],
  ['POST', writing],
]);

export const mayAskFor = (operation: Operation, { method }: SignedRequestFacts): boolean =>
  byMethod.get(method)?.includes(operation) === true;

/**
 * Values that `aws:s3:arn` may have.
 * @returns none for a request that names no object
 */
export function arnsOf(
  operation: Operation,
  request: SignedRequestFacts,
  s3Domains: readonly string[],
): readonly string[] {
  const target = arnsOfObject(objectOf(request, s3Domains));
  if (target.length === 0 || operation !== 'Decrypt') return target;
  const source = request.header('x-amz-copy-source');
  return source === undefined ? target : [...target, ...arnsOfObject(objectOfCopySource(source))];
}

/** Bucket and key in one text, as a path holds them. */
function arnsOfObject(path: string | undefined): readonly string[] {
  const slash = path?.indexOf('/') ?? -1;
  if (path === undefined || slash < 1 || slash === path.length - 1) return [];
  return [`arn:aws:s3:::${path}`, `arn:aws:s3:::${path.slice(0, slash)}`];
}

function objectOf({ rawPath, header }: SignedRequestFacts, s3Domains: readonly string[]): string | undefined {
  const bucket = new HostStyle(s3Domains).bucketOf(header('host') ?? '');
  const path = decoded(rawPath.slice(1));
  return bucket === undefined || path === undefined ? path : `${bucket}/${path}`;
}

/** As services/s3/engine/copy-source.ts reads it. */
function objectOfCopySource(header: string): string | undefined {
  const mark = header.lastIndexOf('?versionId=');
  const path = decoded(mark < 0 ? header : header.slice(0, mark));
  return path?.startsWith('/') === true ? path.slice(1) : path;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
