/** Effects on lists: recorded and applied with the mutators of engine/types/list-changes.ts. Positions count from the left. */
import { type ByteReader, FormatError } from '@hypergate/kit/bytes';
import type { Database } from '../database.ts';
import {
  dropItems,
  insertItem,
  listEffects,
  placeList,
  pushItem,
  removeItems,
  setItem,
} from '../types/list-changes.ts';
import { ListValue } from '../types/list-value.ts';
import type { EffectKind } from './effect-kind.ts';

export const listEffectKinds: EffectKind[] = [
  {
    code: listEffects.pushLeft,
    name: 'push left',
    apply(database, key, body) {
      const list = listOf(database, key) ?? placeList(database, key);
      while (!body.done) pushItem(database, key, list, 'left', body.string());
    },
  },
  {
    code: listEffects.pushRight,
    name: 'push right',
    apply(database, key, body) {
      const list = listOf(database, key) ?? placeList(database, key);
      while (!body.done) pushItem(database, key, list, 'right', body.string());
    },
  },
  {
    code: listEffects.popLeft,
    name: 'pop left',
    apply(database, key, body) {
      const list = someList(database, key);
      while (!body.done) dropItems(database, key, list, 'left', upTo(body, list.size));
    },
  },
  {
    code: listEffects.popRight,
    name: 'pop right',
    apply(database, key, body) {
      const list = someList(database, key);
      while (!body.done) dropItems(database, key, list, 'right', upTo(body, list.size));
    },
  },
  {
    code: listEffects.set,
    name: 'set element',
    apply(database, key, body) {
      const list = someList(database, key);
      while (!body.done) setItem(database, key, list, upTo(body, list.size - 1), body.string());
    },
  },
  {
    code: listEffects.insert,
    name: 'insert element',
    apply(database, key, body) {
      const list = someList(database, key);
      while (!body.done) insertItem(database, key, list, upTo(body, list.size), body.string());
    },
  },
  {
    code: listEffects.remove,
    name: 'remove elements',
    apply(database, key, body) {
      const list = someList(database, key);
      while (!body.done) {
        const indexes: number[] = [];
        let last = 0;
        for (let left = upTo(body, list.size); left > 0; left--) {
          last += upTo(body, list.size - 1 - last);
          if (indexes.length > 0 && last === indexes[indexes.length - 1])
            throw new FormatError('an index twice');
          indexes.push(last);
        }
        removeItems(database, key, list, indexes);
      }
    },
  },
];

function listOf(database: Database, key: string): ListValue | undefined {
  const value = database.peek(key);
  if (value === undefined || value instanceof ListValue) return value;
  throw new FormatError('the key holds no list');
}

function someList(database: Database, key: string): ListValue {
  const list = listOf(database, key);
  if (list === undefined) throw new FormatError('the list is not there');
  return list;
}

function upTo(body: ByteReader, most: number): number {
  const value = body.varint();
  if (value > most) throw new FormatError('an index outside of the list');
  return value;
}
