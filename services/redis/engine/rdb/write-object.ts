/** Writes a value into a payload, in forms that redis-server 7.0 reads. */
import { RawString } from '../types/raw-string.ts';
import { StreamValue } from '../types/stream-value.ts';
import type { Collection, Value } from '../value.ts';
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
    writeCollection(value, to, source);
  }
}

function writeCollection(value: Collection, to: RdbWriter, source: RdbSource): void {
  switch (value.type) {
    case 'list':
      to.u8(rdbTypes.list);
      to.number(value.size);
      source.list(value, (element) => to.text(element));
      break;
    case 'set':
      to.u8(rdbTypes.set);
      to.number(value.size);
      source.set(value, (member) => to.text(member));
      break;
    case 'hash':
      to.u8(rdbTypes.hash);
      to.number(value.size);
      source.hash(value, (field, held) => {
        to.text(field);
        to.text(held);
      });
      break;
    case 'zset':
      to.u8(rdbTypes.zset);
      to.number(value.size);
      source.zset(value, (member, score) => {
        to.text(member);
        to.f64(score);
      });
      break;
    case 'stream':
      throw new Error('a stream of another class');
  }
}
