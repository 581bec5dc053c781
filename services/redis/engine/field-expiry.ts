/**
 * Fields of hashes that expire: those whose time has come are removed when a command meets their hash, so no command sees
 * them, and by the engine's clock work (`expireFields`). What is removed is recorded as any removal is.
 */
import type { Database } from './database.ts';
import { removeField } from './types/hash-changes.ts';
import { HashValue } from './types/hash-value.ts';

/** The hash of the key without expired fields, for reading. @throws WRONGTYPE */
export function readHash(db: Database, key: string): HashValue | undefined {
  const hash = db.readCollection(key, 'hash') as HashValue | undefined;
  if (hash === undefined || hash.nextDeadline > db.engine.now) return hash;
  return live(db, key, hash);
}

/** The hash of the key without expired fields, for a change. @throws WRONGTYPE */
export function writeHash(db: Database, key: string): HashValue | undefined {
  const hash = db.writeCollection(key, 'hash') as HashValue | undefined;
  if (hash === undefined || hash.nextDeadline > db.engine.now) return hash;
  return live(db, key, hash);
}

/**
 * Removes fields whose time has come, the longest due first. The caller settles the engine, as after a command; while a
 * journal is applied this is not called.
 * @param budget the most fields that are removed
 * @returns how many were: fewer than the budget when nothing is due any more
 */
export function expireFields(db: Database, now: number, budget: number): number {
  const { deadlines } = db;
  let removed = 0;
  while (removed < budget && deadlines.earliest <= now) {
    const key = deadlines.earliestKey;
    const value = db.peek(key);
    if (value instanceof HashValue && value.nextDeadline <= now) {
      removed += removeDue(db, key, value, now, budget - removed);
    } else db.watchDeadline(key, value instanceof HashValue ? value.nextDeadline : Number.POSITIVE_INFINITY);
  }
  return removed;
}

function live(db: Database, key: string, hash: HashValue): HashValue | undefined {
  const { engine } = db;
  // While stored effects are applied, they alone say what goes away.
  if (engine.replaying) return hash;
  removeDue(db, key, hash, engine.now, Number.POSITIVE_INFINITY);
  return hash.size === 0 ? undefined : hash;
}

function removeDue(db: Database, key: string, hash: HashValue, now: number, most: number): number {
  let removed = 0;
  for (; removed < most && hash.nextDeadline <= now; removed++) removeField(db, key, hash, hash.nextToExpire);
  db.engine.stats.expiredFields += removed;
  db.notify('h', 'hexpired', key);
  if (db.deleteIfEmpty(key, hash)) db.notify('g', 'del', key);
  return removed;
}
