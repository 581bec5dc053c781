/**
 * Builds all databases anew from the stored form of every key, as a restart would: what does not survive that shows at once.
 * Times to live, last accesses and what the journal knows of each key stay.
 */
import type { Database } from './database.ts';
import { DeadlineTable } from './deadline-table.ts';
import type { Engine } from './engine.ts';
import { ExpiryTable } from './expiry-table.ts';
import { hashString } from './hash-string.ts';
import { KeyTable } from './key-table.ts';

export function reload(engine: Engine): void {
  engine.settle();
  for (const db of engine.databases) reloadDatabase(engine, db);
}

function reloadDatabase(engine: Engine, db: Database): void {
  const { keys, expires } = db;
  if (keys.size === 0) return;
  db.keys = new KeyTable();
  db.expires = new ExpiryTable();
  db.deadlines = new DeadlineTable();
  db.bytes = 0;
  for (const part of keys.parts) {
    for (let position = 0; position < part.size; position++) {
      const key = part.keys[position]!;
      db.place(key, engine.duplicate(part.values[position]!));
      db.setExpiryQuietly(key, expires.get(key));
      const hash = hashString(key);
      const placed = db.keys.part(hash);
      const at = placed.find(key, hash);
      placed.access[at] = part.access[position]!;
      placed.changedAt[at] = part.changedAt[position]!;
      placed.record[at] = part.record[position]!;
    }
  }
}

/** Removes every key whose time has come, as loading a snapshot does. */
export function dropExpired(engine: Engine): void {
  for (const db of engine.databases) {
    const due = db.expires.parts.flatMap((part) =>
      part === undefined ? [] : part.keys.filter((_, position) => part.times[position]! <= engine.now),
    );
    for (const key of due) engine.expireKey(db, key);
  }
}
