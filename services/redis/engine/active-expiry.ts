/**
 * Removes keys whose time has come though nobody asks for them. Each run goes through the databases in turn and looks at the
 * next few keys that expire; while a good share of them was due it stays with the database, so effort follows need. A cursor
 * counts down through each table and is right whatever happened to the table meanwhile (engine/indexed-keys.ts).
 */
import type { Database } from './database.ts';
import type { Engine } from './engine.ts';
import { engineLimits } from './limits.ts';

interface Place {
  part: number;
  /** Entries of the part below this one were not looked at. */
  position: number;
}

export class ActiveExpiry {
  /** DEBUG SET-ACTIVE-EXPIRE */
  enabled = true;
  private readonly engine: Engine;
  private readonly places = new Map<Database, Place>();
  /** Where the next run begins. */
  private nextDatabase = 0;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /** @returns how many keys were removed */
  run(): number {
    const { engine } = this;
    if (!this.enabled || engine.expiryPaused || engine.replaying) return 0;
    const { clock } = engine.modules;
    const until = clock.now() + engineLimits.expiryMsPerRun;
    let left = engineLimits.expiryKeysPerRun;
    let removed = 0;
    const count = engine.databases.length;
    for (let i = 0; i < count && left > 0; i++) {
      const db = engine.databases[this.nextDatabase]!;
      this.nextDatabase = (this.nextDatabase + 1) % count;
      while (left > 0 && db.expires.size > 0) {
        const wanted = Math.min(engineLimits.expirySampleKeys, db.expires.size);
        const expired = this.sample(db, wanted);
        left -= wanted;
        removed += expired;
        if (expired <= wanted * engineLimits.expiredShareMax || clock.now() >= until) break;
      }
      if (clock.now() >= until) break;
    }
    return removed;
  }

  /** Looks at the next keys. @returns how many were due */
  private sample(db: Database, wanted: number): number {
    const { engine, places } = this;
    let place = places.get(db);
    if (place === undefined) places.set(db, (place = { part: 0, position: 0 }));
    const { parts } = db.expires;
    let looked = 0;
    let expired = 0;
    // Once around is enough: no part is left out, whatever is removed on the way.
    for (let turned = 0; looked < wanted && turned <= engineLimits.keyTableParts; ) {
      const part = parts[place.part];
      place.position = Math.min(place.position, part?.size ?? 0);
      if (part === undefined || place.position === 0) {
        place.part = (place.part + 1) % engineLimits.keyTableParts;
        place.position = parts[place.part]?.size ?? 0;
        turned++;
        continue;
      }
      const position = --place.position;
      looked++;
      if (part.times[position]! > engine.now) continue;
      engine.expireKey(db, part.keys[position]!);
      expired++;
    }
    return expired;
  }
}
