/** Effects on parts of strings: recorded in engine/types/string-changes.ts. An element is `offset ‖ bytes`, or `offset ‖ removed ‖ bytes`. */
import { FormatError } from '@hypergate/kit/bytes';
import type { Database } from '../database.ts';
import { engineLimits } from '../limits.ts';
import { RawString } from '../types/raw-string.ts';
import {
  extendString,
  type StringValue,
  spliceBytes,
  stringEffects,
  writeBytes,
} from '../types/string-changes.ts';
import type { EffectKind } from './effect-kind.ts';

export const stringEffectKinds: EffectKind[] = [
  {
    code: stringEffects.write,
    name: 'write to string',
    apply(database, key, body) {
      let value = stringAt(database, key);
      while (!body.done) {
        const offset = body.varint();
        const bytes = body.string();
        if (offset + bytes.length > engineLimits.stringBytesMax)
          throw new FormatError('a string is too long');
        value =
          bytes === ''
            ? extendString(database, key, value, offset)
            : writeBytes(database, key, value, offset, bytes);
      }
    },
  },
  {
    code: stringEffects.splice,
    name: 'splice string',
    apply(database, key, body) {
      const value = stringAt(database, key);
      const raw = value instanceof RawString ? value : new RawString(value ?? '');
      if (raw !== value) database.place(key, raw);
      while (!body.done) {
        const offset = body.varint();
        const removed = body.varint();
        if (offset + removed > raw.length) throw new FormatError('a change behind the end of a string');
        spliceBytes(database, key, raw, offset, removed, body.string());
      }
    },
  },
];

function stringAt(database: Database, key: string): StringValue | undefined {
  const value = database.keys.get(key);
  if (value === undefined || typeof value === 'string' || value instanceof RawString) return value;
  throw new FormatError('a change of a string where there is none');
}
