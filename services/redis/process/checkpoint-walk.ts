/**
 * Writes a checkpoint while the engine goes on serving: walks through the keys of all databases in slices, each between two
 * turns. What changes behind the walk is in the journal: it is kept from the batch before which the walk began.
 */

import { ByteWriter } from '@hypergate/kit/bytes';
import type { Engine } from '../engine/engine.ts';
import { writeEntry, writeRemoval } from './checkpoint-entries.ts';

/** Bytes of one piece, and about how much one slice writes. */
const pieceBytes = 4 * 1024 * 1024;
const sliceBytes = 256 * 1024;

export class CheckpointWalk {
  private readonly engine: Engine;
  private readonly emptiedBefore: number;
  private readonly out = new ByteWriter(sliceBytes * 2);
  private database = 0;
  private cursor = 0;
  /** Names of keys whose record is to be removed, as they were when the walk began. */
  private readonly removals: { readonly database: number; readonly keys: readonly string[] }[] = [];

  private readonly sliceKeys: number;

  constructor(engine: Engine, { sliceKeys = 1000 }: { readonly sliceKeys?: number } = {}) {
    this.engine = engine;
    this.sliceKeys = sliceKeys;
    this.emptiedBefore = engine.emptied;
    for (const db of engine.databases) {
      if (db.unfoldedRemovals.length > 0)
        this.removals.push({ database: db.index, keys: [...db.unfoldedRemovals] });
    }
  }

  /** A database was emptied or swapped since: what was written is of no use. */
  get isVoid(): boolean {
    return this.engine.emptied !== this.emptiedBefore;
  }

  /**
   * Writes a slice. All effects up to now must have been taken.
   * @returns a piece when one is full, `done` when this was the last one
   */
  step(): { readonly piece: Buffer | undefined; readonly done: boolean } {
    const before = this.out.length;
    for (const { database, keys } of this.removals.splice(0)) {
      for (const key of keys) writeRemoval(this.out, database, key);
    }
    const { engine, out } = this;
    const { databases } = engine;
    let keys = 0;
    while (this.database < databases.length && keys < this.sliceKeys && out.length - before < sliceBytes) {
      const db = databases[this.database]!;
      if (db.size === 0) {
        this.database++;
        continue;
      }
      const batch = engine.effects.batch - 1;
      this.cursor = db.keys.scan(this.cursor, Math.min(16, this.sliceKeys), (key, value, part, position) => {
        keys++;
        const record = part.record[position]!;
        writeEntry(out, engine, {
          database: db.index,
          key,
          value,
          expiresAt: db.expiresAt(key),
          batch,
          record,
        });
      });
      if (this.cursor === 0) this.database++;
    }
    const done = this.database >= databases.length;
    const isFull = out.length >= pieceBytes;
    return { piece: isFull || (done && out.length > 0) ? out.take() : undefined, done };
  }
}
