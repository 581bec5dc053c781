/** From start to end: what is logged, how it stands still, how it is given up. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { executorLimits } from '../limits.ts';
import { type Bench, openBench } from './support.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench({ initMsMax: 2000 });
});
afterAll(() => bench.stop());

test('a log of many megabytes arrives whole, in pieces no longer than a line may be', async () => {
  const { call, lines, environment } = await bench.start(
    `export const handler = async () => { process.stdout.write('y'.repeat(600 * 1024) + '\\n'); for (let i = 0; i < 20000; i++) console.log('x'.repeat(200), i); };`,
  );
  expect((await call({})).value).toBeNull();
  expect(lines.filter((line) => line.startsWith('y')).map(({ length }) => length)).toEqual([
    executorLimits.logLineMax,
    executorLimits.logLineMax,
    600 * 1024 - 2 * executorLimits.logLineMax,
  ]);
  const said = lines.filter((line) => line.includes('\tINFO\t'));
  expect(said).toHaveLength(20_000);
  expect(said.at(-1)).toMatch(/ 19999$/);
  await environment.close();
});

test('an answer that is too large ends it', async () => {
  const { call, ended } = await bench.start('export const handler = async (n) => "x".repeat(n);');
  const { outcome } = await call(executorLimits.responseMax - 2);
  expect(outcome.kind).toBe('answer');
  expect((await call(executorLimits.responseMax)).outcome).toMatchObject({
    failure: { kind: 'too-large', bytes: executorLimits.responseMax + 2 },
  });
  expect(await ended).toMatchObject({ kind: 'too-large' });
});

test('it stands still while it is frozen, and goes on when it is called', async () => {
  const { call, environment } = await bench.start(
    'let n = 0; setInterval(() => n++, 1); export const handler = async () => n;',
  );
  await call({});
  environment.freeze();
  const before = process.hrtime.bigint();
  while (process.hrtime.bigint() - before < 200_000_000n)
    await new Promise((resolve) => setImmediate(resolve));
  const { value } = await call({});
  expect(value).toBeLessThan(150);
  await environment.close();
});

test('starting that takes too long is tried once more, with the function’s own time', async () => {
  const { failure, lines } = await bench.fail(
    'console.log("loading"); setTimeout(() => undefined, 1e8); await new Promise(() => undefined);',
    { timeoutMs: 2000 },
  );
  expect(failure).toEqual({ kind: 'timeout' });
  expect(lines.map((line) => line.split('\t').at(-1))).toEqual(['loading', 'loading']);
});

test('starting is given up when its caller gives up', async () => {
  const controller = new AbortController();
  const start = bench.executor.start(
    bench.spec('await new Promise(() => undefined);'),
    { log: () => undefined, ended: () => undefined },
    controller.signal,
  );
  controller.abort();
  await expect(start).rejects.toThrow('given up');
});

test('console says time, request and level; a call of it is one line of the log', async () => {
  const { call, lines, environment } = await bench.start(
    'export const handler = async () => { console.log("a %d", 1, { b: 2 }); console.warn("two\\nlines"); process.stdout.write("raw\\nrows\\n"); console.error(new Error("e")); };',
  );
  const requestId = '11111111-2222-3333-4444-555555555555';
  await call({}, { requestId });
  expect(lines[0]).toMatch(
    /^\d{4}-\d\d-\d\dT[\d:.]+Z\t11111111-2222-3333-4444-555555555555\tINFO\ta 1 \{ b: 2 \}$/,
  );
  expect(lines[1]).toMatch(/\tWARN\ttwo\nlines$/);
  expect(lines.slice(2, 4)).toEqual(['raw', 'rows']);
  expect(lines[4]).toMatch(/\tERROR\tError: e\n {4}at /);
  expect(lines).toHaveLength(5);
  await environment.close();
});

test('in JSON a call is a document, from the level on that was asked for', async () => {
  const { call, lines, environment } = await bench.start(
    'export const handler = async () => { console.debug("no"); console.info("no"); console.warn({ a: 1 }); console.error("e", new TypeError("t")); };',
    { logFormat: 'JSON', applicationLevel: 'WARN' },
  );
  const requestId = '11111111-2222-3333-4444-555555555555';
  await call({}, { requestId });
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { timestamp: expect.any(String), level: 'WARN', requestId, message: { a: 1 } },
    expect.objectContaining({
      level: 'ERROR',
      errorType: 'TypeError',
      errorMessage: 't',
      stackTrace: expect.any(Array),
    }),
  ]);
  await environment.close();
});

test('an environment that was closed says so once, and runs nothing more', async () => {
  const { call, environment, ended } = await bench.start('export const handler = async () => 1;');
  await Promise.all([environment.close(), environment.close()]);
  expect(await ended).toBeUndefined();
  expect((await call({})).outcome).toMatchObject({ kind: 'failure', failure: { kind: 'exit' } });
});

test('what it used at most is what its processes held, programs included and /tmp not', async () => {
  const { call, environment } = await bench.start(
    `import { writeFileSync } from 'node:fs';
     let kept;
     export const handler = async ({ mib, file }) => {
       for (let n = 0; n < (file ?? 0); n++) writeFileSync('/tmp/a', Buffer.alloc(1 << 20), { flag: 'a' });
       kept = mib && Buffer.alloc(mib << 20, 1); return process.resourceUsage().maxRSS / 1024;
     };`,
    { memoryMb: 512 },
  );
  const most = async (event: object) => {
    const { value } = await call(event);
    const used = environment.memoryUsedMb;
    // The processes that hold its namespaces are there besides.
    expect(used).toBeGreaterThanOrEqual(Math.floor(value as number));
    expect(used).toBeLessThan((value as number) + 24);
    return used;
  };
  const before = await most({});
  expect(await most({ file: 128 })).toBeLessThan(before + 64);
  expect(await most({ mib: 100 })).toBeGreaterThanOrEqual(before + 64);
  // What is held no more counts on.
  expect(await most({})).toBeGreaterThanOrEqual(before + 64);
  await environment.close();
});
