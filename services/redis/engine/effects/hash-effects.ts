/** Effects on hashes: recorded and applied with the mutators of engine/types/hash-changes.ts. */
import { FormatError } from '@hypergate/kit/bytes';
import type { Database } from '../database.ts';
import {
  changeField,
  expireField,
  hashEffects,
  placeHash,
  putField,
  removeField,
} from '../types/hash-changes.ts';
import { HashValue } from '../types/hash-value.ts';
import type { EffectKind } from './effect-kind.ts';

export const hashEffectKinds: EffectKind[] = [
  {
    code: hashEffects.put,
    name: 'put field',
    apply(database, key, body) {
      const hash = hashOf(database, key) ?? placeHash(database, key);
      while (!body.done) putField(database, key, hash, body.string(), body.string());
    },
  },
  {
    code: hashEffects.change,
    name: 'change field',
    apply(database, key, body) {
      const hash = hashOf(database, key) ?? placeHash(database, key);
      while (!body.done) changeField(database, key, hash, body.string(), body.string());
    },
  },
  {
    code: hashEffects.remove,
    name: 'remove field',
    apply(database, key, body) {
      const hash = someHash(database, key);
      while (!body.done) {
        if (!removeField(database, key, hash, body.string())) throw new FormatError('the field is not there');
      }
    },
  },
  {
    code: hashEffects.expire,
    name: 'expire field',
    apply(database, key, body) {
      const hash = someHash(database, key);
      while (!body.done) {
        const field = body.string();
        if (!hash.has(field)) throw new FormatError('the field is not there');
        expireField(database, key, hash, field, body.f64());
      }
    },
  },
];

function hashOf(database: Database, key: string): HashValue | undefined {
  const value = database.peek(key);
  if (value === undefined || value instanceof HashValue) return value;
  throw new FormatError('the key holds no hash');
}

function someHash(database: Database, key: string): HashValue {
  const hash = hashOf(database, key);
  if (hash === undefined) throw new FormatError('the hash is not there');
  return hash;
}
