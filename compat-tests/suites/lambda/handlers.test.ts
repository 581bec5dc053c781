/** What handlers users bring look like, and what callers get of them. */
import { expect, test } from 'vitest';
import { lambdaSuite } from './suite.ts';

const suite = lambdaSuite();

test('an ES module answers with what it returns', async () => {
  await suite.make('echo', 'export const handler = async (event) => ({ got: event });');
  const { status, error, version, value } = await suite.invoke('echo', { a: [1, 'é', null] });
  expect({ status, error, version }).toEqual({ status: 200, error: undefined, version: '$LATEST' });
  expect(value).toEqual({ got: { a: [1, 'é', null] } });
});

test.each([
  ['CommonJS', { 'index.js': 'exports.handler = async () => "cjs";' }, 'index.handler', 'cjs'],
  [
    'ES modules by package.json',
    { 'package.json': '{"type":"module"}', 'index.js': 'export const handler = () => "esm";' },
    'index.handler',
    'esm',
  ],
  ['a folder', { 'src/deep/app.js': 'exports.run = async () => "deep";' }, 'src/deep/app.run', 'deep'],
  [
    'a nested export',
    { 'index.js': 'exports.api = { v1: { get: async () => "nested" } };' },
    'index.api.v1.get',
    'nested',
  ],
  [
    'a callback',
    { 'index.js': 'exports.handler = (event, context, callback) => callback(null, "called");' },
    'index.handler',
    'called',
  ],
  [
    'context.succeed',
    { 'index.js': 'exports.handler = (event, context) => context.succeed("done");' },
    'index.handler',
    'done',
  ],
  [
    'node_modules',
    {
      'node_modules/left/index.js': 'module.exports = "bundled";',
      'index.js': 'exports.handler = async () => require("left");',
    },
    'index.handler',
    'bundled',
  ],
  [
    'a dynamic import',
    {
      'index.js': 'exports.handler = async () => (await import([".", "other.mjs"].join("/"))).default;',
      'other.mjs': 'export default "other";',
    },
    'index.handler',
    'other',
  ],
  [
    'top-level await',
    {
      'index.mjs':
        'const ready = await Promise.resolve("awaited"); export const handler = () => Promise.resolve(ready);',
    },
    'index.handler',
    'awaited',
  ],
])('%s', async (what, files, Handler, answer) => {
  const name = what.replace(/\W+/g, '-');
  await suite.make(name, files as Record<string, string>, { Handler });
  expect((await suite.invoke(name, {})).value).toBe(answer);
});

test('undefined is null, and nothing sent is an empty event', async () => {
  await suite.make('kinds', 'export const handler = async (event) => (event.nothing ? undefined : event);');
  expect((await suite.invoke('kinds', { nothing: true })).value).toBeNull();
  expect((await suite.invoke('kinds')).value).toEqual({});
});

test('an error that is thrown is told with its type, message and trace', async () => {
  await suite.make(
    'throws',
    'class Own extends Error { name = "Own"; }\nexport const handler = async () => { throw new Own("not today"); };',
  );
  const { status, error, value } = await suite.invoke('throws', {});
  expect({ status, error }).toEqual({ status: 200, error: 'Unhandled' });
  expect(value).toMatchObject({ errorType: 'Own', errorMessage: 'not today' });
  expect((value as { trace: string[] }).trace[1]).toMatch(/index\.mjs:2:\d+/);
});

test.each([
  ['no-module', { 'other.js': '' }, 'Runtime.ImportModuleError', /Cannot find module 'index'/],
  [
    'no-handler',
    { 'index.js': 'exports.other = 1;' },
    'Runtime.HandlerNotFound',
    /index\.handler is undefined or not exported/,
  ],
  ['bad-syntax', { 'index.js': 'exports.handler = (' }, 'Runtime.UserCodeSyntaxError', /SyntaxError/],
])('%s', async (name, files, errorType, errorMessage) => {
  await suite.make(name, files as Record<string, string>);
  const { error, value } = await suite.invoke(name, {});
  expect(error).toBe('Unhandled');
  expect(value).toMatchObject({ errorType, errorMessage: expect.stringMatching(errorMessage) });
});

test('a rejection that nobody handles ends the environment, and the next call has another', async () => {
  await suite.make(
    'rejects',
    'export const handler = async ({ now }) => { if (now) Promise.reject(new Error("lost")); await new Promise((r) => setTimeout(r, 50)); return process.pid; };',
  );
  const { error, value } = await suite.invoke('rejects', { now: true });
  expect(error).toBe('Unhandled');
  expect(value).toMatchObject({
    errorType: 'Runtime.UnhandledPromiseRejection',
    errorMessage: expect.stringContaining('lost'),
  });
  expect((await suite.invoke('rejects', {})).error).toBeUndefined();
});

