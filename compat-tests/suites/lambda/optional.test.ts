/** Functions for Python, and functions for Node.js in Deno, on a gateway that has the packages for them and trusts nobody. */
import { PublishLayerVersionCommand } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installOptionalPackages, type OptionalPackages } from '../../lib/optional-packages.ts';
import { zip } from '../../lib/zip.ts';
import { lambdaSuite } from './suite.ts';

let packages: OptionalPackages | undefined;
beforeAll(async () => {
  packages = await installOptionalPackages();
});
afterAll(() => packages?.dispose());

const suite = lambdaSuite({
  get env() {
    return {
      HYPERGATE_LAMBDA_TRUSTED: 'none',
      HYPERGATE_LAMBDA_EXECUTOR: 'deno',
      HYPERGATE_LAMBDA_DENO: packages?.deno ?? '',
      HYPERGATE_LAMBDA_PYODIDE: packages?.pyodide ?? '',
    };
  },
});

const time = String.raw`\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z`;
const id = '[0-9a-f-]{36}';

describe('Python', () => {
  const Runtime = 'python3.12';
  const make = (name: string, files: string | Readonly<Record<string, string>>, more = {}) =>
    suite.make(name, typeof files === 'string' ? { 'lambda_function.py': files } : files, {
      Runtime,
      Handler: 'lambda_function.lambda_handler',
      ...more,
    });

  test('a handler answers with what it returns', async () => {
    await make('py-echo', 'def lambda_handler(event, context):\n    return {"got": event}\n');
    const { status, error, value } = await suite.invoke('py-echo', { a: [1, 'é😀', null, 1.5] });
    expect({ status, error, value }).toEqual({
      status: 200,
      error: undefined,
      value: { got: { a: [1, 'é😀', null, 1.5] } },
    });
  });

  test.each([
    ['a folder', { 'src/app.py': 'def run(e, c): return "folder"' }, 'src/app.run', 'folder'],
    [
      'a package',
      { 'app/__init__.py': '', 'app/main.py': 'def run(e, c): return __name__' },
      'app.main.run',
      'app.main',
    ],
    [
      'packages in the zip file',
      {
        'index.py': 'import bundled\ndef handler(e, c): return bundled.answer()',
        'bundled/__init__.py': 'from .inner import answer',
        'bundled/inner.py': 'def answer(): return 42',
      },
      'index.handler',
      42,
    ],
    [
      'asyncio',
      {
        'index.py':
          'import asyncio\nasync def later():\n    await asyncio.sleep(0.01)\n    return "later"\ndef handler(e, c): return asyncio.run(later())',
      },
      'index.handler',
      'later',
    ],
    [
      'decimals',
      { 'index.py': 'from decimal import Decimal\ndef handler(e, c): return [Decimal("1.5"), Decimal(2)]' },
      'index.handler',
      [1.5, 2],
    ],
    ['nothing', { 'index.py': 'def handler(e, c): pass' }, 'index.handler', null],
    [
      'urllib3 with sockets',
      {
        'index.py': 'import urllib3\ndef handler(e, c): return "sockets"',
        // What its own package does where it believes to be in a browser.
        'urllib3/__init__.py': 'from .contrib.emscripten import inject_into_urllib3\ninject_into_urllib3()',
        'urllib3/contrib/__init__.py': '',
        'urllib3/contrib/emscripten/__init__.py': 'def inject_into_urllib3(): raise RuntimeError("fetch")',
      },
      'index.handler',
      'sockets',
    ],
    [
      'a file beside it',
      {
        'index.py':
          'import os\ndef handler(e, c): return open(os.environ["LAMBDA_TASK_ROOT"] + "/data.txt").read()',
        'data.txt': 'here',
      },
      'index.handler',
      'here',
    ],
  ])('%s', async (what, files, Handler, answer) => {
    const name = `py-${what.replace(/\W+/g, '-')}`;
    await make(name, files as Record<string, string>, { Handler });
    expect((await suite.invoke(name, {})).value).toEqual(answer);
  });

  test('layers are found', async () => {
    const { LayerVersionArn } = await suite.lambda.send(
      new PublishLayerVersionCommand({
        LayerName: 'py-layer',
        Content: { ZipFile: zip({ 'python/shared.py': 'WORD = "from the layer"' }) },
      }),
    );
    await make('py-layers', 'import shared\ndef lambda_handler(e, c): return shared.WORD', {
      Layers: [LayerVersionArn],
    });
    expect((await suite.invoke('py-layers', {})).value).toBe('from the layer');
  });

  test('an exception is told with its type, message and trace, and logged', async () => {
    await make(
      'py-throws',
      'class Own(Exception): pass\n\ndef lambda_handler(event, context):\n    raise Own("not today")\n',
    );
    const { status, error, value, log } = await suite.invoke('py-throws', {}, { LogType: 'Tail' });
    expect({ status, error }).toEqual({ status: 200, error: 'Unhandled' });
    expect(value).toEqual({
      errorMessage: 'not today',
      errorType: 'Own',
      requestId: expect.stringMatching(id),
      stackTrace: [
        '  File "/var/task/lambda_function.py", line 4, in lambda_handler\n    raise Own("not today")\n',
      ],
    });
    expect(log).toMatch(
      /\[ERROR\] Own: not today\nTraceback \(most recent call last\):\n\u00a0\u00a0File "\/var\/task\/lambda_function\.py", line 4, in lambda_handler\n/,
    );
  });

  test.each([
    [
      'no-module',
      {},
      'Runtime.ImportModuleError',
      /^Unable to import module 'lambda_function': No module named /,
    ],
    [
      'no-import',
      { 'lambda_function.py': 'import boto4' },
      'Runtime.ImportModuleError',
      /No module named 'boto4'$/,
    ],
    [
      'no-handler',
      { 'lambda_function.py': 'x = 1' },
      'Runtime.HandlerNotFound',
      /^Handler 'lambda_handler' missing/,
    ],
    [
      'bad-syntax',
      { 'lambda_function.py': 'def (' },
      'Runtime.UserCodeSyntaxError',
      /^Syntax error in module /,
    ],
    ['bad-start', { 'lambda_function.py': '1 / 0' }, 'ZeroDivisionError', /^division by zero$/],
    [
      'no-json',
      { 'lambda_function.py': 'def lambda_handler(e, c): return {1}' },
      'Runtime.MarshalError',
      /^Unable to marshal response: Object of type set is not JSON serializable$/,
    ],
  ])('%s', async (what, files, errorType, errorMessage) => {
    await make(`py-${what}`, { 'other.py': '', ...files });
    const { error, value } = await suite.invoke(`py-${what}`, {});
    expect(error).toBe('Unhandled');
    expect(value).toMatchObject({ errorType, errorMessage: expect.stringMatching(errorMessage) });
  });

  test('the context says who runs, and how long it may', async () => {
    await make(
      'py-context',
      `def lambda_handler(event, context):
    names = ["function_name", "function_version", "invoked_function_arn", "memory_limit_in_mb", "aws_request_id", "log_group_name", "log_stream_name"]
    return {**{name: getattr(context, name) for name in names}, "custom": context.client_context.custom, "left": context.get_remaining_time_in_millis()}`,
      { Timeout: 7 },
    );
    const ClientContext = Buffer.from('{"custom":{"a":"b"}}').toString('base64');
    const { value } = await suite.invoke('py-context', {}, { ClientContext });
    expect(value).toMatchObject({
      function_name: 'py-context',
      function_version: '$LATEST',
      invoked_function_arn: 'arn:aws:lambda:us-east-1:000000000000:function:py-context',
      memory_limit_in_mb: '128',
      aws_request_id: expect.stringMatching(id),
      log_group_name: '/aws/lambda/py-context',
      log_stream_name: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
      custom: { a: 'b' },
    });
    const { left } = value as { left: number };
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(7000);
  });

  test('print and logging reach the log, a record as one event', async () => {
    await make(
      'py-logs',
      'import logging\nlog = logging.getLogger()\ndef lambda_handler(e, c):\n    print("said", 7)\n    log.info("hidden")\n    log.warning("two\\nlines %d", 3)\n    log.setLevel("INFO")\n    log.info("shown")',
    );
    const { log } = await suite.invoke('py-logs', {}, { LogType: 'Tail' });
    expect(log).toMatch(/^said 7$/m);
    expect(log).not.toContain('hidden');
    expect(log).toMatch(new RegExp(`\\[WARNING\\]\t${time}\t${id}\ttwo\nlines 3\n`));
    expect(log).toMatch(new RegExp(`\\[INFO\\]\t${time}\t${id}\tshown\n`));
  });

  test('logs in JSON have their level, message, error and request', async () => {
    await make(
      'py-json',
      'import logging\ndef lambda_handler(e, c):\n    logging.getLogger("mine").info("shown", extra={"order": 5})\n    logging.debug("hidden")\n    try:\n        {}["k"]\n    except KeyError:\n        logging.exception("caught")',
      { LoggingConfig: { LogFormat: 'JSON' } },
    );
    const { log } = await suite.invoke('py-json', {}, { LogType: 'Tail' });
    const lines = log
      .split('\n')
      .filter((line) => line.includes('"logger"'))
      .map((line) => JSON.parse(line));
    const requestId = expect.stringMatching(id);
    expect(lines).toMatchObject([
      { level: 'INFO', message: 'shown', logger: 'mine', order: 5, requestId },
      { level: 'ERROR', message: 'caught', logger: 'root', errorType: 'KeyError', requestId },
    ]);
  });

  test('connections reach the gateway, and nothing else', async () => {
    await make(
      'py-net',
      `import os, urllib.request
def get(url):
    try:
        return urllib.request.urlopen(url, timeout=5).status
    except Exception as error:
        return type(error).__name__
def lambda_handler(e, c):
    return [get(os.environ["AWS_ENDPOINT_URL"] + "/_hypergate/health/ready"), get("http://10.0.0.1/"), get("http://127.0.0.1:1/")]`,
      { Timeout: 30 },
    );
    expect((await suite.invoke('py-net', {})).value).toEqual([200, 'URLError', 'URLError']);
  });

  test('it writes to /tmp and nowhere else, and reads no file of the machine', async () => {
    await make(
      'py-files',
      `import os
def attempt(path, mode):
    try:
        with open(path, mode) as file:
            return file.write("x") if mode == "w" else len(file.read())
    except OSError as error:
        return type(error).__name__
def lambda_handler(e, c):
    paths = ["/var/task/x", "/opt/x", "/var/task/lambda_function.py"]
    return {"tmp": attempt("/tmp/x", "w"), "others": [attempt(path, "w") for path in paths], "passwd": attempt("/etc/passwd", "r"), "listed": os.listdir("/tmp")}`,
    );
    const { value } = await suite.invoke('py-files', {});
    expect(value).toMatchObject({ tmp: 1, passwd: 'FileNotFoundError', listed: ['x'] });
    for (const kind of (value as { others: string[] }).others)
      expect(kind).toMatch(/^(PermissionError|OSError)$/);
  });

  test('JavaScript below it may no more than a function for Node.js', async () => {
    await make(
      'py-below',
      `from js import process
from pyodide.code import run_js
def attempt(code):
    try:
        return str(run_js(code))
    except Exception as error:
        return str(error)
def lambda_handler(e, c):
    return [attempt(code) for code in (
        "process.getBuiltinModule('child_process').execFileSync('/var/lang/bin/node', ['-v'])",
        "process.getBuiltinModule('fs').readFileSync('/proc/1/environ')",
        "new (process.getBuiltinModule('worker_threads').Worker)('1', { eval: true })",
        "process.getBuiltinModule('fs').writeFileSync('/var/runtime/pyodide/snapshots/python.snapshot', '')",
    )]`,
    );
    for (const said of (await suite.invoke('py-below', {})).value as string[])
      expect(said).toMatch(/Access to this API has been restricted/);
  });

  test('an environment is used again; one that ends is followed by another', async () => {
    await make(
      'py-counts',
      'import sys\ncalls = 0\ndef lambda_handler(event, c):\n    global calls\n    calls += 1\n    if event.get("exit"): sys.exit(3)\n    return calls',
    );
    expect((await suite.invoke('py-counts', {})).value).toBe(1);
    expect((await suite.invoke('py-counts', {})).value).toBe(2);
    const { value } = await suite.invoke('py-counts', { exit: true });
    expect(value).toMatchObject({ errorType: 'Runtime.ExitError' });
    expect((await suite.invoke('py-counts', {})).value).toBe(1);
  });

  test('what takes too long or too much memory is ended', async () => {
    await make('py-busy', 'def lambda_handler(e, c):\n    while True: pass', { Timeout: 1 });
    expect((await suite.invoke('py-busy', {})).value).toMatchObject({ errorType: 'Sandbox.Timedout' });
    await make(
      'py-hungry',
      'def lambda_handler(e, c):\n    held = []\n    while True: held.append(bytearray(8 << 20))',
      { Timeout: 60 },
    );
    expect((await suite.invoke('py-hungry', {})).value).toMatchObject({ errorType: 'Runtime.ExitError' });
  });

  test('chance is not that of another environment', async () => {
    await make(
      'py-chance',
      'import random, uuid\ndef lambda_handler(e, c): return [random.random(), str(uuid.uuid4())]',
    );
    const [first, second] = await Promise.all([suite.invoke('py-chance', {}), suite.invoke('py-chance', {})]);
    const [a, b] = [first.value as unknown[], second.value as unknown[]];
    expect(a[0]).not.toBe(b[0]);
    expect(a[1]).not.toBe(b[1]);
  });
});

