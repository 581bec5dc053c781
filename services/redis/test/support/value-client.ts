/** A client of an engine without a socket: what it is sent is kept as values. Clients whose answers are bytes: engine-harness.ts. */
import type { Client, ClientOutput, ClientPort } from '../../engine/client.ts';
import type { Engine } from '../../engine/engine.ts';

export type Answer = string | number | bigint | null | Error | boolean | Answer[];

/** Takes answers as they are written; aggregates become arrays. */
class AnswerSink implements ClientOutput {
  resp: 2 | 3 = 2;
  readonly pendingBytes = 0;
  undeliveredBytes = 0;
  private readonly done: Answer[] = [];
  private readonly open: { readonly items: Answer[]; left: number }[] = [];

  /** Everything since the last time. */
  takeAll(): Answer[] {
    if (this.open.length > 0) throw new Error('the answer is not complete');
    return this.done.splice(0);
  }

  private put(value: Answer): void {
    let item = value;
    for (let top = this.open.at(-1); top !== undefined; top = this.open.at(-1)) {
      top.items.push(item);
      if (--top.left > 0) return;
      this.open.pop();
      item = top.items;
    }
    this.done.push(item);
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

export class TestClient implements ClientPort {
  readonly output = new AnswerSink();
  readonly address: string;
  readonly localAddress = '127.0.0.1:6379';
  readonly fd = -1;
  readonly queryBytes = 0;
  readonly client: Client;
  /** How the engine ended the connection. */
  closed: 'softly' | 'at once' | undefined;
  blocked = false;
  private readonly engine: Engine;

  constructor(engine: Engine, port = 50_000) {
    this.engine = engine;
    this.address = `127.0.0.1:${port}`;
    this.client = engine.connect(this);
  }

  wake(): void {}

  close(soft: boolean): void {
    this.closed ??= soft ? 'softly' : 'at once';
  }

  setBlocked(blocked: boolean): void {
    this.blocked = blocked;
  }

  /** Runs a command, in a turn of its own; gives all that the client was sent since the last time. */
  all(...args: (string | number)[]): Answer[] {
    this.engine.beginTurn();
    this.engine.execute(this.client, args.map(String));
    return this.output.takeAll();
  }

  /** Runs a command that is answered once. */
  run(...args: (string | number)[]): Answer {
    const answers = this.all(...args);
    if (answers.length !== 1) throw new Error(`${args.join(' ')}: ${answers.length} answers instead of one`);
    return answers[0]!;
  }

  /** The text of the error the command is refused with. */
  refusal(...args: (string | number)[]): string {
    const answer = this.run(...args);
    if (!(answer instanceof Error)) throw new Error(`${args.join(' ')} was not refused`);
    return answer.message;
  }

  /** What came out of turn. */
  received(): Answer[] {
    return this.output.takeAll();
  }
}

/** An answer of pairs as an object. */
export function pairs(answer: Answer): Record<string, Answer> {
  const items = answer as Answer[];
  const found: Record<string, Answer> = {};
  for (let i = 0; i < items.length; i += 2) found[String(items[i])] = items[i + 1]!;
  return found;
}

/** Lets what was put off to the end of the turn happen. */
export const endOfTurn = (): Promise<void> => Promise.resolve();
