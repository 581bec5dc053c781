/** What tests of lists and hashes share: an engine on a clock that is set by hand, and a client that keeps its answers. */
import type { Client, ClientOutput, ClientPort } from '../engine/client.ts';
import { ByteWriter } from '../engine/effects/byte-writer.ts';
import type { Engine } from '../engine/engine.ts';
import { createEngine } from '../process/create-engine.ts';

export type Answer = string | number | bigint | boolean | null | Error | Answer[];

export interface Setting {
  readonly engine: Engine;
  /** Milliseconds since 1970; a change is seen by the next command. */
  now: number;
}

export function setUp(journaling: boolean, random: () => number = Math.random): Setting {
  const setting = { now: 1_700_000_000_000 } as { -readonly [K in keyof Setting]: Setting[K] };
  setting.engine = createEngine({ journaling }, { clock: { now: () => setting.now }, random });
  return setting;
}

export class RecordingClient implements ClientPort {
  readonly output = new RecordingOutput();
  readonly address = '127.0.0.1:1';
  readonly localAddress = '127.0.0.1:2';
  readonly fd = -1;
  readonly queryBytes = 0;
  blocked = false;
  private readonly client: Client;
  private readonly engine: Engine;

  constructor(engine: Engine) {
    this.engine = engine;
    this.client = engine.connect(this);
  }

  /** The answer of a command. */
  run(...words: (string | number)[]): Answer {
    this.send(...words);
    return this.output.takeOne();
  }

  /** Runs a command that may wait; answers stay in `output`. */
  send(...words: (string | number)[]): void {
    this.engine.beginTurn();
    this.engine.execute(this.client, words.map(String));
  }

  wake(): void {}
  close(): void {}
  setBlocked(blocked: boolean): void {
    this.blocked = blocked;
  }
}

class RecordingOutput implements ClientOutput {
  resp: 2 | 3 = 2;
  readonly pendingBytes = 0;
  readonly undeliveredBytes = 0;
  private answers: Answer[] = [];
  private readonly open: { readonly items: Answer[]; left: number }[] = [];

  take(): Answer[] {
    const { answers } = this;
    this.answers = [];
    return answers;
  }

  takeOne(): Answer {
    const answers = this.take();
    if (answers.length !== 1 || this.open.length > 0)
      throw new Error(`${answers.length} answers instead of one`);
    return answers[0]!;
  }

  private put(value: Answer): void {
    let done = value;
    for (let top = this.open.at(-1); top !== undefined; top = this.open.at(-1)) {
      top.items.push(done);
      if (--top.left > 0) return;
      this.open.pop();
      done = top.items;
    }
    this.answers.push(done);
  }

  array(length: number): void {
    if (length === 0) this.put([]);
    else this.open.push({ items: [], left: length });
  }
  map(pairs: number): void {
    this.array(pairs * 2);
  }
  set(length: number): void {
    this.array(length);
  }
  push(length: number): void {
    this.array(length);
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

/** Every key of the first database with its stored value and expiry, by name. */
export function stateOf(engine: Engine): [string, string, number][] {
  const db = engine.databases[0]!;
  const state: [string, string, number][] = [];
  for (const part of db.keys.parts) {
    for (let i = 0; i < part.size; i++) {
      const value = part.values[i]!;
      const out = new ByteWriter();
      engine.valueType(value).save(value, out);
      state.push([part.keys[i]!, out.take().toString('hex'), db.expiresAt(part.keys[i]!)]);
    }
  }
  return state.sort((a, b) => (a[0] < b[0] ? -1 : 1));
}