describe('Deno', () => {
  beforeAll(async () => {
    await suite.make(
      'deno-runs',
      `import fs from 'node:fs'; import cp from 'node:child_process';
       const AsyncFunction = (async () => undefined).constructor;
       export const handler = async ({ code }) => {
         try { await new AsyncFunction('fs', 'cp', code)(fs, cp); return 'done'; } catch (error) { return error.message; }
       };`,
      { Timeout: 60 },
    );
  });

  test('runs what nothing is denied to', async () => {
    expect((await suite.invoke('deno-runs', { code: `fs.writeFileSync('/tmp/x', '')` })).value).toBe('done');
  });

  test.each([
    ['CommonJS', { 'index.js': 'exports.handler = async () => typeof Deno;' }, 'object'],
    [
      'ES modules by package.json',
      { 'package.json': '{"type":"module"}', 'index.js': 'export const handler = () => "esm";' },
      'esm',
    ],
    [
      'a callback',
      { 'index.js': 'exports.handler = (e, c, back) => setTimeout(back, 1, null, "called");' },
      'called',
    ],
    ['nothing', { 'index.js': 'exports.handler = () => {};' }, null],
    [
      'packages',
      {
        'node_modules/left/package.json': '{"name":"left","main":"i.js"}',
        'node_modules/left/i.js': 'exports.x = "bundled";',
        'index.mjs': 'import { x } from "left"; export const handler = async () => x;',
      },
      'bundled',
    ],
  ])('%s', async (what, files, answer) => {
    const name = `deno-${what.replace(/\W+/g, '-')}`;
    await suite.make(name, files as Record<string, string>);
    expect((await suite.invoke(name, {})).value).toEqual(answer);
  });

  test('the SDK inside calls back, by import and by require', async () => {
    await suite.make(
      'deno-sdk',
      {
        'index.mjs': `import { STSClient, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
          import { createRequire } from 'node:module';
          const { other } = createRequire(import.meta.url)('./other.cjs');
          export const handler = async () => [(await new STSClient().send(new GetCallerIdentityCommand({}))).Arn, other];`,
        'other.cjs': `exports.other = typeof require('@aws-sdk/client-s3').S3Client;`,
      },
      { Timeout: 30 },
    );
    expect((await suite.invoke('deno-sdk', {})).value).toEqual([
      'arn:aws:sts::000000000000:assumed-role/worker/deno-sdk',
      'function',
    ]);
  });

  test('an error is told and logged as in Node', async () => {
    await suite.make(
      'deno-throws',
      'export const handler = async () => { throw new TypeError("not today"); };',
    );
    const { value, log } = await suite.invoke('deno-throws', {}, { LogType: 'Tail' });
    expect(value).toMatchObject({ errorType: 'TypeError', errorMessage: 'not today' });
    expect(log).toMatch(new RegExp(`${time}\t${id}\tERROR\tInvoke Error \t\\{"errorType":"TypeError"`));
  });

  test.each([
    ['files of the machine', `fs.readFileSync('/etc/passwd')`, 'Requires read access'],
    ['its processes', `fs.readFileSync('/proc/self/environ')`, 'Requires read access'],
    ['folders but /tmp', `fs.writeFileSync('/var/task/x', '')`, 'Requires write access'],
    ['links', `fs.symlinkSync('/etc/passwd', '/tmp/link')`, 'symlinkSync\\(\\) requires unscoped'],
    ['other addresses', `await fetch('http://10.0.0.1/')`, 'Requires net access'],
    ['other ports', `await Deno.connect({ hostname: '127.0.0.1', port: 7 })`, 'Requires net access'],
    ['to listen', `Deno.listen({ hostname: '127.0.0.1', port: 7001 })`, 'Requires net access'],
    [
      'processes',
      `const made = cp.spawnSync('/var/lang/bin/deno', ['-V'], { env: {} }); if (made.pid) return 'done'; throw made.error ?? new Error('not started')`,
      'run access|not started',
    ],
    [
      'processes of Deno',
      `new Deno.Command('/var/lang/bin/deno', { clearEnv: true }).outputSync()`,
      'Requires run access',
    ],
    ['native code', `Deno.dlopen('libc.so.6', {})`, 'Requires ffi access'],
    ['addons', `process.dlopen({ exports: {} }, '/tmp/x.node')`, 'Requires ffi access'],
    ['a debugger', `(await import('node:inspector')).open(0)`, 'Requires sys access'],
    ['modules of the network', `await import('https://example.org/x.js')`, '--no-remote'],
    ['packages of a registry', `await import('npm:left-pad')`, 'not supported'],
    [
      'more by asking',
      `throw new Error((await Deno.permissions.request({ name: 'run' })).state)`,
      '^denied$',
    ],
    [
      'more in a worker',
      `await new Promise((done, fail) => { const worker = new Worker('data:text/javascript,Deno.readTextFileSync("/etc/passwd");postMessage(1)', { type: 'module' }); worker.onmessage = done; worker.onerror = (e) => { e.preventDefault(); fail(new Error(e.message)); }; })`,
      'Requires read access',
    ],
  ])('denies %s', async (_, code, message) => {
    expect((await suite.invoke('deno-runs', { code })).value).toMatch(new RegExp(message));
  });
});
