/**
 * The first module of a function's process: takes the variables, loads the handler and serves one invocation after another. What it knows of
 * the gateway is fd 3, where the Runtime API is spoken (Lambda developer guide, "Using the Lambda runtime API").
 */
import { connect } from './connection.mjs';
import { patchConsole } from './console.mjs';
import { makeContext } from './context.mjs';
import { describeError, errorForLog, runtimeError } from './errors.mjs';
import { loadHandler } from './load.mjs';
import { explainNames } from './names.mjs';
import { makeOutputSynchronous } from './output.mjs';
import { resolveElsewhere } from './resolution.mjs';
import { runHandler, runStreaming } from './run.mjs';
import { defineGlobals, isStreaming, ResponseStream } from './streaming.mjs';

const api = '/2018-06-01/runtime';
const connection = connect(3);
const { reallyExit } = process;
/** @type {{ requestId: string | undefined, fail: ((error: unknown) => void) | undefined }} */
const current = { requestId: undefined, fail: undefined };
const { variables, root, folders, isAlone } = JSON.parse(
  (await connection.request('GET', '/start')).body.toString(),
);

for (const name of Object.keys(process.env)) delete process.env[name];
Object.assign(process.env, variables);
process.chdir(root);
makeOutputSynchronous();
patchConsole(current, {
  isJson: variables.AWS_LAMBDA_LOG_FORMAT === 'JSON',
  level: variables.AWS_LAMBDA_LOG_LEVEL ?? 'INFO',
});
const logError = console.error;
resolveElsewhere(folders);
explainNames(isAlone);
defineGlobals();

/** Of errors that nobody caught: told for the invocation under way, and then the process ends. */
async function crash(what, error) {
  logError(`${what} \t${errorForLog(error)}`);
  const body = JSON.stringify(describeError(error));
  const path = current.requestId ? `${api}/invocation/${current.requestId}/error` : `${api}/init/error`;
  await connection.request(
    'POST',
    path,
    { 'hypergate-ends': 'yes', 'content-type': 'application/json' },
    body,
  );
  reallyExit.call(process, 1);
}
process.on('uncaughtException', (error) => void crash('Uncaught Exception', error));
process.on('unhandledRejection', (reason) => {
  const error = runtimeError(
    'UnhandledPromiseRejection',
    reason instanceof Error ? String(reason) : String(describeError(reason).errorMessage),
    reason,
  );
  error.reason = reason instanceof Error ? describeError(reason) : reason;
  void crash('Unhandled Promise Rejection', error);
});

let handler;
try {
  handler = await loadHandler(root, variables._HANDLER);
} catch (error) {
  await crash('Uncaught Exception', error);
}
process.argv.length = 1;

// Not awaited: Deno takes an awaited module that nothing can end any more for a mistake, and asks nobody.
void serve();

async function serve() {
  for (;;) {
    connection.hold(true);
    const { headers, body } = await connection.request('GET', `${api}/invocation/next`);
    const requestId = headers.get('lambda-runtime-aws-request-id');
    current.requestId = requestId;
    process.env._X_AMZN_TRACE_ID = headers.get('lambda-runtime-trace-id') ?? '';
    const path = `${api}/invocation/${requestId}`;
    connection.hold(false);
    try {
      const event = JSON.parse(body.toString());
      const answer = isStreaming(handler)
        ? await stream(event, headers, path)
        : await runHandler(handler, event, (ends) => makeContext(headers, variables, ends));
      if (answer !== undefined) {
        connection.hold(true);
        await connection.request('POST', `${path}/response`, { 'content-type': 'application/json' }, answer);
      }
    } catch (error) {
      connection.hold(true);
      logError(`Invoke Error \t${errorForLog(error)}`);
      const text = JSON.stringify(describeError(error));
      await connection.request('POST', `${path}/error`, { 'content-type': 'application/json' }, text);
    }
  }
}

async function stream(event, headers, path) {
  const response = new ResponseStream((contentType) =>
    connection.stream(`${path}/response`, {
      'content-type': contentType,
      'lambda-runtime-function-response-mode': 'streaming',
      trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
    }),
  );
  let failure;
  connection.hold(true);
  try {
    await runStreaming(handler, event, response, makeContext(headers, variables, { done: () => undefined }));
  } catch (error) {
    if (!response.hasBegun) throw error;
    logError(`Invoke Error \t${errorForLog(error)}`);
    failure = error;
  }
  if (!failure) return void (await response.finish());
  const told = describeError(failure);
  await response.finish({
    'Lambda-Runtime-Function-Error-Type': told.errorType.replace(/[^\x21-\x7e]/g, ''),
    'Lambda-Runtime-Function-Error-Body': Buffer.from(JSON.stringify(told)).toString('base64'),
  });
}
