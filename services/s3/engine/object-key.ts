/** Object keys: 1 to 1,024 bytes of UTF-8, any character. */
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import { type Bytes, utf8 } from './bytes.ts';

/** UTF-8 of a key. @throws KeyTooLongError, InvalidArgument when it is empty or holds half a surrogate pair */
export function keyBytes(key: string): Bytes {
  if (key.length === 0) {
    throw s3Error('InvalidArgument', { ArgumentName: 'Key', ArgumentValue: '' }, 'Key must not be empty');
  }
  // A UTF-16 unit is at most three bytes, so most keys need no counting before they are encoded.
  if (key.length > s3Limits.keyBytesMax) throw keyTooLong(Buffer.byteLength(key));
  const bytes = utf8(key);
  if (bytes.length > s3Limits.keyBytesMax) throw keyTooLong(bytes.length);
  if (bytes.length !== key.length && !key.isWellFormed()) {
    throw s3Error('InvalidArgument', { ArgumentName: 'Key' }, 'The key is not valid UTF-8');
  }
  return bytes;
}

function keyTooLong(size: number): Error {
  return s3Error('KeyTooLongError', { Size: String(size), MaxSizeAllowed: String(s3Limits.keyBytesMax) });
}
