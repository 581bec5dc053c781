/** What functions run in, where the packages for it are not there. What it is like where they are: compat-tests/suites/lambda/optional.test.ts. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { denoEngine } from '../deno/engine.ts';
import { type EnginesAsked, enginesAsked, findEngines } from '../engines.ts';
import { roomPlaces } from '../isolation/command.ts';
import { Snapshot } from '../pyodide/snapshot.ts';
import { type Bench, openBench } from './support.ts';

let bench: Bench;
let folder: string;
beforeAll(async () => {
  bench = await openBench();
  folder = mkdtempSync(join(tmpdir(), 'engines-'));
});
afterAll(async () => {
  await bench.stop();
  rmSync(folder, { recursive: true, force: true });
});

const find = (asked: Partial<EnginesAsked>) =>
  findEngines({
    asked: { executor: 'node', deno: undefined, pyodide: undefined, ...asked },
    node: process.execPath,
    folder,
    warn: () => undefined,
  });

test('without packages there is Node alone, and what Python needs is said', () => {
  expect(find({})).toEqual([]);
  const { executor } = bench;
  expect([executor.runs('nodejs24.x'), executor.runs('python3.13')]).toEqual([true, false]);
  expect(executor.lacks?.('python3.13')).toMatch(/npm install pyodide/);
  for (const runtime of ['nodejs24.x', 'python3.8', 'python3.15', 'java21'])
    expect(executor.lacks?.(runtime)).toBeUndefined();
});

test('settings are taken as the gateway hands them over', () => {
  expect(enginesAsked({})).toEqual({ executor: 'node', deno: undefined, pyodide: undefined });
  expect(enginesAsked({ executor: 'deno', deno: '/a', pyodide: '/b' })).toEqual({
    executor: 'deno',
    deno: '/a',
    pyodide: '/b',
  });
});

test('what was asked for and is not there is an error that says how to get it', () => {
  expect(() => find({ executor: 'deno' })).toThrow(/npm install deno/);
  expect(() => find({ executor: 'deno', deno: join(folder, 'none') })).toThrow(/HYPERGATE_LAMBDA_DENO/);
  expect(() => find({ pyodide: folder })).toThrow(/HYPERGATE_LAMBDA_PYODIDE/);
});

test('engines that are there are asked for their runtimes', () => {
  writeFileSync(join(folder, 'pyodide.mjs'), '');
  const engines = find({ executor: 'deno', deno: process.execPath, pyodide: folder });
  const named = (runtime: string, isTrusted: boolean) =>
    engines.find((engine) => engine.runs({ runtime, isTrusted }))?.name;
  expect(named('nodejs22.x', false)).toBe('deno');
  expect(named('nodejs22.x', true)).toBeUndefined();
  for (const isTrusted of [true, false]) {
    expect(named('python3.9', isTrusted)).toBe('pyodide');
    expect(named('python3.14', isTrusted)).toBe('pyodide');
    expect(named('python3.8', isTrusted)).toBeUndefined();
  }
});

test('Deno is given what a function needs and nothing else', () => {
  const spec = bench.spec(
    { 'index.mjs': '' },
    { variables: { NODE_OPTIONS: '--allow-all', DENO_DIR: '/x' } },
  );
  const { args, variables } = denoEngine('/usr/bin/deno').command(spec, roomPlaces, true);
  expect(
    args.filter((argument) => argument.startsWith('--allow')).map((argument) => argument.split('=')[0]),
  ).toEqual(['--allow-net', '--allow-read', '--allow-write', '--allow-env', '--allow-sys']);
  expect(args).toContain('--allow-net=127.0.0.1:4566');
  expect(args).toContain('--allow-write=/tmp');
  expect(args).toContain('--no-prompt');
  expect(JSON.stringify(variables)).not.toContain('allow');
});

test('without a snapshot Python starts slowly, and the log says so once', async () => {
  const said: string[] = [];
  const script = join(folder, 'fails.mjs');
  writeFileSync(script, 'process.exit(3);');
  const place = join(folder, 'snapshots');
  const warn = (sentence: string) => said.push(sentence);
  const snapshot = new Snapshot({ node: process.execPath, folder, place, script, warn });
  await Promise.all([snapshot.ready(), snapshot.ready()]);
  await snapshot.ready();
  expect(snapshot.name).toBeUndefined();
  expect(said).toEqual([expect.stringContaining('exit code 3')]);
});
