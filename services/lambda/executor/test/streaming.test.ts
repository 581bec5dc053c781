/** Answers in pieces. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ResponseSink } from '../api.ts';
import { type Bench, openBench } from './support.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.stop());

function makeSink() {
  const taken = { contentType: '', prelude: undefined as string | undefined, bytes: 0, text: '', begun: 0 };
  const sink: ResponseSink = {
    begin(contentType, prelude) {
      taken.begun += 1;
      Object.assign(taken, { contentType, prelude });
    },
    async write(piece) {
      taken.bytes += piece.length;
      if (taken.bytes < 1000) taken.text += Buffer.from(piece).toString('utf8');
    },
  };
  return { sink, taken };
}

const streams = (body: string) =>
  `export const handler = awslambda.streamifyResponse(async (event, stream, context) => { ${body} });`;

test('pieces arrive with their type, and the environment goes on', async () => {
  const { call, environment } = await bench.start(
    streams('stream.setContentType("text/plain"); stream.write("1"); stream.write("2"); stream.end("3");'),
  );
  for (let round = 0; round < 2; round++) {
    const { sink, taken } = makeSink();
    expect((await call({}, { stream: sink })).outcome).toEqual({ kind: 'streamed', bytes: 3 });
    expect(taken).toMatchObject({ contentType: 'text/plain', prelude: undefined, text: '123', begun: 1 });
  }
  const { outcome } = await call({});
  expect(outcome).toEqual({ kind: 'answer', body: Buffer.from('123') });
  await environment.close();
});

test('status and headers come before the body, also of an empty one', async () => {
  const { call, environment } = await bench.start(
    streams(
      'const s = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { a: "é" } }); if (event.body) s.write(event.body); s.end();',
    ),
  );
  for (const body of ['text', undefined]) {
    const { sink, taken } = makeSink();
    expect((await call({ body }, { stream: sink })).outcome.kind).toBe('streamed');
    expect(JSON.parse(taken.prelude!)).toEqual({ statusCode: 201, headers: { a: 'é' } });
    expect(taken.text).toBe(body ?? '');
  }
  await environment.close();
});

test('more than a buffered answer may have goes through', async () => {
  const { call, environment } = await bench.start(
    streams(
      'const piece = Buffer.alloc(1 << 20); for (let i = 0; i < 20; i++) if (!stream.write(piece)) await new Promise((r) => stream.once("drain", r)); stream.end();',
    ),
  );
  const { sink, taken } = makeSink();
  expect((await call({}, { stream: sink })).outcome).toEqual({ kind: 'streamed', bytes: 20 << 20 });
  expect(taken.bytes).toBe(20 << 20);
  await environment.close();
});

test('an error says whether something was sent before it', async () => {
  const { call, environment } = await bench.start(
    streams(
      'if (event.late) { stream.write("part"); await new Promise((r) => setImmediate(r)); } throw new RangeError("mid");',
    ),
  );
  const early = makeSink();
  const first = await call({}, { stream: early.sink });
  expect(first.outcome).toMatchObject({ failure: { kind: 'handler' }, streamed: false });
  const late = makeSink();
  const second = await call({ late: true }, { stream: late.sink });
  expect(second.outcome).toMatchObject({ failure: { kind: 'handler' }, streamed: true });
  expect(second.value).toMatchObject({ errorType: 'RangeError', errorMessage: 'mid' });
  expect(late.taken.text).toBe('part');
  await environment.close();
});

test('a sink that takes nothing more holds the function, until its deadline', async () => {
  const { call } = await bench.start(
    streams(
      'const piece = Buffer.alloc(1 << 20); for (;;) if (!stream.write(piece)) await new Promise((r) => stream.once("drain", r));',
    ),
  );
  let pieces = 0;
  const sink: ResponseSink = {
    begin: () => undefined,
    write: () => {
      pieces += 1;
      return new Promise(() => undefined);
    },
  };
  const { outcome } = await call({}, { stream: sink, deadlineMs: Date.now() + 500 });
  expect(outcome).toEqual({ kind: 'failure', failure: { kind: 'timeout' }, streamed: true });
  expect(pieces).toBe(1);
});
