/** What tests of keys share: an engine on a clock and randomness of their own, and a sink that keeps answers as values. */
import type { Client, ClientOutput } from '../engine/client.ts';
import type { Database } from '../engine/database.ts';
import { ByteWriter } from '../engine/effects/byte-writer.ts';
import { Engine } from '../engine/engine.ts';
import { effectKinds, valueTypes } from '../engine/types/index.ts';
import { stringBytes, type Value, type ValueType, valueBytes } from '../engine/value.ts';
import { commands } from '../ops/index.ts';

export type Answer = string | number | bigint | null | Error | boolean | Answer[];

/** Takes answers as they are written; aggregates become arrays. */
export class AnswerSink implements ClientOutput {
  resp: 2 | 3 = 2;
  readonly pendingBytes = 0;
  undeliveredBytes = 0;
  private readonly done: Answer[] = [];
  private readonly open: { readonly items: Answer[]; left: number }[] = [];

  /** The only answer since the last time. */
  take(): Answer {
    if (this.open.length > 0) throw new Error('the answer is not complete');
    if (this.done.length !== 1) throw new Error(`${this.done.length} answers instead of one`);
    return this.done.pop()!;
  }

  /** Everything since the last time. */
  takeAll(): Answer[] {
    if (this.open.length > 0) throw new Error('the answer is not complete');
    return this.done.splice(0);
  }

  private put(value: Answer): void {
    let item = value;
    for (;;) {
      const top = this.open.at(-1);
      if (top === undefined) {
        this.done.push(item);
        return;
      }
      top.items.push(item);
      if (--top.left > 0) return;
      this.open.pop();
      item = top.items;
    }
  }

  private begin(length: number): void {
    if (length === 0) this.put([]);
    else this.open.push({ items: [], left: length });
  }

  simple(text: string): void {
    this.put(text);
  }
  error(text: string): void {
    this.put(new Error(text));
  }
  integer(value: number | bigint): void {
    this.put(value);
  }
  bulk(bytes: string): void {
    this.put(bytes);
  }
  null(): void {
    this.put(null);
  }
  nullArray(): void {
    this.put(null);
  }
  array(length: number): void {
    this.begin(length);
  }
  map(pairs: number): void {
    this.begin(pairs * 2);
  }
  set(length: number): void {
    this.begin(length);
  }
  push(length: number): void {
    this.begin(length);
  }
  double(value: number): void {
    this.put(value);
  }
  boolean(value: boolean): void {
    this.put(value);
  }
  bigNumber(digits: string): void {
    this.put(digits);
  }
  verbatim(_format: string, bytes: string): void {
    this.put(bytes);
  }
}

/** Mulberry32, evenly in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface TestEngine {
  readonly engine: Engine;
  readonly clock: { ms: number };
  readonly client: Client;
  /** Runs a command as a client of database 0 would, in a turn of its own; gives the answer. */
  run(...args: (string | number)[]): Answer;
}

export function testEngine(
  options: { journaling?: boolean; seed?: number; types?: readonly ValueType[] } = {},
): TestEngine {
  const clock = { ms: 1_700_000_000_000 };
  const engine = new Engine(
    { journaling: options.journaling ?? false },
    {
      clock: { now: () => clock.ms },
      random: seededRandom(options.seed ?? 1),
      commands,
      // The last row of a type counts: a test may bring its own.
      valueTypes: [...valueTypes, ...(options.types ?? [])],
      effectKinds,
    },
  );
  engine.config.assign('enable-debug-command', 'yes');
  const output = new AnswerSink();
  const client = engine.connect({
    output,
    address: '127.0.0.1:1',
    localAddress: '127.0.0.1:2',
    fd: -1,
    queryBytes: 0,
    wake: () => undefined,
    close: () => undefined,
    setBlocked: () => undefined,
  });
  return {
    engine,
    clock,
    client,
    run(...args) {
      engine.beginTurn();
      engine.execute(client, args.map(String));
      return output.take();
    },
  };
}

/** Every key with its stored value and expiry, by database: equal for engines in the same state. */
export function contents(engine: Engine): Map<string, string> {
  const all = new Map<string, string>();
  for (const db of engine.databases) {
    for (const part of db.keys.parts) {
      for (const [position, key] of part.keys.entries()) {
        all.set(`${db.index} ${key}`, `${db.expires.get(key)} ${saved(engine, part.values[position]!)}`);
      }
    }
  }
  return all;
}

export function saved(engine: Engine, value: Value): string {
  const out = new ByteWriter();
  const type = engine.valueType(value);
  type.save(value, out);
  return `${type.type} ${out.take().toString('hex')}`;
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
