/** An engine on a clock and randomness of its own, and clients whose answers are values. */
import type { Client } from '../../engine/client.ts';
import type { Database } from '../../engine/database.ts';
import { Engine } from '../../engine/engine.ts';
import { effectKinds, valueTypes } from '../../engine/types/index.ts';
import { stringBytes, type ValueType, valueBytes } from '../../engine/value.ts';
import { commands } from '../../ops/index.ts';
import { seededRandom, type TestClock, testClock } from './engine-harness.ts';
import { type Answer, TestClient } from './value-client.ts';

export interface TestEngineOptions {
  readonly journaling?: boolean;
  readonly seed?: number;
  /** The last row of a type counts: a test may bring its own. */
  readonly types?: readonly ValueType[];
  /** Milliseconds of the precise clock. */
  readonly precise?: () => number;
}

export interface TestClients {
  readonly engine: Engine;
  readonly clock: TestClock;
  connect(): TestClient;
}

export interface TestEngine {
  readonly engine: Engine;
  readonly clock: TestClock;
  readonly client: Client;
  /** Runs a command as a client of database 0 would, in a turn of its own; gives the answer. */
  run(...args: (string | number)[]): Answer;
}

export function testClients(options: TestEngineOptions = {}): TestClients {
  const { journaling = false, seed = 1, types = [], precise } = options;
  const clock = testClock(1_700_000_000_000);
  const engine = new Engine(
    { journaling },
    {
      clock: { now: () => clock.ms, ...(precise === undefined ? {} : { precise }) },
      random: seededRandom(seed),
      commands,
      valueTypes: [...valueTypes, ...types],
      effectKinds,
    },
  );
  engine.config.assign('enable-debug-command', 'yes');
  let port = 50_000;
  return { engine, clock, connect: () => new TestClient(engine, port++) };
}

export function testEngine(options: TestEngineOptions = {}): TestEngine {
  const { engine, clock, connect } = testClients(options);
  const own = connect();
  return { engine, clock, client: own.client, run: (...args) => own.run(...args) };
}

/** What the database says it weighs, counted anew from its keys. The overheads are those of engine/database.ts. */
export function recount(db: Database): number {
  let bytes = 0;
  for (const part of db.keys.parts) {
    for (const [position, key] of part.keys.entries()) {
      bytes += stringBytes(key) + 45 + valueBytes(part.values[position]!);
    }
  }
  for (const part of db.expires.parts) bytes += 28 * (part?.size ?? 0);
  return bytes;
}
