/** Writes a value into a payload, in forms that redis-server 7.0 reads. */
import { RawString } from '../types/raw-string.ts';
import { StreamValue } from '../types/stream-value.ts';
import type { Value } from '../value.ts';
import type { RdbSource } from './collections.ts';
import { rdbTypes } from './rdb-types.ts';
import type { RdbWriter } from './rdb-writer.ts';
import { writeStreamObject } from './stream-writer.ts';

/** With its type. @throws RedisError when it would be longer than a string may be */
export function writeObject(value: Value, to: RdbWriter, source: RdbSource): void {
  if (typeof value === 'string') {
    to.u8(rdbTypes.string);
    to.text(value);
  } else if (value instanceof RawString) {
    to.u8(rdbTypes.string);
    to.text(value.toString());
  } else if (value instanceof StreamValue) {
    to.u8(rdbTypes.stream2);
    writeStreamObject(value, to);
  } else {
    const { size } = value;
    switch (value.type) {
      case 'list':
        to.u8(rdbTypes.list);
        to.number(size);
        for (const element of source.list(value)) to.text(element);
        break;
      case 'set':
        to.u8(rdbTypes.set);
        to.number(size);
        for (const member of source.set(value)) to.text(member);
        break;
      case 'hash':
        to.u8(rdbTypes.hash);
        to.number(size);
        for (const [field, held] of source.hash(value)) {
          to.text(field);
          to.text(held);
        }
        break;
      case 'zset':
        to.u8(rdbTypes.zset);
        to.number(size);
        for (const [member, score] of source.zset(value)) {
          to.text(member);
          to.f64(score);
        }
        break;
      case 'stream':
        throw new Error('a stream of another class');
    }
  }
}
