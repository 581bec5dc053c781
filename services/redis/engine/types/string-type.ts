/** How strings are stored: their bytes. */
import { parseInteger } from '../numbers.ts';
import type { ValueType } from '../value.ts';
import { RawString } from './raw-string.ts';

export const stringType: ValueType<string | RawString> & { encoding(value: string | RawString): string } = {
  type: 'string',
  code: 1,
  save(value, to) {
    if (value instanceof RawString) to.bytes(value.view());
    else to.string(value);
  },
  load: (from) => from.string(),
  encoding: stringEncoding,
};

/** Longest string that Redis keeps in one piece with its header. */
const embeddedBytesMax = 44;
const integerCharsMax = 20;

/** What OBJECT ENCODING says of a string. */
export function stringEncoding(value: string | RawString): 'int' | 'embstr' | 'raw' {
  if (typeof value !== 'string') return 'raw';
  if (value.length <= integerCharsMax && parseInteger(value) !== undefined) return 'int';
  return value.length <= embeddedBytesMax ? 'embstr' : 'raw';
}
