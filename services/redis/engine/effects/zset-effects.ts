/** Effects on sorted sets: recorded in engine/types/zset-changes.ts. */
import { FormatError } from '@hypergate/kit/bytes';
import type { Database } from '../database.ts';
import { placeZset, putMember, removeMember, zsetEffects } from '../types/zset-changes.ts';
import { ZsetValue } from '../types/zset-value.ts';
import type { EffectKind } from './effect-kind.ts';

export const zsetEffectKinds: EffectKind[] = [
  {
    code: zsetEffects.put,
    name: 'put member',
    apply(database, key, body) {
      const zset = found(database, key) ?? placeZset(database, key);
      while (!body.done) {
        const member = body.string();
        const score = body.f64();
        if (Number.isNaN(score)) throw new FormatError('a score that is not a number');
        putMember(database, key, zset, member, score);
      }
    },
  },
  {
    code: zsetEffects.remove,
    name: 'remove member',
    apply(database, key, body) {
      const zset = found(database, key);
      while (!body.done) {
        if (zset === undefined || !removeMember(database, key, zset, body.string()))
          throw new FormatError('a member is removed that is not there');
      }
    },
  },
];

function found(database: Database, key: string): ZsetValue | undefined {
  const value = database.peek(key);
  if (value === undefined || value instanceof ZsetValue) return value;
  throw new FormatError('the key is not a sorted set');
}
