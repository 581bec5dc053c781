/**
 * How hashes are stored: number of fields ‖ field and value each ‖ number of fields that expire ‖ of each its place among
 * the fields (from 0, ascending) and when it expires (milliseconds since 1970, f64).
 */
import { FormatError } from '../effects/byte-reader.ts';
import type { ValueType } from '../value.ts';
import { hashEncoding } from './hash-encoding.ts';
import { HashValue } from './hash-value.ts';

export const hashType: ValueType<HashValue> = {
  type: 'hash',
  code: 3,
  save(hash, to) {
    const { keys, values } = hash.fields;
    to.varint(hash.size);
    for (let i = 0; i < keys.length; i++) {
      to.string(keys[i]!);
      to.string(values[i]!);
    }
    let left = hash.deadlineCount;
    to.varint(left);
    for (let i = 0; left > 0; i++) {
      const at = hash.deadline(keys[i]!);
      if (at === 0) continue;
      to.varint(i);
      to.f64(at);
      left--;
    }
  },
  load(from) {
    const hash = new HashValue();
    for (let left = from.varint(); left > 0; left--) hash.set(from.string(), from.string());
    for (let left = from.varint(); left > 0; left--) {
      const field = hash.fields.keys[from.varint()];
      const at = from.f64();
      if (field === undefined || !(at > 0)) throw new FormatError('an expiry without its field');
      hash.setDeadline(field, at);
    }
    return hash;
  },
  encoding: hashEncoding,
};
