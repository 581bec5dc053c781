/** What the gateway has open is no function's: libraries open files that whatever they start inherits. */
import { readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bench, openBench } from './support.ts';

const folder = join(tmpdir(), `descriptors-${process.pid}`);
let bench: Bench;
let store: ClassicLevel;
beforeAll(async () => {
  // As the node keeps its state.
  store = new ClassicLevel(folder);
  await store.open();
  bench = await openBench();
});
afterAll(async () => {
  await bench.stop();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const looking = `import { fstatSync } from 'node:fs';
  export const handler = async () => {
    const files = [];
    for (let fd = 0; fd < 1024; fd++) try { if (fstatSync(fd).isFile()) files.push(fd); } catch {}
    return files;
  };`;

test.each([
  ['a stranger', false],
  ['a trusted one', true],
])('%s has none of the files of the store', async (_, isTrusted) => {
  const held = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder) ? [fd] : [];
    } catch {
      return [];
    }
  });
  expect(held.length).toBeGreaterThan(0);
  const { call, environment } = await bench.start(looking, { isTrusted });
  expect((await call({})).value).toEqual([]);
  await environment.close();
});
