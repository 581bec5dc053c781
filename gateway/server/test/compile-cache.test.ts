/** Compiled code that is kept between starts. */
import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryFolder } from './temporary.ts';

const cache = fileURLToPath(new URL('../compile-cache.mjs', import.meta.url));

/** Runs a typed file after `keepCompiledCode`, here and in a thread; prints what threads are told. */
const program = `
  const [folder, typed] = process.argv.slice(1);
  const { keepCompiledCode } = await import(${JSON.stringify(cache)});
  keepCompiledCode(folder);
  await import(typed);
  const { Worker } = await import('node:worker_threads');
  await new Promise((resolve) => new Worker(typed, { execArgv: [] }).once('exit', resolve));
  process.stdout.write(process.env.NODE_COMPILE_CACHE ?? 'none');
`;

async function run(folder: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const typed = join(await temporaryFolder(), 'typed.ts');
  await writeFile(typed, 'const one: number = 1;\nexport const two: number = one + 1;\n');
  const { NODE_COMPILE_CACHE: _own, NODE_DISABLE_COMPILE_CACHE: _none, ...rest } = process.env;
  const options = { env: { ...rest, ...env } };
  const args = ['--input-type=module', '-e', program, folder, typed];
  return (await promisify(execFile)(process.execPath, args, options)).stdout;
}

test('stands in its folder after the first run, and threads are told of it', async () => {
  const folder = join(await temporaryFolder(), 'cache');
  expect(await run(folder)).toBe(folder);
  expect(await readdir(folder, { recursive: true })).not.toEqual([]);
  expect(await run(folder)).toBe(folder);
});

test('is not missed where nobody can write', async () => {
  const file = join(await temporaryFolder(), 'file');
  await writeFile(file, '');
  expect(await run(join(file, 'cache'))).toBe('none');
});

test('stands where the user wants it, or nowhere', async () => {
  const [folder, other] = [await temporaryFolder(), await temporaryFolder()];
  expect(await run(folder, { NODE_COMPILE_CACHE: other })).toBe(other);
  expect(await run(folder, { NODE_DISABLE_COMPILE_CACHE: '1' })).toBe('none');
  expect(await readdir(folder)).toEqual([]);
});
