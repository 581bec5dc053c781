import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { LogPlace } from '../api.ts';
import type { LogEvent } from '../batch-body.ts';
import { logError } from '../errors.ts';
import { logLimits } from '../limits.ts';
import { LineBuffer } from '../line-buffer.ts';

const place: LogPlace = { account: '1', region: 'r', group: 'g', stream: 's' };
const logger = pino({ level: 'silent' });
const options = { pendingBytesSoft: 2000, pendingBytesMax: 4000, flushDelayMs: 1, retryDelayMs: 1 };

/** Writes when it is let, and can fail before. */
class Gate {
  readonly written: string[] = [];
  failures = 0;
  parallel = 0;
  parallelMax = 0;
  #open = Promise.withResolvers<void>();

  open(): void {
    this.#open.resolve();
  }

  async write(_place: LogPlace, events: readonly LogEvent[]): Promise<void> {
    this.parallel += 1;
    this.parallelMax = Math.max(this.parallelMax, this.parallel);
    await this.#open.promise;
    this.parallel -= 1;
    if (this.failures-- > 0) throw logError('ServiceUnavailableException', 'not yet');
    this.written.push(...events.map(({ message }) => message));
  }
}

const line = (message: string) => ({ timeMs: 1, message });

test('lines beyond the memory are counted, and a line of the log says how many', async () => {
  const gate = new Gate();
  const buffer = new LineBuffer(gate, logger, options);
  for (let i = 0; i < 10; i++) buffer.append(place, [line('x'.repeat(400))]);
  expect(buffer.pendingBytes).toBeLessThanOrEqual(options.pendingBytesMax);
  gate.open();
  await buffer.stop();
  expect(gate.written).toHaveLength(5);
  expect(gate.written.at(-1)).toBe('6 lines were not kept: more was logged than could be written.');
  expect(buffer.pendingBytes).toBe(0);
});

test('whoever waits for room goes on when enough was written', async () => {
  const gate = new Gate();
  const buffer = new LineBuffer(gate, logger, options);
  buffer.append(place, [line('x'.repeat(1500))]);
  let hasRoom = false;
  const room = buffer.room().then(() => {
    hasRoom = true;
  });
  const flushed = buffer.flush();
  expect(hasRoom).toBe(false);
  gate.open();
  await Promise.all([room, flushed]);
  expect(gate.written).toHaveLength(1);
  await buffer.stop();
});

test('lines of one stream are written one after the other, also after failures', async () => {
  const gate = new Gate();
  gate.failures = 3;
  gate.open();
  const buffer = new LineBuffer(gate, logger, options);
  for (let i = 0; i < 10; i++) {
    buffer.append(place, [line(`line ${i}`)]);
    if (i === 4) await buffer.flush();
  }
  await buffer.stop();
  expect(gate.written).toEqual(Array.from({ length: 10 }, (_, i) => `line ${i}`));
  expect(gate.parallelMax).toBe(1);
});

test('lines wait for others of their stream, also when another stream has just been written', async () => {
  const gate = new Gate();
  gate.open();
  const buffer = new LineBuffer(gate, logger, { ...options, flushDelayMs: 3_600_000 });
  buffer.append(place, [line('first')]);
  const flushed = buffer.flush();
  buffer.append({ ...place, stream: 'other' }, [line('second')]);
  await flushed;
  expect(gate.written).toEqual(['first']);
  await buffer.stop();
  expect(gate.written).toEqual(['first', 'second']);
});

test('a stream with much is not kept waiting, and is written when the write before it has ended', async () => {
  const gate = new Gate();
  const much = {
    pendingBytesSoft: 2 ** 20,
    pendingBytesMax: 2 ** 21,
    flushDelayMs: 3_600_000,
    retryDelayMs: 1,
  };
  const buffer = new LineBuffer(gate, logger, much);
  const long = 'x'.repeat(logLimits.flushBytes / 2);
  buffer.append(place, [line(long)]);
  expect(gate.parallel).toBe(1);
  buffer.append(place, [line(long)]);
  expect(gate.parallel).toBe(1);
  gate.open();
  await expect.poll(() => gate.written).toEqual([long, long]);
  await buffer.stop();
});
