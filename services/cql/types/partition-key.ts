/**
 * Partition keys in the binary form that is hashed: one column's value as it is; several as Cassandra's composites, each with two
 * bytes of length in front and a zero behind.
 */
import type { Value } from './api.ts';
import { MarshalError } from './marshal-error.ts';

/** Of a whole key, and of each of its parts: the length has two bytes. */
export const partitionKeyBytesMax = 65_535;

function checkLength(length: number): void {
  if (length > partitionKeyBytesMax)
    throw new MarshalError(`Key length of ${length} is longer than maximum of ${partitionKeyBytesMax}`);
}

export function encodePartitionKey(values: readonly Value[]): Value {
  if (values.length === 1) {
    checkLength(values[0]!.length);
    return values[0]!;
  }
  let length = 0;
  for (const value of values) length += value.length + 3;
  checkLength(length);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const value of values) {
    bytes[at] = value.length >>> 8;
    bytes[at + 1] = value.length;
    bytes.set(value, at + 2);
    at += value.length + 3;
  }
  return bytes;
}

/** Views of the key's memory. */
export function decodePartitionKey(key: Value, columns: number): Value[] {
  if (columns === 1) return [key];
  const values: Value[] = [];
  let at = 0;
  while (at < key.length) {
    const length = at + 2 <= key.length ? (key[at]! << 8) | key[at + 1]! : key.length;
    if (at + length + 3 > key.length) throw new MarshalError('Not enough bytes to read a partition key');
    values.push(key.subarray(at + 2, at + 2 + length));
    at += length + 3;
  }
  if (values.length !== columns)
    throw new MarshalError(`Expected ${columns} parts of a partition key (${values.length})`);
  return values;
}
