/** Changes of sorted sets, recorded as effects that engine/effects/zset-effects.ts applies. */
import type { Database } from '../database.ts';
import { ZsetValue } from './zset-value.ts';

/** put: member, score f64. remove: member. */
export const zsetEffects = { put: 80, remove: 81 } as const;

/** An empty sorted set in a key that is not there: a member must follow. */
export function placeZset(db: Database, key: string): ZsetValue {
  const made = new ZsetValue();
  db.place(key, made);
  return made;
}

/** Adds a member or changes its score. */
export function putMember(db: Database, key: string, zset: ZsetValue, member: string, score: number): void {
  zset.put(member, score);
  const out = db.effect(zsetEffects.put, key);
  if (out === undefined) return;
  out.string(member);
  out.f64(score);
}

/** The caller removes the key of an empty set. @returns whether the member was there */
export function removeMember(db: Database, key: string, zset: ZsetValue, member: string): boolean {
  if (!zset.remove(member)) return false;
  db.effect(zsetEffects.remove, key)?.string(member);
  return true;
}
