/** How sets are stored: a count and the members. */
import type { Config } from '../config.ts';
import { FormatError } from '../effects/byte-reader.ts';
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
    to.varint(value.size);
    for (const member of value.keys) to.string(member);
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
};
