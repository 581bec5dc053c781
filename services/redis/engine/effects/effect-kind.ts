/**
 * Kinds of effects are rows, like commands: the code that stands in stored journals, never used for something else, and
 * what applying one does. Codes: keys 1-15, strings 16-31, lists 32-47, hashes 48-63, sets 64-79, sorted sets 80-95,
 * streams 96-127, functions 128-143, users 144-159.
 */
import type { Database } from '../database.ts';
import type { Engine } from '../engine.ts';
import { ByteReader, FormatError } from './byte-reader.ts';

export interface EffectKind {
  readonly code: number;
  readonly name: string;
  /**
   * Applies all elements of the body, in order, with the same mutators that recorded them.
   * @throws FormatError when the effect does not fit the state: the journal is not of this history
   */
  apply(database: Database, key: string, body: ByteReader, engine: Engine): void;
}

/** Applies a batch to the engine, which must not be recording. No key expires meanwhile: the batch says which are gone. */
export function applyEffects(engine: Engine, kinds: ReadonlyMap<number, EffectKind>, effects: Buffer): void {
  const reader = new ByteReader(effects);
  engine.applying = true;
  try {
    while (!reader.done) applyNext(engine, kinds, reader);
  } finally {
    engine.applying = false;
  }
  engine.settle();
}

function applyNext(engine: Engine, kinds: ReadonlyMap<number, EffectKind>, reader: ByteReader): void {
  const code = reader.u8();
  const database = engine.databases[reader.u8()];
  const key = reader.string();
  const body = reader.part(reader.u32());
  const kind = kinds.get(code);
  if (kind === undefined) throw new FormatError(`effect ${code} is unknown`);
  if (database === undefined) throw new FormatError('no such database');
  kind.apply(database, key, body, engine);
  if (!body.done) throw new FormatError(`effect ${kind.name} is longer than its body`);
}
