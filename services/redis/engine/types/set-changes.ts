/** Changes of sets, recorded as effects that engine/effects/set-effects.ts applies. */
import type { Database } from '../database.ts';
import { SetValue } from './set-value.ts';

/** Codes of the effects recorded here; an element is a member. */
export const setEffects = { add: 64, remove: 65 } as const;

/** @throws WRONGTYPE */
export function readSet(db: Database, key: string): SetValue | undefined {
  return db.readCollection(key, 'set') as SetValue | undefined;
}

/** @throws WRONGTYPE */
export function writeSet(db: Database, key: string): SetValue | undefined {
  return db.writeCollection(key, 'set') as SetValue | undefined;
}

/** An empty set in a key that is not there: a member must follow. */
export function placeSet(db: Database, key: string): SetValue {
  const made = new SetValue();
  db.place(key, made);
  return made;
}

/** @returns whether the member is new */
export function addMember(db: Database, key: string, set: SetValue, member: string): boolean {
  if (!set.add(member)) return false;
  db.effect(setEffects.add, key)?.string(member);
  return true;
}

/** The caller removes the key of an empty set. @returns whether the member was there */
export function removeMember(db: Database, key: string, set: SetValue, member: string): boolean {
  if (!set.delete(member)) return false;
  db.effect(setEffects.remove, key)?.string(member);
  return true;
}

/** As `removeMember`, by position. @returns the member */
export function removeMemberAt(db: Database, key: string, set: SetValue, position: number): string {
  const member = set.keys[position]!;
  set.deleteAt(position);
  db.effect(setEffects.remove, key)?.string(member);
  return member;
}
