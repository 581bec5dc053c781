/** Functions that take more than they have: time, memory, disk, log. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bench, openBench } from './support.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.stop());

describe.each([
  ['a stranger', false],
  ['a trusted one', true],
])('%s', (_, isTrusted) => {
  test.each([
    ['that never yields', 'for (;;);'],
    ['that yields for ever', 'for (;;) await new Promise((r) => setImmediate(r));'],
    ['that waits', 'await new Promise((r) => setTimeout(r, 1e8));'],
  ])('%s is ended at its deadline, with what it logged', async (_, code) => {
    const { call, lines, ended } = await bench.start(
      `export const handler = async () => { console.log('before'); ${code} };`,
      { isTrusted },
    );
    const { outcome } = await call({}, { deadlineMs: Date.now() + 300 });
    expect(outcome).toEqual({ kind: 'failure', failure: { kind: 'timeout' }, streamed: false });
    expect(lines).toEqual([expect.stringContaining('before')]);
    expect(await ended).toEqual({ kind: 'timeout' });
  });

  test('memory beyond its own ends it', async () => {
    const { call, environment } = await bench.start(
      'const kept = []; export const handler = async () => { for (;;) { kept.push(Buffer.alloc(8 << 20, 1)); await null; } };',
      { isTrusted, memoryMb: 128, ephemeralMb: 64 },
    );
    expect((await call({})).outcome).toMatchObject({ failure: { kind: 'memory' } });
    expect(environment.memoryUsedMb).toBeGreaterThan(64);
  });

  test('a heap that is full ends it by itself, as on AWS', async () => {
    const { call } = await bench.start(
      'const kept = []; export const handler = async () => { for (;;) kept.push(new Array(1e5).fill({}).map((_, i) => ({ i }))); };',
      { isTrusted, memoryMb: 128, ephemeralMb: 512 },
    );
    const { outcome } = await call({});
    expect(outcome).toMatchObject({ kind: 'failure' });
    const { failure } = outcome as { failure: { kind: string; signal?: string } };
    if (failure.kind !== 'memory') expect(failure).toMatchObject({ kind: 'exit', signal: 'SIGABRT' });
  });

  test('/tmp is full when it is full', async () => {
    const { call, environment } = await bench.start(
      `import { openSync, writeSync } from 'node:fs';
       export const handler = async () => { const fd = openSync('/tmp/a', 'w'); const mib = Buffer.alloc(1 << 20); let n = 0;
         try { for (;; n++) writeSync(fd, mib); } catch (error) { return [n, error.code]; } };`,
      { isTrusted, ephemeralMb: 64 },
    );
    expect((await call({})).value).toEqual([64, 'ENOSPC']);
    await environment.close();
  });

  test('process.exit tells its code, and a signal its name', async () => {
    const exits = await bench.start(
      'export const handler = async () => { console.log("bye"); process.exit(7); };',
      {
        isTrusted,
      },
    );
    expect((await exits.call({})).outcome).toMatchObject({
      failure: { kind: 'exit', code: 7, signal: undefined },
    });
    expect(exits.lines).toEqual([expect.stringContaining('bye')]);
    const killed = await bench.start(
      'export const handler = async () => { process.kill(process.pid, "SIGKILL"); };',
      {
        isTrusted,
      },
    );
    expect((await killed.call({})).outcome).toMatchObject({ failure: { kind: 'exit', signal: 'SIGKILL' } });
  });
});

test('connections within its network hold little of the kernel’s memory', async () => {
  const { call, environment } = await bench.start(
    `import { connect, createServer } from 'node:net';
     import { once } from 'node:events';
     export const handler = async () => {
       const server = createServer({ pauseOnConnect: true }, () => undefined).listen(7000);
       await once(server, 'listening');
       const socket = connect(7000, '127.0.0.1');
       await once(socket, 'connect');
       const piece = Buffer.alloc(1 << 16);
       // Nobody reads: each piece that the kernel took brings the next one.
       let taken = 0;
       const give = () => taken < 64 << 20 && socket.write(piece, () => { taken += piece.length; give(); });
       give();
       let before;
       while (before !== taken) { before = taken; await new Promise((r) => setTimeout(r, 300)); }
       return taken;
     };`,
  );
  const { value } = await call({});
  expect(value).toBeGreaterThan(0);
  expect(value).toBeLessThanOrEqual(1 << 20);
  await environment.close();
});

test('what stands in /tmp of all together is bounded, and what is beside them is not harmed', async () => {
  const memoryBytesMax = 256 << 20;
  const small = await openBench({ memoryBytesMax });
  if (small.executor.isolation.memory !== 'cgroup') {
    expect(small.executor.isolation.missing).toContainEqual(expect.stringContaining('only watched'));
    return small.stop();
  }
  const fill = `import { openSync, writeSync } from 'node:fs';
    export const handler = async () => { const fd = openSync('/tmp/a', 'w'); const mib = Buffer.alloc(1 << 20, 1); for (let n = 0; n < 200; n++) writeSync(fd, mib); return 'filled'; };`;
  const all = await Promise.all([small.start(fill), small.start(fill)]);
  const said = await Promise.all(all.map(({ call }) => call({})));
  expect(said.filter(({ value }) => value === 'filled').length).toBeLessThan(2);
  expect(said).toContainEqual(
    expect.objectContaining({ outcome: expect.objectContaining({ failure: { kind: 'memory' } }) }),
  );
  const next = await small.start('export const handler = async () => 1;');
  expect((await next.call({})).value).toBe(1);
  await small.stop();
});

test('an environment takes what its interpreter holds, and what of /tmp is more than everybody has', () => {
  const { executor } = bench;
  const of = (over: object) =>
    executor.takesMb?.({ runtime: 'nodejs24.x', isTrusted: true, memoryMb: 128, ephemeralMb: 512, ...over });
  expect([of({}), of({ memoryMb: 256 }), of({ ephemeralMb: 10_240 })]).toEqual([128, 256, 9856]);
});
