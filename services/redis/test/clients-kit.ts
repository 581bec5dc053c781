/** Several clients of one engine without sockets: what each is sent is kept as values. */
import type { Client, ClientPort } from '../engine/client.ts';
import type { Engine } from '../engine/engine.ts';
import { type Answer, AnswerSink, testEngine } from './keys-kit.ts';

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

  constructor(engine: Engine, port: number) {
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

  /** Runs a command; gives all that the client was sent since the last time. */
  all(...args: (string | number)[]): Answer[] {
    this.engine.beginTurn();
    this.engine.execute(this.client, args.map(String));
    return this.output.takeAll();
  }

  /** Runs a command that is answered once. */
  run(...args: (string | number)[]): Answer {
    const answers = this.all(...args);
    if (answers.length !== 1) throw new Error(`${args.join(' ')}: ${JSON.stringify(answers)}`);
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

export interface TestClients {
  readonly engine: Engine;
  readonly clock: { ms: number };
  connect(): TestClient;
}

export function testClients(options: { journaling?: boolean } = {}): TestClients {
  const { engine, clock, client } = testEngine(options);
  engine.disconnect(client);
  let port = 50_000;
  return { engine, clock, connect: () => new TestClient(engine, port++) };
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
