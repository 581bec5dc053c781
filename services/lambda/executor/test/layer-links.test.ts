/** Links of layers are followed by functions, in their own root folder, and by nobody who builds it. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootstrapFolder } from '../isolation/room.ts';
import { nodeEngine } from '../node/engine.ts';
import { type Bench, openBench } from './support.ts';

/** Deno finds packages where this one does; it is not installed everywhere. */
const engine = { ...nodeEngine(process.execPath, bootstrapFolder), findsPackagesAbove: true };

const seen = `import { readdirSync } from 'node:fs';
  export const handler = async () => { try { return readdirSync('/var/node_modules').sort(); } catch (error) { return error.code; } };`;

let bench: Bench;
let folder: string;
beforeAll(async () => {
  bench = await openBench({ engines: [engine] });
  folder = mkdtempSync(join(tmpdir(), 'layers-'));
});
afterAll(async () => {
  await bench.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** @param links by place: where they lead @returns the layer's folder */
function layer(name: string, links: Readonly<Record<string, string>>, packages: readonly string[] = []) {
  const place = join(folder, name);
  mkdirSync(join(place, 'nodejs'), { recursive: true });
  for (const [at, target] of Object.entries(links)) symlinkSync(target, join(place, at));
  for (const one of packages) {
    mkdirSync(join(place, one), { recursive: true });
    writeFileSync(join(place, one, 'index.js'), '');
  }
  return place;
}

test('packages of layers stand above the code, also behind links within the layers', async () => {
  const own = layer('own', { 'nodejs/node_modules': '../shared' }, ['shared/greeter']);
  const { call, environment } = await bench.start(seen, { layerFolders: [own] });
  expect((await call({})).value).toEqual(['greeter']);
  await environment.close();
});

test('links that lead out of layers together, and out of none alone, lead nowhere', async () => {
  const up = '../'.repeat(16);
  // Alone it stays within its layer: as many folders down as up.
  const first = layer('first', {
    'nodejs/node_modules': `../${'d/'.repeat(16)}${up}${bench.folder.slice(1)}`,
  });
  // Now none of these leads down.
  const second = layer('second', { d: '.' });
  const { call, environment } = await bench.start(seen, { layerFolders: [first, second] });
  expect((await call({})).value).toEqual([]);
  await environment.close();
});
