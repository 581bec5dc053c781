/** Effects on sets: recorded in engine/types/set-changes.ts. */
import { FormatError } from '@hypergate/kit/bytes';
import type { Database } from '../database.ts';
import { addMember, placeSet, removeMember, setEffects } from '../types/set-changes.ts';
import { SetValue } from '../types/set-value.ts';
import type { EffectKind } from './effect-kind.ts';

export const setEffectKinds: EffectKind[] = [
  {
    code: setEffects.add,
    name: 'add to set',
    apply(database, key, body) {
      const set = setAt(database, key) ?? placeSet(database, key);
      while (!body.done) {
        if (!addMember(database, key, set, body.string()))
          throw new FormatError('a member is added that is there already');
      }
    },
  },
  {
    code: setEffects.remove,
    name: 'remove from set',
    apply(database, key, body) {
      const set = setAt(database, key);
      while (!body.done) {
        if (set === undefined || !removeMember(database, key, set, body.string()))
          throw new FormatError('a member is removed that is not there');
      }
    },
  },
];

function setAt(database: Database, key: string): SetValue | undefined {
  const value = database.keys.get(key);
  if (value === undefined || value instanceof SetValue) return value;
  throw new FormatError('the key is not a set');
}
