/** Functions that speak on the Runtime API's socket themselves. They can only spoil what is theirs. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bench, openBench } from './support.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.stop());

const requestId = '11111111-2222-3333-4444-555555555555';
const forge = (text: string) => `import { writeSync } from 'node:fs';
  export const handler = async (event) => { if (event.forge) { writeSync(3, ${JSON.stringify(text)}); await new Promise((r) => setTimeout(r, 1e8)); } return 'own'; };`;
const post = (path: string, body: string, headers = '') =>
  `POST /2018-06-01/runtime/${path} HTTP/1.1\r\nhost: x\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;

test.each([
  ['no HTTP', 'hello\r\n\r\n'],
  ['a header without end', `GET / HTTP/1.1\r\nx: ${'y'.repeat(40_000)}`],
  ['another protocol', 'GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'],
  [
    'many requests without reading answers',
    'GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(50),
  ],
])('%s ends the environment', async (_, text) => {
  const { call } = await bench.start(forge(text));
  expect((await call({})).value).toBe('own');
  const { outcome } = await call({ forge: true }, { deadlineMs: Date.now() + 3000 });
  expect(outcome).toMatchObject({
    kind: 'failure',
    failure: { kind: expect.stringMatching(/exit|timeout/) },
  });
});

test('an answer to an invocation that is not its own is refused', async () => {
  const other = '99999999-2222-3333-4444-555555555555';
  const { call } = await bench.start(forge(post(`invocation/${other}/response`, '"forged"')));
  const { outcome } = await call({ forge: true }, { requestId, deadlineMs: Date.now() + 500 });
  expect(outcome).toMatchObject({ failure: { kind: 'timeout' } });
});

test('of two answers the first one counts', async () => {
  const { call } = await bench.start(
    forge(
      post(`invocation/${requestId}/response`, '"first"') +
        post(`invocation/${requestId}/response`, '"second"'),
    ),
  );
  expect((await call({ forge: true }, { requestId })).value).toBe('first');
});

test('an announced size is refused before anything of it is read', async () => {
  const { call } = await bench.start(
    forge(
      `POST /2018-06-01/runtime/invocation/${requestId}/response HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n`,
    ),
  );
  expect((await call({ forge: true }, { requestId })).outcome).toMatchObject({
    failure: { kind: 'too-large', bytes: 99_999_999_999 },
  });
});

test('an environment whose end of the socket is closed has ended', async () => {
  const { call } = await bench.start(
    `import { closeSync } from 'node:fs'; export const handler = async () => { closeSync(3); for (;;) await new Promise((r) => setTimeout(r, 1e3)); };`,
  );
  const { outcome } = await call({}, { deadlineMs: Date.now() + 500 });
  expect(outcome).toMatchObject({
    kind: 'failure',
    failure: { kind: expect.stringMatching(/exit|timeout/) },
  });
});
