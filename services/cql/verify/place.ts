/** Keys of the records of rows (services/cql/model/rows.ts), made by the verifier itself. Runs in browsers. */
import { sha256 } from '@noble/hashes/sha2.js';
import type { CqlType, NativeType, Value } from '../types/api.ts';
import { bytesOfHex, bytesOfInt64, joinBytes } from '../types/binary.ts';
import { appendKey, type KeyPart } from '../types/byte-comparable.ts';
import { ComparableSink } from '../types/comparable-sink.ts';
import { orderedToken } from '../types/token.ts';

const plainKeyBytesMax = 1024;
const longKeyByte = 0x3a;
const headByte = 0x00;
/** Of the table layer's keys, without table id, generation and hash. */
const cutBytes = 8 * 1024 - 16 - 8 - 32;
const blob: NativeType = { kind: 'native', name: 'blob' };

/** @param id of the table, 32 hexadecimal digits */
export function rowsPartition(id: string, generation: number): Uint8Array {
  return joinBytes(bytesOfHex(id), bytesOfInt64(BigInt(generation)));
}

export function headSort(key: Value): Uint8Array {
  return joinBytes(prefixOf(key), Uint8Array.of(headByte));
}

export function rowSort(
  key: Value,
  clustering: readonly { readonly type: CqlType; readonly order: string }[],
  values: readonly Value[],
): Uint8Array {
  const parts = clustering.map(({ type, order }) => ({ type, descending: order === 'desc' }));
  const sort = joinBytes(prefixOf(key), comparable(parts, values));
  return sort.length <= cutBytes ? sort : joinBytes(sort.subarray(0, cutBytes), sha256(sort));
}

function prefixOf(key: Value): Uint8Array {
  const token = orderedToken(key);
  const first = comparable([{ type: blob, descending: false }], [key.subarray(0, plainKeyBytesMax)]);
  if (key.length <= plainKeyBytesMax) return joinBytes(token, first);
  return joinBytes(token, first.subarray(0, -1), Uint8Array.of(longKeyByte), sha256(key));
}

function comparable(parts: readonly KeyPart[], values: readonly Value[]): Uint8Array {
  const sink = new ComparableSink();
  appendKey(parts, values, 'terminator', sink);
  return sink.take();
}
