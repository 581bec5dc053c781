/** The engine's process knows how long it may answer: the gateway beside it may be stopped without noticing. */

import type { Socket } from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { Connection } from '../process/connection.ts';
import { EngineHost } from '../process/engine-host.ts';
import { FrameLink } from '../process/frame-link.ts';
import { fromEngine, relayed, toEngine } from '../process/link-messages.ts';
import { sharedClockMs } from '../process/shared-clock.ts';
import { openEngine } from './support/engine-harness.ts';

function f64(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 8);
  for (const [index, value] of values.entries()) bytes.writeDoubleLE(value, index * 8);
  return bytes;
}

/** A connection whose bytes stay in this process. */
class Wire extends Duplex {
  sent = '';
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.sent += chunk.toString('latin1');
    done();
  }
  setNoDelay(): void {}
}

test('an answer stays until the lease is known to last, also to a client that only reads', () => {
  const engine = openEngine(true);
  const pipe = new PassThrough() as unknown as Socket;
  const link = new FrameLink(pipe, () => undefined);
  const host = new EngineHost(engine, { link, relay: link, heapBytes: 2 ** 28 });
  host.receive(toEngine.loaded, Buffer.concat([Buffer.alloc(4), f64(1)]));
  const wire = new Wire();
  const connection = new Connection(host, wire as unknown as Socket);
  const ask = (line: string) => connection.received(Buffer.from(line), line.length);
  ask('PING\r\n');
  expect(wire.sent).toBe('');
  host.receiveRelayed(relayed.lease, f64(sharedClockMs() + 60_000));
  expect(wire.sent).toBe('+PONG\r\n');
  ask('GET a\r\n');
  expect(wire.sent).toBe('+PONG\r\n$-1\r\n');
  host.receiveRelayed(relayed.lease, f64(sharedClockMs()));
  ask('GET a\r\n');
  expect(wire.sent).toBe('+PONG\r\n$-1\r\n');
  host.receiveRelayed(relayed.lease, f64(sharedClockMs() + 60_000));
  expect(wire.sent).toBe('+PONG\r\n$-1\r\n$-1\r\n');
});

test('no two messages between the processes have one number', () => {
  for (const messages of [fromEngine, toEngine, relayed]) {
    const numbers = Object.values(messages);
    expect(new Set(numbers).size).toBe(numbers.length);
  }
});
