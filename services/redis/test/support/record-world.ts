/** A gateway's records and its engine over tables in memory, folded by hand; both can end and begin again. */
import { createHash } from 'node:crypto';
import { ByteReader, ByteWriter } from '@hypergate/kit/bytes';
import { expect } from 'vitest';
import { applyEffects } from '../../engine/effects/effect-kind.ts';
import type { Engine } from '../../engine/engine.ts';
import { RawString } from '../../engine/types/raw-string.ts';
import type { Value } from '../../engine/value.ts';
import { readEntries } from '../../process/checkpoint-entries.ts';
import { CheckpointWalk } from '../../process/checkpoint-walk.ts';
import { KeyFolder } from '../../process/key-folder.ts';
import { readKeyStates } from '../../process/key-states.ts';
import { KeyRecords } from '../../store/key-records.ts';
import { type RecordLimits, recordLimits } from '../../store/limits.ts';
import { connect, type EngineClient, openEngine, testClock } from './engine-harness.ts';
import { readNotes, readRecords } from './record-reader.ts';
import { TableModel } from './table-model.ts';
import { textOfRecord, textOfValue } from './value-text.ts';

export class RecordWorld {
  readonly model = new TableModel();
  engine: Engine;
  client: EngineClient;
  readonly clock = testClock();
  private folder: KeyFolder;
  private records: KeyRecords;
  /** Of each key the values it had, and from which batch on. */
  private readonly history = new Map<string, { batch: number; digest: string }[]>();
  private checkpoint: { pieces: Buffer[]; state: Buffer; batch: number };
  private journal: { batch: number; effects: Buffer }[] = [];
  private readonly seed: number;
  private readonly limits: RecordLimits;
  /** Records in segments that were compared. */
  compared = 0;

  constructor(seed: number, limits: RecordLimits = recordLimits) {
    this.seed = seed;
    this.limits = limits;
    // A row more than there was room for, and the record with the notes.
    this.model.transactionBytesMax = limits.transactionBytes + 80_000;
    this.engine = openEngine(true, seed, this.clock);
    this.client = connect(this.engine);
    this.folder = new KeyFolder(this.engine);
    this.records = this.openRecords();
    this.checkpoint = { pieces: [], state: Buffer.alloc(0), batch: 1 };
  }

  private openRecords(): KeyRecords {
    const { tables, domain } = this.model.modules;
    const fence = { domain: Buffer.alloc(32), resource: 'redis', term: 1 };
    return new KeyRecords({ tables, domain, fence, limits: this.limits });
  }

  run(...args: string[]): string {
    return this.client.run(...args);
  }

  /** Effects leave, and the values that they led to are remembered. */
  endTurn(): void {
    const taken = this.engine.effects.take();
    if (taken === undefined) return;
    this.journal.push(taken);
    for (const db of this.engine.databases) {
      for (const part of db.keys.parts) {
        for (const [i, key] of part.keys.entries()) {
          const value = part.values[i]!;
          if (part.changedAt[i] !== taken.batch || typeof value === 'string' || value.type === 'string')
            continue;
          const name = `${db.index} ${key}`;
          const values = this.history.get(name) ?? [];
          this.history.set(name, values);
          values.push({ batch: taken.batch, digest: this.digest(textOfValue(value)) });
        }
      }
    }
  }

  private digest(text: string): string {
    return createHash('md5').update(text).digest('hex');
  }

  beginRound(): void {
    this.folder.beginRound();
  }

  async fold(keysMax: number, bytesMax: number): Promise<number> {
    const { states, left } = this.folder.take({ keysMax, bytesMax });
    await this.records.write(readKeyStates(states), this.engine.effects.batch - 1);
    return left;
  }

  async foldKey(key: string, bytesMax: number, between: () => void = () => undefined): Promise<void> {
    for (let left = 1; left > 0; between()) {
      const taken = this.folder.takeKey(0, key, undefined, bytesMax);
      left = taken.left;
      await this.records.write(readKeyStates(taken.states), this.engine.effects.batch - 1);
    }
  }

  /** Until every record shows its key as it is now. */
  async foldAll(): Promise<void> {
    for (let round = 0; round < 2; round++) {
      this.beginRound();
      while ((await this.fold(100, 100_000)) > 0);
    }
  }

  writeCheckpoint(): void {
    const pieces: Buffer[] = [];
    const state = this.engine.effects.capture(() => this.engine.recordState());
    const walk = new CheckpointWalk(this.engine);
    for (;;) {
      const { piece, done } = walk.step();
      if (piece !== undefined) pieces.push(piece);
      if (done) break;
    }
    this.checkpoint = { pieces, state, batch: this.engine.effects.batch };
    this.journal = [];
  }

  /** The gateway and its engine end, and begin again from the checkpoint and the journal. */
  async restart(): Promise<void> {
    this.model.failsAt = Number.POSITIVE_INFINITY;
    const { batch } = this.engine.effects;
    const engine = openEngine(true, this.seed, this.clock);
    engine.replaying = true;
    engine.effects.recording = false;
    applyEffects(engine, engine.effectKinds, this.checkpoint.state);
    for (const piece of this.checkpoint.pieces) readEntries(new ByteReader(piece), engine);
    for (const { batch: each, effects } of this.journal) {
      applyEffects(engine, engine.effectKinds, effects, { batch: each, isBehindCheckpoint: false });
    }
    engine.replaying = false;
    engine.effects.recording = true;
    engine.effects.batch = batch;
    this.engine = engine;
    this.client = connect(engine);
    this.folder = new KeyFolder(engine);
    this.records = this.openRecords();
    await this.records.recover();
  }

  /** Every record is its key at the record's batch. @returns rows that are named */
  checkRecords(): Set<string> {
    const named = new Set<string>();
    for (const record of readRecords(this.model, named)) {
      if (record.value !== undefined) continue;
      const place = `${record.database} ${record.key}`;
      const known = this.history.get(place)?.findLast(({ batch }) => batch <= record.batch)?.digest;
      this.compared++;
      expect(this.digest(textOfRecord(record)), `${place} ${record.batch}`).toBe(known);
    }
    const noted = readNotes(this.model);
    const lost = [...this.model.rows('redis.segments').keys()].filter(
      (row) => !named.has(row) && !noted.has(row),
    );
    expect(lost.slice(0, 3)).toEqual([]);
    return named;
  }

  /** All is folded: the records are the keys, and nothing else is there. */
  checkAll(): void {
    const named = this.checkRecords();
    expect(new Set(this.model.rows('redis.segments').keys())).toEqual(named);
    expect(this.model.rows('redis.leftovers').size).toBe(0);
    const records = new Map(
      readRecords(this.model, new Set()).map((record) => [`${record.database} ${record.key}`, record]),
    );
    let keys = 0;
    for (const db of this.engine.databases) {
      keys += db.size;
      for (const part of db.keys.parts) {
        for (const [i, key] of part.keys.entries()) {
          const name = `${db.index} ${key}`;
          const value = part.values[i]!;
          const record = records.get(name);
          expect(record?.expiresAt, name).toBe(db.expires.get(key));
          if (record?.value !== undefined) {
            expect(record.value.toString('latin1'), name).toBe(this.savedText(value));
          } else expect(textOfRecord(record!) === textOfValue(value), name).toBe(true);
        }
      }
    }
    expect(records.size).toBe(keys);
  }

  /** As it stands in an inline record. */
  private savedText(value: Value): string {
    if (typeof value === 'string') return value;
    if (value instanceof RawString) return value.toString();
    const to = new ByteWriter();
    this.engine.valueType(value).save(value, to);
    return to.take().toString('latin1');
  }
}
