/**
 * The first module of a Python function's process: starts the interpreter, loads the handler in it and serves one invocation after another. What it
 * knows of the gateway is fd 3, where the Runtime API is spoken. `runtime.py` is what handlers see.
 */
import { readFileSync } from 'node:fs';
import { connect } from '../../bootstrap/connection.mjs';
import { writeAll } from '../../bootstrap/write.mjs';
import { connectOutput, loadInterpreter, mountFolders } from './interpreter.mjs';

const api = '/2018-06-01/runtime';
const json = { 'content-type': 'application/json' };
const connection = connect(3);
const { reallyExit } = process;
const exit = (code) => reallyExit.call(process, code);
const {
  variables,
  root,
  layers,
  python: from,
} = JSON.parse((await connection.request('GET', '/start')).body.toString());
for (const name of Object.keys(process.env)) delete process.env[name];
Object.assign(process.env, variables);
process.chdir(root);

/** Where an error is told. */
let place = `${api}/init/error`;

/** What the interpreter itself cannot go on after; also what a handler left behind in JavaScript. */
async function crash(error) {
  const errorType = 'Runtime.ExitError';
  const errorMessage = String(error?.message ?? error);
  writeAll(2, Buffer.from(`[ERROR] ${errorType}: ${errorMessage.replaceAll('\n', '\r')}\n`));
  const body = JSON.stringify({ errorType, errorMessage, stackTrace: [] });
  await connection.request('POST', place, { ...json, 'hypergate-ends': 'yes' }, body);
  exit(1);
}
process.on('uncaughtException', (error) => void crash(error));
process.on('unhandledRejection', (error) => void crash(error));

const python = await start();
const runtime = python.globals.get('dict')();
python.runPython(readFileSync(new URL('runtime.py', import.meta.url), 'utf8'), {
  globals: runtime,
  filename: '<runtime>',
});
runtime.get('set_up')(JSON.stringify({ variables, root, layers }));
const loaded = await call('load', variables._HANDLER);
if (loaded.kind === 'E') {
  await connection.request('POST', place, { ...json, 'hypergate-ends': 'yes' }, loaded.body);
  exit(1);
}
for (;;) await serve();

async function start() {
  let snapshot;
  try {
    snapshot = from.snapshot && readFileSync(from.snapshot);
  } catch {
    // There is none: it starts as slowly as it does.
  }
  const made = await loadInterpreter(from.folder, snapshot ? { _loadSnapshot: snapshot } : {});
  connectOutput(made, writeAll);
  mountFolders(made, [...new Set([root, ...layers, '/tmp'])]);
  // Sockets reach what the process reaches.
  await made.useNodeSockFS?.();
  return made;
}

async function serve() {
  const { headers, body } = await connection.request('GET', `${api}/invocation/next`);
  const path = `${api}/invocation/${headers.get('lambda-runtime-aws-request-id')}`;
  place = `${path}/error`;
  const answer = await call('invoke', body.toString(), JSON.stringify([...headers]));
  await connection.request('POST', answer.kind === 'R' ? `${path}/response` : place, json, answer.body);
}

/** What Python waits for may be a promise: sockets, asyncio. */
async function call(name, ...args) {
  const callable = runtime.get(name);
  const said = await (callable.callPromising?.(...args) ?? callable(...args));
  const answer = { kind: said[0], body: said.slice(1) };
  if (answer.kind === 'X') exit(Number(answer.body));
  return answer;
}
