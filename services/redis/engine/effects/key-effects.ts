/** Effects on keys of any type and on whole strings: recorded in engine/database.ts. */
import { FormatError } from '@hypergate/kit/bytes';
import { type Database, keyEffects } from '../database.ts';
import type { Engine } from '../engine.ts';
import type { EffectKind } from './effect-kind.ts';

export const keyEffectKinds: EffectKind[] = [
  {
    code: keyEffects.delete,
    name: 'delete',
    apply: (database, key) => void database.delete(key),
  },
  {
    code: keyEffects.expire,
    name: 'expire',
    apply(database, key, body) {
      if (database.keys.get(key) === undefined) throw new FormatError('an expiry without its key');
      while (!body.done) database.setExpiry(key, body.f64());
    },
  },
  {
    code: keyEffects.restore,
    name: 'restore',
    apply(database, key, body, engine) {
      while (!body.done) {
        const expiresAt = body.f64();
        const type = engine.valueTypeByCode(body.u8());
        if (type === undefined) throw new FormatError('a value of an unknown type');
        database.restore(key, type.load(body), expiresAt);
      }
    },
  },
  {
    code: keyEffects.flush,
    name: 'flush',
    apply: (database) => database.flush(),
  },
  {
    code: keyEffects.swap,
    name: 'swap databases',
    apply(database, _key, body, engine) {
      while (!body.done) database.swap(databaseAt(engine, body.u8()));
    },
  },
  {
    code: keyEffects.setString,
    name: 'set string',
    apply(database, key, body) {
      while (!body.done) {
        const value = body.string();
        database.setString(key, value, body.f64());
      }
    },
  },
  {
    code: keyEffects.setPlain,
    name: 'set string without expiry',
    apply(database, key, body) {
      while (!body.done) database.setString(key, body.string(), 0);
    },
  },
];

function databaseAt(engine: Engine, index: number): Database {
  const database = engine.databases[index];
  if (database === undefined) throw new FormatError('no such database');
  return database;
}
