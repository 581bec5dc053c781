/** How strings are stored: their bytes. */
import type { ValueType } from '../value.ts';
import { RawString } from './raw-string.ts';

export const stringType: ValueType<string | RawString> = {
  type: 'string',
  code: 1,
  save(value, to) {
    if (value instanceof RawString) to.bytes(value.buffer.subarray(0, value.length));
    else to.string(value);
  },
  load: (from) => from.string(),
};
