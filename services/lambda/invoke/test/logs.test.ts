import { describe, expect, test } from 'vitest';
import { runtimeVersionArn } from '../../engine/runtimes.ts';
import type { VersionRow } from '../../model/function-rows.ts';
import { openWorld, requestOf, settled, targetOf } from './support/world.ts';

const id = '00000000-0000-4000-8000-00000000beef';

async function logOf(version: Partial<VersionRow>, failure?: { readonly kind: 'timeout' }) {
  const world = openWorld();
  const target = targetOf({ version });
  const call = world.invoker.invoke(requestOf(target, { requestId: id, wantsLog: true }));
  await settled();
  world.elapsed.ms += 3000.5;
  const [environment] = world.executor.busy;
  environment!.log('2026-11-23T01:02:03.000Z\tid\tINFO\thello');
  if (failure === undefined) environment!.answer(1);
  else environment!.finish({ kind: 'failure', failure, streamed: false });
  const { logTail } = await call;
  // The one that GetFunctionConfiguration shows.
  const arn = runtimeVersionArn(target.version.runtime, target.function.region);
  const messages = world.logs.messages.map((message) => message.replaceAll(arn, 'ARN'));
  return { messages, tail: Buffer.from(logTail).toString(), streams: [...world.logs.streams.keys()] };
}

describe('lines around an invocation', () => {
  test('are text as Lambda writes it, and what the function logs stands between them', async () => {
    const { messages, tail, streams } = await logOf({});
    expect(messages).toEqual([
      'INIT_START Runtime Version: nodejs:24.v1\tRuntime Version ARN: ARN\n',
      `START RequestId: ${id} Version: $LATEST\n`,
      '2026-11-23T01:02:03.000Z\tid\tINFO\thello',
      `END RequestId: ${id}\n`,
      `REPORT RequestId: ${id}\tDuration: 3000.50 ms\tBilled Duration: 3101 ms\tMemory Size: 128 MB\tMax Memory Used: 41 MB\tInit Duration: 100.00 ms\t\n`,
    ]);
    expect(tail).toBe(
      messages
        .slice(1)
        .map((message) => (message.endsWith('\n') ? message : `${message}\n`))
        .join(''),
    );
    expect(streams).toHaveLength(1);
    expect(streams[0]).toMatch(/^\/aws\/lambda\/hello 2026\/11\/23\/\[\$LATEST\][0-9a-f]{32}$/);
  });

  test('say that it timed out', async () => {
    const { messages } = await logOf({}, { kind: 'timeout' });
    expect(messages.slice(3)).toEqual([
      `2026-11-23T01:02:03.000Z ${id} Task timed out after 3.00 seconds\n\n`,
      `END RequestId: ${id}\n`,
      `REPORT RequestId: ${id}\tDuration: 3000.00 ms\tBilled Duration: 3100 ms\tMemory Size: 128 MB\tMax Memory Used: 41 MB\tInit Duration: 100.00 ms\tStatus: timeout\t\n`,
    ]);
  });

  test('are JSON where the function logs so', async () => {
    const { messages } = await logOf({ logging: { format: 'JSON', group: 'g' } });
    const platform = messages
      .filter((message) => message.startsWith('{'))
      .map((message) => JSON.parse(message));
    expect(platform).toEqual([
      {
        time: '2026-11-23T01:02:03.000Z',
        type: 'platform.initStart',
        record: {
          initializationType: 'on-demand',
          phase: 'init',
          runtimeVersion: 'nodejs:24.v1',
          runtimeVersionArn: 'ARN',
          functionName: 'hello',
          functionVersion: '$LATEST',
        },
      },
      {
        time: '2026-11-23T01:02:03.000Z',
        type: 'platform.start',
        record: { requestId: id, version: '$LATEST' },
      },
      {
        time: '2026-11-23T01:02:03.000Z',
        type: 'platform.report',
        record: {
          requestId: id,
          metrics: {
            durationMs: 3000.5,
            billedDurationMs: 3101,
            memorySizeMB: 128,
            maxMemoryUsedMB: 41,
            initDurationMs: 100,
          },
          status: 'success',
        },
      },
    ]);
  });

  test('are as many as the level of system logs asks for', async () => {
    const typesOf = async (systemLevel: 'DEBUG' | 'WARN', failure?: { readonly kind: 'timeout' }) =>
      (await logOf({ logging: { format: 'JSON', group: 'g', systemLevel } }, failure)).messages
        .filter((message) => message.startsWith('{'))
        .map((message) => JSON.parse(message).type);
    expect(await typesOf('DEBUG')).toEqual([
      'platform.initStart',
      'platform.start',
      'platform.runtimeDone',
      'platform.report',
    ]);
    expect(await typesOf('WARN')).toEqual([]);
    expect(await typesOf('WARN', { kind: 'timeout' })).toEqual(['platform.runtimeDone', 'platform.report']);
  });
});

describe('the tail', () => {
  test('is the last 4 KiB, in whole characters', async () => {
    const world = openWorld();
    const call = world.invoker.invoke(requestOf(undefined, { wantsLog: true }));
    await settled();
    const [environment] = world.executor.busy;
    for (let line = 0; line < 300; line += 1) environment!.log(`${line} ${'ä'.repeat(line % 50)}`);
    environment!.log('ü'.repeat(3001));
    environment!.answer(1);
    const tail = Buffer.from((await call).logTail);
    expect(tail.length).toBeLessThanOrEqual(4096);
    expect(tail.length).toBeGreaterThan(4092);
    expect(tail.toString('utf8')).toMatch(/^ü+\nEND RequestId: .*\nREPORT .*\t\n$/s);
  });

  test('is empty when nobody asked, and holds nothing of calls before', async () => {
    const world = openWorld();
    const first = world.invoker.invoke(requestOf());
    await settled();
    world.executor.busy[0]!.log('first');
    world.executor.busy[0]!.answer(1);
    expect((await first).logTail).toHaveLength(0);
    [...world.executor.alive][0]!.log('between');
    const second = world.invoker.invoke(requestOf(undefined, { wantsLog: true }));
    await settled();
    world.executor.busy[0]!.answer(1);
    expect(Buffer.from((await second).logTail).toString()).toMatch(
      /^START [^\n]*\nEND [^\n]*\nREPORT [^\n]*\n$/,
    );
    expect(world.logs.messages).toContain('between');
  });
});
