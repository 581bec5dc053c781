/** What tests of sorted sets share: an engine without a network, and clients of it whose answers are bytes. */
import type { Engine } from '../engine/engine.ts';
import { createEngine } from '../process/create-engine.ts';
import { RespWriter } from '../wire/resp-writer.ts';

export interface TestClient {
  /** Runs a command; gives the bytes of the answer, nothing when the client waits. */
  run(...words: string[]): string;
  /** What was answered since the last time. */
  answered(): string;
  readonly waits: boolean;
  resp: 2 | 3;
}

export function engineOf(journaling: boolean, clock = { ms: 1_700_000_000_000 }): Engine {
  return createEngine({ journaling }, { clock: { now: () => clock.ms }, random: () => 0.5 });
}

export function clientOf(engine: Engine): TestClient {
  const output = new RespWriter();
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
    run(...words) {
      engine.beginTurn();
      engine.execute(client, words);
      return this.answered();
    },
    answered: () => output.take().join(''),
    get waits() {
      return engine.blocking.waiterOf(client) !== undefined;
    },
    get resp() {
      return output.resp;
    },
    set resp(version) {
      output.resp = version;
    },
  };
}
