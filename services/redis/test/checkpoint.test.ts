/** A checkpoint that is written while commands run, with the journal from its beginning on, gives the same state. */
import { ByteReader } from '@hypergate/kit/bytes';
import { describe, expect, test } from 'vitest';
import { applyEffects } from '../engine/effects/effect-kind.ts';
import type { Engine } from '../engine/engine.ts';
import { readEntries } from '../process/checkpoint-entries.ts';
import { CheckpointWalk } from '../process/checkpoint-walk.ts';
import { KeyFolder } from '../process/key-folder.ts';
import { readKeyStates } from '../process/key-states.ts';
import { connect, openEngine, seededRandom, stateOf } from './support/engine-harness.ts';
import { randomCommand } from './support/random-command.ts';

interface Stored {
  state: Buffer;
  pieces: Buffer[];
  firstBatch: number;
  lastBatch: number;
  batches: { batch: number; effects: Buffer }[];
}

function restore({ state, pieces, firstBatch, lastBatch, batches }: Stored): Engine {
  const engine = openEngine(true);
  engine.replaying = true;
  engine.effects.recording = false;
  applyEffects(engine, engine.effectKinds, state);
  for (const piece of pieces) readEntries(new ByteReader(piece), engine);
  for (const { batch, effects } of batches) {
    if (batch < firstBatch) continue;
    applyEffects(engine, engine.effectKinds, effects, { batch, isBehindCheckpoint: batch <= lastBatch });
  }
  engine.replaying = false;
  return engine;
}

function history(seed: number, turns: number): { engine: Engine; stored: Stored } {
  const random = seededRandom(seed);
  const engine = openEngine(true, seed);
  const { run } = connect(engine);
  const stored: Stored = { state: Buffer.alloc(0), pieces: [], firstBatch: 1, lastBatch: 0, batches: [] };
  let walk: CheckpointWalk | undefined;
  const beginAt = Math.floor(random() * turns);
  const take = () => {
    const taken = engine.effects.take();
    if (taken !== undefined) stored.batches.push(taken);
  };
  for (let turn = 0; turn < turns; turn++) {
    for (let count = 1 + Math.floor(random() * 5); count > 0; count--) run(...randomCommand(random));
    take();
    if (turn === beginAt) {
      stored.firstBatch = engine.effects.batch;
      stored.state = engine.effects.capture(() => engine.recordState());
      walk = new CheckpointWalk(engine, { sliceKeys: 1 + Math.floor(random() * 20) });
    }
    if (walk === undefined) continue;
    if (walk.isVoid) {
      stored.pieces = [];
      stored.firstBatch = engine.effects.batch;
      stored.state = engine.effects.capture(() => engine.recordState());
      walk = new CheckpointWalk(engine, { sliceKeys: 5 });
    }
    const { piece, done } = walk.step();
    if (piece !== undefined) stored.pieces.push(piece);
    if (done) {
      stored.lastBatch = engine.effects.batch - 1;
      walk = undefined;
    }
  }
  if (walk !== undefined) {
    // Too short: what began is not used.
    stored.pieces = [];
    stored.state = Buffer.alloc(0);
    stored.firstBatch = 1;
  }
  return { engine, stored };
}

describe('a checkpoint and the journal behind it', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('give the state that was, seed %i', (seed) => {
    const { engine, stored } = history(seed, 300);
    expect(stateOf(engine).length).toBeGreaterThan(3);
    expect(stateOf(restore(stored))).toEqual(stateOf(engine));
  });

  test('and keys whose record is behind are known after a restart', () => {
    const { engine, stored } = history(77, 200);
    const restored = restore(stored);
    const statesOf = (from: Engine) => {
      const folder = new KeyFolder(from);
      folder.beginRound();
      const { states, left } = folder.take({ keysMax: 1_000_000, bytesMax: 1e9 });
      expect(left).toBe(0);
      return readKeyStates(states);
    };
    const before = statesOf(engine);
    const after = statesOf(restored);
    const text = (states: typeof before) =>
      states
        .flatMap((state) =>
          state.kind === 'value' ? [`${state.database} ${state.key} ${state.value.toString('hex')}`] : [],
        )
        .sort();
    expect(text(after)).toEqual(text(before));
    expect(statesOf(restored)).toEqual([]);
  });

  test('the whole journal alone gives it too', () => {
    const { engine, stored } = history(5, 300);
    expect(
      stateOf(restore({ ...stored, pieces: [], state: Buffer.alloc(0), firstBatch: 1, lastBatch: 0 })),
    ).toEqual(stateOf(engine));
  });
});
