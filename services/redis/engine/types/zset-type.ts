/** How sorted sets are stored: the number of members, then each with its score, in order. Released: never changed. */

import { FormatError } from '@hypergate/kit/bytes';
import type { Config } from '../config.ts';
import { DenseTracker, segmentOf } from '../dense-tracker.ts';
import { Dict } from '../dict.ts';
import type { ValueType } from '../value.ts';
import { zsetEncoding } from './zset-encoding.ts';
import { ZsetValue } from './zset-value.ts';

export const zsetType: ValueType<ZsetValue> & {
  /** What OBJECT ENCODING says. */
  encoding(value: ZsetValue, config: Config): string;
  /** Members from the lowest score on: what SORT sorts. */
  elements(value: ZsetValue): Iterable<string>;
} = {
  type: 'zset',
  code: 5,
  encoding: zsetEncoding,
  *elements(value) {
    if (value.size === 0) return;
    const cursor = value.at(0);
    for (let i = 0; i < value.size; i++) {
      yield cursor.member;
      cursor.forward();
    }
  },
  save(value, to) {
    to.varint(value.size);
    if (value.size === 0) return;
    const cursor = value.at(0);
    for (let i = 0; i < value.size; i++) {
      to.string(cursor.member);
      to.f64(cursor.score);
      cursor.forward();
    }
  },
  load(from) {
    const size = from.varint();
    const scores = new Dict<number>();
    for (let i = 0; i < size; i++) {
      const member = from.string();
      const score = from.f64();
      if (Number.isNaN(score)) throw new FormatError('a score that is not a number');
      if (!scores.set(member, score)) throw new FormatError('a member that is there twice');
    }
    return new ZsetValue(scores);
  },
  /** A segment has members with their scores, in no order: a number, then each as in the whole. */
  segments: {
    track(value) {
      const { scores } = value;
      value.segments = new DenseTracker(
        value.bytes,
        () => value.size,
        (from, end, to) => {
          to.varint(end - from);
          for (let i = from; i < end; i++) {
            to.string(scores.keys[i]!);
            to.f64(scores.values[i]!);
          }
        },
      );
    },
    segmentOf: ({ scores }, member) => segmentOf(scores, member),
  },
};
