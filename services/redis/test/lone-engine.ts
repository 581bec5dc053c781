/** An engine without connections: commands go in as words, answers come out as the bytes a client would get. */

import { ByteWriter } from '../engine/effects/byte-writer.ts';
import { applyEffects } from '../engine/effects/effect-kind.ts';
import type { Engine } from '../engine/engine.ts';
import { createEngine } from '../process/create-engine.ts';
import { RespWriter } from '../wire/resp-writer.ts';

export interface LoneEngine {
  readonly engine: Engine;
  /** Milliseconds since 1970; the next command sees a change. */
  readonly clock: { ms: number };
  readonly output: RespWriter;
  run(...words: string[]): string;
}

/** @param random in [0, 1) */
export function loneEngine(journaling: boolean, random: () => number = () => 0.5): LoneEngine {
  const output = new RespWriter();
  const clock = { ms: 1_700_000_000_000 };
  const engine = createEngine({ journaling }, { clock: { now: () => clock.ms }, random });
  const client = engine.connect({
    output,
    address: '127.0.0.1:1',
    localAddress: '127.0.0.1:2',
    fd: -1,
    queryBytes: 0,
    wake() {},
    close() {},
    setBlocked() {},
  });
  return {
    engine,
    clock,
    output,
    run(...words) {
      engine.beginTurn();
      engine.execute(client, words);
      return output.take().join('');
    },
  };
}

/** Another engine that is told the effects only. */
export function rebuilt(batches: readonly Buffer[]): Engine {
  const { engine } = loneEngine(true);
  engine.effects.recording = false;
  for (const effects of batches) applyEffects(engine, engine.effectKinds, effects);
  return engine;
}

/** Name, stored value and expiry of every key. */
export function stateOf(engine: Engine): string[] {
  return engine.databases
    .flatMap((db) =>
      db.keys.parts.flatMap((part) =>
        part.keys.map((key, i) => {
          const out = new ByteWriter();
          engine.valueType(part.values[i]!).save(part.values[i]!, out);
          return `${db.index} ${key} ${db.expiresAt(key)} ${out.take().toString('hex')}`;
        }),
      ),
    )
    .sort();
}