test('the context says who runs, and how long it may', async () => {
  await suite.make(
    'context',
    'export const handler = async (event, context) => ({ ...context, left: context.getRemainingTimeInMillis() });',
    { Timeout: 7, MemorySize: 256 },
  );
  const { value } = await suite.invoke(
    'context',
    {},
    {
      ClientContext: Buffer.from('{"custom":{"a":"b"}}').toString('base64'),
    },
  );
  expect(value).toMatchObject({
    functionName: 'context',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:context',
    memoryLimitInMB: '256',
    awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    logGroupName: '/aws/lambda/context',
    logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
    clientContext: { custom: { a: 'b' } },
  });
  const { left } = value as { left: number };
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThanOrEqual(7000);
});

test('variables are those of the function and of AWS, and none of the gateway', async () => {
  await suite.make('variables', 'export const handler = async () => process.env;', {
    Environment: { Variables: { OWN: 'value', HYPERGATE_X: 'mine' } },
  });
  const variables = (await suite.invoke('variables', {})).value as Record<string, string>;
  expect(variables).toMatchObject({
    OWN: 'value',
    HYPERGATE_X: 'mine',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_LAMBDA_FUNCTION_NAME: 'variables',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    LAMBDA_TASK_ROOT: '/var/task',
    _HANDLER: 'index.handler',
    AWS_ENDPOINT_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    AWS_SESSION_TOKEN: expect.any(String),
  });
  expect(Object.keys(variables).filter((name) => name.startsWith('HYPERGATE_'))).toEqual(['HYPERGATE_X']);
});

test('the SDK inside calls back, as the role of the function', async () => {
  await suite.make(
    'calls-back',
    `import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
     import { S3Client, CreateBucketCommand, PutObjectCommand, GetObjectCommand } from '@aws-sdk/client-s3';
     export const handler = async () => {
       const s3 = new S3Client({ forcePathStyle: true });
       await s3.send(new CreateBucketCommand({ Bucket: 'from-within' }));
       await s3.send(new PutObjectCommand({ Bucket: 'from-within', Key: 'a', Body: 'body' }));
       const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'from-within', Key: 'a' }));
       const { Arn } = await new STSClient().send(new GetCallerIdentityCommand({}));
       return { body: await Body.transformToString(), Arn };
     };`,
    { Timeout: 30 },
  );
  expect((await suite.invoke('calls-back', {})).value).toEqual({
    body: 'body',
    Arn: 'arn:aws:sts::000000000000:assumed-role/worker/calls-back',
  });
  await suite.make('requires', {
    'index.js': `exports.handler = async () => Object.keys(require('@aws-sdk/client-s3')).includes('S3Client');`,
  });
  expect((await suite.invoke('requires', {})).value).toBe(true);
});

test('the end of the log comes with the answer', async () => {
  await suite.make(
    'logs',
    'export const handler = async () => { console.log("said %d", 7); console.error("wrong"); };',
  );
  const { log } = await suite.invoke('logs', {}, { LogType: 'Tail' });
  expect(log).toMatch(/START RequestId: [0-9a-f-]{36} Version: \$LATEST\n/);
  expect(log).toMatch(/\d{4}-\d\d-\d\dT[\d:.]+Z\t[0-9a-f-]{36}\tINFO\tsaid 7\n/);
  expect(log).toMatch(/\tERROR\twrong\n/);
  expect(log).toMatch(/END RequestId: [0-9a-f-]{36}\n/);
  expect(log).toMatch(
    /REPORT RequestId: [0-9a-f-]{36}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: [\d.]+ ms/,
  );
});

test('what takes too long is ended', async () => {
  await suite.make('slow', 'export const handler = () => new Promise((r) => setTimeout(r, 60_000));', {
    Timeout: 1,
  });
  await suite.make('busy', 'export const handler = () => { for (;;); };', { Timeout: 1 });
  for (const name of ['slow', 'busy']) {
    const { error, value } = await suite.invoke(name, {});
    expect(error).toBe('Unhandled');
    expect(value).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(
        /^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/,
      ),
    });
  }
});

test('what takes too much memory is ended', async () => {
  await suite.make(
    'hungry',
    'export const handler = () => { const all = []; for (;;) all.push(Buffer.alloc(8 * 1024 * 1024, 1)); };',
    { Timeout: 30 },
  );
  const { error, value } = await suite.invoke('hungry', {});
  expect(error).toBe('Unhandled');
  expect(value).toMatchObject({
    errorType: 'Runtime.ExitError',
    errorMessage: expect.stringContaining('signal: killed'),
  });
});

test('an environment is used again, and keeps what it had', async () => {
  await suite.make('counts', 'let calls = 0; export const handler = async () => (calls += 1);');
  expect((await suite.invoke('counts', {})).value).toBe(1);
  expect((await suite.invoke('counts', {})).value).toBe(2);
});

test('functions outlive the gateway', async () => {
  await suite.make('stays', 'export const handler = async () => "still here";');
  await suite.again((target) => target.kill());
  expect((await suite.invoke('stays', {})).value).toBe('still here');
});
