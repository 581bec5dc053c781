/** Engines without sockets: commands in, answers as the bytes of RESP2, the whole state as comparable text. */

import { ByteWriter } from '@hypergate/kit/bytes';
import type { Client } from '../../engine/client.ts';
import { applyEffects } from '../../engine/effects/effect-kind.ts';
import type { Engine } from '../../engine/engine.ts';
import { createEngine } from '../../process/create-engine.ts';
import { RespWriter } from '../../wire/resp-writer.ts';

export interface EngineClient {
  readonly client: Client;
  readonly output: RespWriter;
  /** Runs a command, in a turn of its own; the answer as bytes, empty while the client waits. */
  run(...args: string[]): string;
  /** What was written since. */
  read(): string;
  readonly waits: boolean;
}

export interface LoneEngine extends EngineClient {
  readonly engine: Engine;
  readonly clock: TestClock;
}

export interface TestClock {
  /** Milliseconds since 1970; the next command sees a change. */
  ms: number;
  now(): number;
}

export function testClock(ms = 1_800_000_000_000): TestClock {
  return {
    ms,
    now() {
      return this.ms;
    },
  };
}

/** The generator of `mulberry32`: even, and the same for a seed. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function openEngine(journaling: boolean, seed = 1, clock: { now(): number } = testClock()): Engine {
  return createEngine({ journaling }, { clock, random: seededRandom(seed) });
}

export function connect(engine: Engine): EngineClient {
  const output = new RespWriter();
  const client = engine.connect({
    output,
    address: '127.0.0.1:50000',
    localAddress: '127.0.0.1:6379',
    fd: -1,
    queryBytes: 0,
    wake: () => undefined,
    close: () => undefined,
    setBlocked: () => undefined,
  });
  const read = () => output.take().join('');
  return {
    client,
    output,
    run(...args) {
      engine.beginTurn();
      engine.execute(client, args);
      return read();
    },
    read,
    get waits() {
      return engine.blocking.waiterOf(client) !== undefined;
    },
  };
}

/** An engine and one client of it. */
export function loneEngine(journaling: boolean, seed = 1): LoneEngine {
  const clock = testClock();
  const engine = openEngine(journaling, seed, clock);
  return Object.assign(connect(engine), { engine, clock });
}

/** Another engine that is told the effects only. */
export function rebuilt(batches: readonly Buffer[]): Engine {
  const engine = openEngine(true);
  engine.effects.recording = false;
  for (const effects of batches) applyEffects(engine, engine.effectKinds, effects);
  return engine;
}

/** Every key of every database with its expiry and its value as it is stored, in order. */
export function stateOf(engine: Engine): string[] {
  const state: string[] = [];
  for (const db of engine.databases) {
    for (const part of db.keys.parts) {
      for (let i = 0; i < part.size; i++) {
        const key = part.keys[i]!;
        const to = new ByteWriter();
        const type = engine.valueType(part.values[i]!);
        type.save(part.values[i]!, to);
        state.push(`${db.index} ${key} ${db.expires.get(key)} ${type.type} ${to.take().toString('hex')}`);
      }
    }
  }
  return state.sort();
}
