/**
 * Every change of a list: in memory and as an effect (engine/effects/list-effects.ts applies the same). Commands remove the
 * key of a list that became empty with `listLost`; so a list that is moved onto itself never goes away on the way.
 */
import type { Database } from '../database.ts';
import { listGrows, listShrank } from './list-encoding.ts';
import { ListValue } from './list-value.ts';

/** Codes in stored journals. */
export const listEffects = {
  pushLeft: 32,
  pushRight: 33,
  popLeft: 34,
  popRight: 35,
  set: 36,
  insert: 37,
  remove: 38,
} as const;

export type ListEnd = 'left' | 'right';

/** The list of the key, for reading. @throws WRONGTYPE */
export function readList(db: Database, key: string): ListValue | undefined {
  return db.readCollection(key, 'list') as ListValue | undefined;
}

/** The list of the key, for a change. @throws WRONGTYPE */
export function writeList(db: Database, key: string): ListValue | undefined {
  return db.writeCollection(key, 'list') as ListValue | undefined;
}

/** An empty list under a key that holds nothing; an element must follow. */
export function placeList(db: Database, key: string): ListValue {
  const list = new ListValue();
  db.place(key, list);
  return list;
}

/** Pushes `items` from `first` on, one after the other. */
export function pushItems(
  db: Database,
  key: string,
  list: ListValue,
  end: ListEnd,
  items: readonly string[],
  first: number,
): void {
  let bytes = 0;
  for (let i = first; i < items.length; i++) bytes += items[i]!.length;
  listGrows(list, db.engine.listFill, bytes, items.length - first);
  const out = db.effect(end === 'left' ? listEffects.pushLeft : listEffects.pushRight, key);
  for (let i = first; i < items.length; i++) {
    const item = items[i]!;
    if (end === 'left') list.pushLeft(item);
    else list.pushRight(item);
    out?.string(item);
  }
}

export function pushItem(db: Database, key: string, list: ListValue, end: ListEnd, item: string): void {
  listGrows(list, db.engine.listFill, item.length, 1);
  if (end === 'left') list.pushLeft(item);
  else list.pushRight(item);
  db.effect(end === 'left' ? listEffects.pushLeft : listEffects.pushRight, key)?.string(item);
}

/** Of a list that is not empty. */
export function popItem(db: Database, key: string, list: ListValue, end: ListEnd): string {
  const item = end === 'left' ? list.popLeft() : list.popRight();
  listShrank(list, db.engine.listFill);
  db.effect(end === 'left' ? listEffects.popLeft : listEffects.popRight, key)?.varint(1);
  return item;
}

/** Removes `count` elements, at most all. */
export function dropItems(db: Database, key: string, list: ListValue, end: ListEnd, count: number): void {
  if (count <= 0) return;
  if (end === 'left') list.dropLeft(count);
  else list.dropRight(count);
  listShrank(list, db.engine.listFill);
  db.effect(end === 'left' ? listEffects.popLeft : listEffects.popRight, key)?.varint(count);
}

export function setItem(db: Database, key: string, list: ListValue, index: number, item: string): void {
  listGrows(list, db.engine.listFill, item.length, 0);
  list.set(index, item);
  listShrank(list, db.engine.listFill);
  const out = db.effect(listEffects.set, key);
  out?.varint(index);
  out?.string(item);
}

/** Before the element at `index`; the size means behind all. */
export function insertItem(db: Database, key: string, list: ListValue, index: number, item: string): void {
  listGrows(list, db.engine.listFill, item.length, 1);
  list.insert(index, item);
  const out = db.effect(listEffects.insert, key);
  out?.varint(index);
  out?.string(item);
}

/** @param indexes ascending, of the list as it is before */
export function removeItems(db: Database, key: string, list: ListValue, indexes: readonly number[]): void {
  list.remove(indexes);
  listShrank(list, db.engine.listFill);
  const out = db.effect(listEffects.remove, key);
  if (out === undefined) return;
  out.varint(indexes.length);
  let last = 0;
  for (const index of indexes) {
    out.varint(index - last);
    last = index;
  }
}

/** Elements went away: tells so, and removes the key of an empty list. @param event `lpop`, `ltrim` and such */
export function listLost(db: Database, key: string, list: ListValue, event: string): void {
  db.notify('l', event, key);
  if (db.deleteIfEmpty(key, list)) db.notify('g', 'del', key);
}
