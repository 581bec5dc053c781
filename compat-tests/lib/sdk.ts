/** The AWS SDK for JavaScript v3 against a target, with the SDK's own defaults unless a test says otherwise. */
import { randomBytes } from 'node:crypto';
import { S3Client, type S3ClientConfig, S3ServiceException } from '@aws-sdk/client-s3';
import type { Target } from './target.ts';

export function s3Client(
  target: Pick<Target, 'endpoint' | 'identity'>,
  config: S3ClientConfig = {},
): S3Client {
  return new S3Client({
    endpoint: target.endpoint,
    region: target.identity.region,
    credentials: target.identity,
    forcePathStyle: true,
    maxAttempts: 1, // A retry would hide a failure that the test is about.
    ...config,
  });
}

export interface Refusal {
  /** The error's code, `NoSuchKey`. */
  readonly code: string;
  readonly status: number;
}

/** Runs a call that must fail with an error of the service; gives its code and status. */
export async function refusal(call: Promise<unknown>): Promise<Refusal> {
  try {
    await call;
  } catch (error) {
    if (error instanceof S3ServiceException) {
      return { code: error.name, status: error.$metadata.httpStatusCode ?? 0 };
    }
    throw error;
  }
  throw new Error('the call succeeded and should have been refused');
}

/** A bucket name of its own for every call in any process. */
export function freshBucketName(about = 'bucket'): string {
  return `${about}-${randomBytes(6).toString('hex')}`;
}
