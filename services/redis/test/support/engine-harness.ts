/** Engines without sockets: commands in, answers as the bytes of RESP2, the whole state as comparable text. */

import type { Client } from '../../engine/client.ts';
import { ByteWriter } from '../../engine/effects/byte-writer.ts';
import type { Engine } from '../../engine/engine.ts';
import { createEngine } from '../../process/create-engine.ts';
import { RespWriter } from '../../wire/resp-writer.ts';

export interface EngineClient {
  readonly client: Client;
  /** Runs a command; the answer as bytes, empty while the client waits. */
  run(...args: string[]): string;
  /** What was written since. */
  read(): string;
}

export interface TestClock {
  now(): number;
  value: number;
}

export function testClock(): TestClock {
  return {
    value: 1_800_000_000_000,
    now() {
      return this.value;
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
  return {
    client,
    run(...args) {
      engine.beginTurn();
      engine.execute(client, args);
      return output.take().join('');
    },
    read: () => output.take().join(''),
  };
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
