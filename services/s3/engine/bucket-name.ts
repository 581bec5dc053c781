/**
 * Names of general purpose buckets (Amazon S3 User Guide, "General purpose bucket naming rules"). Labels that begin or
 * end with a hyphen are refused too: such a name is no host name, and virtual-host addressing would break.
 */
import { s3Error } from '../errors.ts';

const shape = /^[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]$/;
const ipv4 = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/;
const reservedPrefixes = ['xn--', 'sthree-', 'amzn-s3-demo-'];
const reservedSuffixes = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'];
/** What older buckets were called; such a name is merely unknown, not impossible. */
const legacyShape = /^[A-Za-z0-9._-]{3,255}$/;

export function isBucketName(name: string): boolean {
  if (!shape.test(name) || ipv4.test(name)) return false;
  if (name.includes('..') || name.includes('.-') || name.includes('-.')) return false;
  if (reservedPrefixes.some((prefix) => name.startsWith(prefix))) return false;
  return !reservedSuffixes.some((suffix) => name.endsWith(suffix));
}

/** @throws InvalidBucketName */
export function checkBucketName(name: string): void {
  if (!isBucketName(name)) throw s3Error('InvalidBucketName', { BucketName: name });
}

/** The answer about a bucket that is not there. */
export function bucketMissing(name: string): Error {
  return legacyShape.test(name)
    ? s3Error('NoSuchBucket', { BucketName: name })
    : s3Error('InvalidBucketName', { BucketName: name });
}
