/**
 * Kinds of effects are rows, like commands: the code that stands in stored journals, never used for something else, and
 * what applying one does. Codes: keys 1-15, strings 16-31, lists 32-47, hashes 48-63, sets 64-79, sorted sets 80-95,
 * streams 96-127, functions 128-143, users 144-159.
 */
import { ByteReader, FormatError } from '@hypergate/kit/bytes';
import type { Database } from '../database.ts';
import type { Engine } from '../engine.ts';
import { RedisError } from '../errors.ts';

export interface EffectKind {
  readonly code: number;
  readonly name: string;
  /**
   * Applies all elements of the body, in order, with the same mutators that recorded them.
   * @throws FormatError when the effect does not fit the state: the journal is not of this history
   */
  apply(database: Database, key: string, body: ByteReader, engine: Engine): void;
}

/** First code of effects that are on no key. */
const keylessCodes = 128;

export interface ApplyOptions {
  /** Number of the batch. */
  readonly batch: number;
  /**
   * The state comes from a checkpoint that was written while this batch happened or later: keys that show it already are
   * left as they are, and what does not fit a key that the checkpoint did not meet is followed by its removal.
   */
  readonly isBehindCheckpoint: boolean;
}

/**
 * Applies a stored batch to the engine, which must be `replaying` and not recording.
 * @throws FormatError
 */
export function applyEffects(
  engine: Engine,
  kinds: ReadonlyMap<number, EffectKind>,
  effects: Buffer,
  { batch, isBehindCheckpoint }: ApplyOptions = { batch: 1, isBehindCheckpoint: false },
): void {
  // Half a batch earlier, so that effects of one batch on one key all count as later than what a checkpoint shows of it.
  engine.effects.batch = batch - 0.5;
  const reader = new ByteReader(effects);
  while (!reader.done) {
    const code = reader.u8();
    const database = engine.databases[reader.u8()];
    const key = reader.string();
    const body = reader.part(reader.u32());
    const kind = kinds.get(code);
    if (kind === undefined) throw new FormatError(`effect ${code} is unknown`);
    if (database === undefined) throw new FormatError('no such database');
    if (isBehindCheckpoint && code < keylessCodes) {
      if (database.changedAt(key) >= batch) continue;
      applyIfItFits(() => kind.apply(database, key, body, engine));
    } else {
      kind.apply(database, key, body, engine);
      if (!body.done) throw new FormatError(`effect ${kind.name} is longer than its body`);
    }
    engine.settle();
  }
}

function applyIfItFits(apply: () => void): void {
  try {
    apply();
  } catch (error) {
    if (!(error instanceof FormatError || error instanceof RedisError)) throw error;
  }
}
