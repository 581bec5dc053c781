/** How sets are stored: a count and the members. */
import { type ByteWriter, FormatError } from '@hypergate/kit/bytes';
import type { Config } from '../config.ts';
import { DenseTracker, segmentOf } from '../dense-tracker.ts';
import type { ValueType } from '../value.ts';
import { setEncoding } from './set-encoding.ts';
import { SetValue } from './set-value.ts';

export const setType: ValueType<SetValue> & {
  encoding(value: SetValue, config: Config): string;
  elements(value: SetValue): Iterable<string>;
} = {
  type: 'set',
  code: 4,
  save(value, to) {
    saveMembers(value, 0, value.size, to);
  },
  load(from) {
    const value = new SetValue();
    for (let left = from.varint(); left > 0; left--) {
      if (!value.add(from.string())) throw new FormatError('a member stands twice in a set');
    }
    return value;
  },
  encoding: setEncoding,
  elements: (value) => value.keys,
  /** A segment is stored as a set of its members is. */
  segments: {
    track(value) {
      value.segments = new DenseTracker(
        value.bytes,
        () => value.size,
        (from, to, out) => saveMembers(value, from, to, out),
      );
    },
    segmentOf,
  },
};

function saveMembers({ keys }: SetValue, from: number, end: number, to: ByteWriter): void {
  to.varint(end - from);
  for (let i = from; i < end; i++) to.string(keys[i]!);
}
