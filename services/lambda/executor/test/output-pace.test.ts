/** A function that only writes is listened to at a pace at which others are heard. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { executorLimits } from '../limits.ts';
import { OutputPace } from '../output-pace.ts';
import { type Bench, openBench } from './support.ts';

describe('a pace', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const open = () => {
    const stream = { isPaused: false, pause: () => stream, resume: () => stream };
    stream.pause = () => Object.assign(stream, { isPaused: true });
    stream.resume = () => Object.assign(stream, { isPaused: false });
    return { stream, pace: new OutputPace({ streams: [stream as never], now: () => Date.now() }) };
  };

  test.each<[string, [number, number], [number, number]]>([
    ['lines', [executorLimits.logLinesBurst, 0], [executorLimits.logLinesPerSecond, 0]],
    ['bytes', [0, executorLimits.logBytesBurst], [0, executorLimits.logBytesPerSecond]],
  ])('lets a burst of %s through, and then waits as long as what was too much takes', (_, burst, second) => {
    const { stream, pace } = open();
    pace.took(...burst);
    expect(stream.isPaused).toBe(false);
    pace.took(...second);
    expect(stream.isPaused).toBe(true);
    vi.advanceTimersByTime(999);
    expect(stream.isPaused).toBe(true);
    vi.advanceTimersByTime(1);
    expect(stream.isPaused).toBe(false);
    // Nothing was saved meanwhile.
    pace.took(1, 1000);
    expect(stream.isPaused).toBe(true);
    pace.end();
    expect(stream.isPaused).toBe(false);
  });

  test('has its burst again after a while, and no more than that', () => {
    const { stream, pace } = open();
    pace.took(executorLimits.logLinesBurst, 0);
    vi.advanceTimersByTime(3_600_000);
    pace.took(executorLimits.logLinesBurst, 0);
    expect(stream.isPaused).toBe(false);
    pace.took(1, 0);
    expect(stream.isPaused).toBe(true);
  });

  test('is none for what is left when a process has ended', () => {
    const { stream, pace } = open();
    pace.end();
    pace.took(10 * executorLimits.logLinesBurst, 0);
    expect(stream.isPaused).toBe(false);
  });
});

describe('a function', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.stop());

  test('that floods its log waits, and what it wrote before its end is there', async () => {
    const { call, lines } = await bench.start(
      `import { writeSync } from 'node:fs';
       const lines = Buffer.alloc(1 << 16, 10);
       export const handler = async () => { for (;;) try { writeSync(1, lines); } catch {} };`,
    );
    const begunAt = performance.now();
    expect((await call({}, { deadlineMs: Date.now() + 2000 })).outcome).toMatchObject({
      failure: { kind: 'timeout' },
    });
    const seconds = (performance.now() - begunAt) / 1000;
    const { logLinesBurst, logLinesPerSecond } = executorLimits;
    // What was read in one piece before it was too much, and what stood in the pipe.
    const pipes = 1 << 19;
    expect(lines.length).toBeGreaterThan(logLinesBurst);
    expect(lines.length).toBeLessThanOrEqual(logLinesBurst + seconds * logLinesPerSecond + pipes);
  });

  test('that sends what nobody asked for ends', async () => {
    const forge = (text: string) => `import { writeSync } from 'node:fs';
      export const handler = async () => { ${text} };`;
    const endless = await bench.start(
      forge(
        `writeSync(3, 'POST /x HTTP/1.1\\r\\nhost: x\\r\\ncontent-length: 99999999999\\r\\n\\r\\n'); const a = Buffer.alloc(1 << 16, 97);
         for (;;) try { writeSync(3, a); } catch (error) { if (error.code !== 'EAGAIN') process.exit(3); }`,
      ),
    );
    expect((await endless.call({})).outcome).toMatchObject({ failure: { kind: 'exit' } });
    const asking = await bench.start(
      forge(
        `for (;;) { writeSync(3, 'GET /start HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n'); await new Promise((r) => setTimeout(r, 1)); }`,
      ),
    );
    expect((await asking.call({})).outcome).toMatchObject({ failure: { kind: 'exit' } });
  });
});
