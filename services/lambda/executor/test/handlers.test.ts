/** What handlers look like, and what comes of them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bench, openBench } from './support.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.stop());

const answers: readonly [string, Record<string, string>, string, unknown][] = [
  ['CommonJS', { 'index.js': 'exports.handler = async () => "cjs";' }, 'index.handler', 'cjs'],
  [
    'an ES module by its package.json',
    { 'package.json': '{"type":"module"}', 'index.js': 'export const handler = async () => "esm";' },
    'index.handler',
    'esm',
  ],
  [
    'an ES module by its name, with top-level await',
    { 'index.mjs': 'const ready = await Promise.resolve("tla"); export const handler = async () => ready;' },
    'index.handler',
    'tla',
  ],
  ['a folder', { 'src/deep/app.js': 'exports.run = async () => "deep";' }, 'src/deep/app.run', 'deep'],
  ['a folder with an index', { 'app/index.js': 'exports.run = async () => "index";' }, 'app.run', 'index'],
  ['an object', { 'index.js': 'exports.a = { b: { c: async () => "in" } };' }, 'index.a.b.c', 'in'],
  [
    'a callback',
    { 'index.js': 'exports.handler = (e, c, back) => setTimeout(back, 1, null, "b");' },
    'index.handler',
    'b',
  ],
  [
    'a callback, when the event loop is empty',
    {
      'index.js':
        'exports.handler = (e, c, back) => { const a = []; setTimeout(() => a.push("later"), 20); back(null, a); };',
    },
    'index.handler',
    ['later'],
  ],
  [
    'a callback that does not wait',
    {
      'index.js':
        'exports.handler = (e, c, back) => { c.callbackWaitsForEmptyEventLoop = false; setTimeout(() => {}, 1e6); back(null, 1); };',
    },
    'index.handler',
    1,
  ],
  [
    'context.succeed',
    { 'index.js': 'exports.handler = (e, c) => c.succeed("done");' },
    'index.handler',
    'done',
  ],
  ['nothing', { 'index.js': 'exports.handler = () => {};' }, 'index.handler', null],
  [
    'a promise that stays',
    { 'index.js': 'exports.handler = () => new Promise(() => {});' },
    'index.handler',
    null,
  ],
  [
    'node_modules',
    {
      'node_modules/left/index.js': 'module.exports = "own";',
      'index.js': 'exports.handler = async () => require("left");',
    },
    'index.handler',
    'own',
  ],
];

test.each(answers)('%s answers', async (_, files, handler, answer) => {
  const { call, environment } = await bench.start(files, { handler });
  expect((await call({})).value).toEqual(answer);
  expect((await call({})).value).toEqual(answer);
  await environment.close();
});

test.each([
  [{ 'other.js': '' }, 'index.handler', 'Runtime.ImportModuleError', /^Error: Cannot find module 'index'/],
  [
    { 'index.js': 'require("nowhere")' },
    'index.handler',
    'Runtime.ImportModuleError',
    /^Error: Cannot find module 'nowhere'\nRequire stack:\n- \/var\/task\/index\.js/,
  ],
  [
    { 'index.mjs': 'import "nowhere";' },
    'index.handler',
    'Runtime.ImportModuleError',
    /Cannot find package 'nowhere'/,
  ],
  [
    { 'index.js': 'exports.a = 1' },
    'index.handler',
    'Runtime.HandlerNotFound',
    /^index\.handler is undefined or not exported$/,
  ],
  [{ 'index.js': 'exports.a = 1' }, 'index.a', 'Runtime.HandlerNotFound', /^index\.a is not a function$/],
  [{ 'index.js': 'exports.a = (' }, 'index.a', 'Runtime.UserCodeSyntaxError', /^SyntaxError: /],
  [{ 'index.js': '' }, '../index.a', 'Runtime.MalformedHandlerName', /is not a valid handler name/],
  [{ 'index.js': '' }, 'index', 'Runtime.MalformedHandlerName', /^Bad handler$/],
  [{ 'index.js': 'throw new RangeError("mine")' }, 'index.a', 'RangeError', /^mine$/],
])('%j %s cannot be loaded: %s', async (files, handler, errorType, errorMessage) => {
  const { failure, value, lines } = await bench.fail(files as Record<string, string>, { handler });
  expect(failure.kind).toBe('init');
  expect(value).toEqual({
    errorType,
    errorMessage: expect.stringMatching(errorMessage),
    trace: expect.any(Array),
  });
  expect(lines.join('\n')).toContain(errorType);
});

test('a handler that throws is told with type, message and trace, and its environment goes on', async () => {
  const { call, lines, environment } = await bench.start(
    'class Own extends Error { name = "Own"; }\nexport const handler = async ({ ok }) => { if (!ok) throw new Own("not today"); return ok; };',
  );
  const { outcome, value } = await call({});
  expect(outcome).toMatchObject({ kind: 'failure', failure: { kind: 'handler' }, streamed: false });
  expect(value).toMatchObject({ errorType: 'Own', errorMessage: 'not today' });
  expect((value as { trace: string[] }).trace[1]).toMatch(/\/var\/task\/index\.mjs:2:\d+/);
  expect(lines[0]).toMatch(
    /\tERROR\tInvoke Error \t\{"errorType":"Own","errorMessage":"not today","stack":\[/,
  );
  expect((await call({ ok: 1 })).value).toBe(1);
  await environment.close();
});

test('what is thrown need not be an error', async () => {
  const { call } = await bench.start('export const handler = async (e) => { throw e; };');
  expect((await call('text')).value).toEqual({ errorType: 'string', errorMessage: 'text', trace: [] });
  expect((await call(null)).value).toMatchObject({ errorMessage: 'handled' });
});

test.each([
  ['Promise.reject(new Error("lost"))', 'Runtime.UnhandledPromiseRejection', 'Error: lost'],
  ['setImmediate(() => { throw new TypeError("thrown"); })', 'TypeError', 'thrown'],
])('%s ends the environment with what it was', async (what, errorType, errorMessage) => {
  const { call, ended } = await bench.start(
    `export const handler = async () => { ${what}; await new Promise((r) => setTimeout(r, 1e6)); };`,
  );
  expect((await call({})).value).toMatchObject({ errorType, errorMessage });
  expect(await ended).toMatchObject({ kind: 'handler' });
  expect((await call({})).outcome).toMatchObject({ kind: 'failure', failure: { kind: 'handler' } });
});

test('the context has what Lambda gives', async () => {
  const { call, environment } = await bench.start(
    'export const handler = async (e, c) => ({ ...c, left: c.getRemainingTimeInMillis() });',
  );
  const requestId = '11111111-2222-3333-4444-555555555555';
  const clientContext = '{"custom":{"é":"\\n"}}';
  const { value } = await call({}, { requestId, clientContext, deadlineMs: Date.now() + 5000 });
  expect(value).toMatchObject({
    functionName: 'f',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
    memoryLimitInMB: '256',
    awsRequestId: requestId,
    logGroupName: '/aws/lambda/f',
    logStreamName: '2026/11/22/[$LATEST]0',
    clientContext: { custom: { é: '\n' } },
  });
  expect((value as { left: number }).left).toBeLessThanOrEqual(5000);
  await environment.close();
});

test('variables are those of AWS and of the owner, who cannot change those of AWS', async () => {
  const { call, environment } = await bench.start('export const handler = async () => process.env;', {
    variables: {
      OWN: 'é',
      AWS_REGION: 'mars-1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      LD_PRELOAD: '/tmp/x.so',
    },
  });
  const { value } = await call({});
  expect(value).toMatchObject({
    OWN: 'é',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    AWS_ACCESS_KEY_ID: 'ASIAX',
    LAMBDA_TASK_ROOT: '/var/task',
    _HANDLER: 'index.handler',
    _X_AMZN_TRACE_ID: 'Root=1-0-0',
  });
  const names = Object.keys(value as object).filter((name) => !/^(AWS_|LAMBDA_|_|LD_|OWN$)/.test(name));
  expect(names.sort()).toEqual(['HOME', 'LANG', 'NODE_PATH', 'PATH', 'TZ']);
  await environment.close();
});

test('the AWS SDK and layers are found by import and by require, the function’s own packages first', async () => {
  const layer = bench.code({
    'nodejs/node_modules/layered/index.js': 'module.exports = "layer 1";',
    'one.txt': '1',
  });
  const second = bench.code({ 'nodejs/node_modules/layered/index.js': 'module.exports = "layer 2";' });
  const { call, environment } = await bench.start(
    {
      'index.mjs': `import { createRequire } from 'node:module';
        import { readFileSync } from 'node:fs';
        import { STSClient } from '@aws-sdk/client-sts';
        import layered from 'layered';
        const require = createRequire(import.meta.url);
        export const handler = async () => [STSClient.name, require('@aws-sdk/client-s3').S3Client.name, layered,
          require('layered'), readFileSync('/opt/one.txt', 'utf8'), (await import('@aws-sdk/lib-storage')).default];`,
      'node_modules/@aws-sdk/lib-storage/index.js': 'module.exports = "own";',
    },
    { layerFolders: [layer, second] },
  );
  expect((await call({})).value).toEqual(['STSClient', 'S3Client', 'layer 2', 'layer 2', '1', 'own']);
  await environment.close();
});

test('the SDK inside reaches the gateway at its usual place', async () => {
  const { call, environment } = await bench.start(
    'export const handler = async () => (await fetch(process.env.AWS_ENDPOINT_URL)).text();',
  );
  expect((await call({})).value).toBe('gateway');
  await environment.close();
});
