/** Encryption contexts: bounds, and one form of bytes for each, whatever the order in which its pairs were sent. */
import { createHash } from 'node:crypto';
import { invalid } from './errors.ts';
import type { EncryptionContext } from './key-record.ts';
import { kmsLimits } from './limits.ts';

const utf8 = new TextEncoder();

/** @throws KmsError */
export function checkContext(context: EncryptionContext): void {
  const pairs = Object.entries(context);
  if (pairs.length > kmsLimits.encryptionContextPairsMax)
    throw invalid(`The encryption context has more than ${kmsLimits.encryptionContextPairsMax} pairs.`);
  let bytes = 0;
  for (const [key, value] of pairs) bytes += utf8.encode(key).length + utf8.encode(value).length;
  if (bytes > kmsLimits.encryptionContextBytesMax)
    throw invalid(`The encryption context is larger than ${kmsLimits.encryptionContextBytesMax} bytes.`);
}

/** Number of pairs (2), then each with lengths (2) before key and value, in the order of the keys' UTF-8 bytes. */
export function canonicalContext(context: EncryptionContext): Uint8Array {
  const pairs = Object.entries(context)
    .map(([key, value]) => [utf8.encode(key), utf8.encode(value)] as const)
    .sort(([left], [right]) => Buffer.compare(left, right));
  const parts: Uint8Array[] = [length16(pairs.length)];
  for (const [key, value] of pairs) parts.push(length16(key.length), key, length16(value.length), value);
  return new Uint8Array(Buffer.concat(parts));
}

export const contextHash = (context: EncryptionContext): Uint8Array =>
  new Uint8Array(createHash('sha256').update(canonicalContext(context)).digest());

export const sameContext = (left: EncryptionContext, right: EncryptionContext): boolean =>
  Buffer.compare(canonicalContext(left), canonicalContext(right)) === 0;

/** Every pair of the first stands in the second. */
export const isSubset = (subset: EncryptionContext, context: EncryptionContext): boolean =>
  Object.entries(subset).every(([key, value]) => Object.hasOwn(context, key) && context[key] === value);

function length16(value: number): Uint8Array {
  if (value > 0xffff) throw new RangeError('an encryption context was not checked');
  return Uint8Array.of(value >>> 8, value & 255);
}
