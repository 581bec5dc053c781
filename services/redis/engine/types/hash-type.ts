/**
 * How hashes are stored: number of fields ‖ field and value each ‖ number of fields that expire ‖ of each its place among
 * the fields (from 0, ascending) and when it expires (milliseconds since 1970, f64).
 */
import { type ByteWriter, FormatError } from '@hypergate/kit/bytes';
import { DenseTracker, segmentOf } from '../dense-tracker.ts';
import type { ValueType } from '../value.ts';
import { hashEncoding } from './hash-encoding.ts';
import { HashValue } from './hash-value.ts';

export const hashType: ValueType<HashValue> = {
  type: 'hash',
  code: 3,
  save(hash, to) {
    saveFields(hash, 0, hash.size, to);
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
  /** A segment is stored as a hash of its fields is. */
  segments: {
    track(hash) {
      hash.segments = new DenseTracker(
        hash.bytes,
        () => hash.size,
        (from, to, out) => saveFields(hash, from, to, out),
      );
    },
    segmentOf: (hash, field) => segmentOf(hash.fields, field),
  },
};

function saveFields(hash: HashValue, from: number, end: number, to: ByteWriter): void {
  const { keys, values } = hash.fields;
  to.varint(end - from);
  for (let i = from; i < end; i++) {
    to.string(keys[i]!);
    to.string(values[i]!);
  }
  let expiring = 0;
  const isAny = hash.deadlineCount > 0;
  for (let i = from; isAny && i < end; i++) if (hash.deadline(keys[i]!) > 0) expiring++;
  to.varint(expiring);
  for (let i = from; expiring > 0; i++) {
    const at = hash.deadline(keys[i]!);
    if (at === 0) continue;
    to.varint(i - from);
    to.f64(at);
    expiring--;
  }
}
