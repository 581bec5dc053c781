/** Every change of a hash: in memory and as an effect (engine/effects/hash-effects.ts applies the same). */
import type { Database } from '../database.ts';
import { HashValue } from './hash-value.ts';

/** Codes in stored journals. */
export const hashEffects = { put: 48, change: 49, remove: 50, expire: 51 } as const;

/** An empty hash under a key that holds nothing; a field must follow. */
export function placeHash(db: Database, key: string): HashValue {
  const hash = new HashValue();
  db.place(key, hash);
  return hash;
}

/** As HSET: the field stays for ever, whatever expiry it had. @returns whether the field is new */
export function putField(db: Database, key: string, hash: HashValue, field: string, value: string): boolean {
  const isNew = hash.set(field, value);
  if (!isNew && hash.deadlineCount > 0 && hash.deadline(field) > 0) {
    hash.setDeadline(field, 0);
    watchDeadline(db, key, hash);
  }
  const out = db.effect(hashEffects.put, key);
  out?.string(field);
  out?.string(value);
  return isNew;
}

/** As HINCRBY: keeps the field's expiry. */
export function changeField(db: Database, key: string, hash: HashValue, field: string, value: string): void {
  hash.set(field, value);
  const out = db.effect(hashEffects.change, key);
  out?.string(field);
  out?.string(value);
}

/** @returns whether it was there */
export function removeField(db: Database, key: string, hash: HashValue, field: string): boolean {
  const hadDeadline = hash.deadlineCount > 0;
  if (!hash.delete(field)) return false;
  if (hadDeadline) watchDeadline(db, key, hash);
  db.effect(hashEffects.remove, key)?.string(field);
  return true;
}

/** Of a field that is there. @param atMs milliseconds since 1970, 0 to keep the field for ever */
export function expireField(db: Database, key: string, hash: HashValue, field: string, atMs: number): void {
  hash.setDeadline(field, atMs);
  watchDeadline(db, key, hash);
  const out = db.effect(hashEffects.expire, key);
  out?.string(field);
  out?.f64(atMs);
}

/** The database knows when the first field of each hash expires. */
function watchDeadline(db: Database, key: string, hash: HashValue): void {
  db.watchDeadline(key, hash.nextDeadline);
}
