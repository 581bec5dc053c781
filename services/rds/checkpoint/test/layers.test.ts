/** Layers over a folder that changes in ways of its own, without a server. */
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LayerRow } from '../../model/checkpoint-tables.ts';
import { pageBytes } from '../../model/layer-format.ts';
import { openStore, type StoreWorld } from '../../test/support/store.ts';
import { foldersFor } from '../data-files.ts';
import { stateOf } from '../known-state.ts';
import { openLayer } from '../layer-reader.ts';
import { LayerWriter, type MadeLayer } from '../layer-writer.ts';
import type { DirectoryState } from '../page-hashes.ts';
import { writePages } from '../restore-pages.ts';
import { planRestore } from '../restore-plan.ts';
import { RestoredFiles } from '../restored-files.ts';
import { randomFrom } from './support/workload.ts';

let stored: StoreWorld;
const folders: string[] = [];
beforeAll(async () => {
  stored = await openStore();
});
afterAll(async () => {
  await stored.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'hg-layers-'));
  folders.push(made);
  return made;
}

const afterwards = () => Date.now() + 60_000;

async function writeLayer(dataDir: string, before: DirectoryState | undefined, now = afterwards) {
  const writer = new LayerWriter({ dataDir, before, now, settleMs: 5000 });
  const { domain, tables, fence } = stored.store;
  const blob = await domain.stageBlob(writer.bytes());
  await tables.transact([{ kind: 'put-blob', domain, blob }], { fence });
  const made: MadeLayer = writer.result;
  return { row: { id: 1, blob, ...made.parts } satisfies LayerRow, made };
}

async function restoreLayers(rows: readonly LayerRow[]): Promise<string> {
  const { domain } = stored.store;
  const dataDir = join(folder(), 'data');
  const plan = await planRestore(await Promise.all(rows.map((row) => openLayer(domain, row))));
  const files = new RestoredFiles(dataDir, undefined);
  await files.makeFolders(foldersFor(plan.files.map(({ path }) => path)));
  await writePages(domain, plan, files, () => undefined);
  return dataDir;
}

function contentOf(dataDir: string): Record<string, string> {
  const names = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = names.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return Object.fromEntries(
    paths.map((path) => [path.slice(dataDir.length + 1), readFileSync(path).toString('base64')]),
  );
}

/** Pages of noise, of zeros and of text, and now and then a part of one. */
function someBytes(random: (below: number) => number): Buffer {
  const pages = Array.from({ length: random(40) }, () => {
    const kind = random(4);
    if (kind === 0) return Buffer.alloc(pageBytes);
    return kind === 1
      ? Buffer.alloc(pageBytes, `text ${random(50)} `)
      : Buffer.from(Array.from({ length: pageBytes }, () => random(256)));
  });
  if (random(3) === 0) pages.push(Buffer.alloc(1 + random(pageBytes - 1), 7));
  return Buffer.concat(pages);
}

function change(dataDir: string, random: (below: number) => number): void {
  for (let i = random(8); i >= 0; i--) {
    const path = join(
      dataDir,
      ['base/5', 'base/16400', 'global', 'pg_xact'][random(4)]!,
      String(1000 + random(8)),
    );
    mkdirSync(dirname(path), { recursive: true });
    const size = statSync(path, { throwIfNoEntry: false })?.size;
    if (size === undefined) writeFileSync(path, someBytes(random));
    else {
      const kind = random(5);
      if (kind === 0) unlinkSync(path);
      else if (kind === 1) truncateSync(path, random(size + 1));
      else if (kind === 2) appendFileSync(path, someBytes(random));
      else if (kind === 3) {
        const content = readFileSync(path);
        if (size > 0) content.fill(random(256), random(size));
        writeFileSync(path, content);
      } else writeFileSync(path, someBytes(random));
    }
  }
}

it.each([1, 2, 3, 4, 5])('every state of a folder comes back from its layers (seed %i)', async (seed) => {
  const random = randomFrom(seed * 104_729);
  const dataDir = folder();
  const rows: LayerRow[] = [];
  let state: DirectoryState | undefined;
  for (let i = 0; i < 6; i++) {
    change(dataDir, random);
    const { row, made } = await writeLayer(dataDir, state);
    rows.push(row);
    // As after a restart, or as before one.
    state = random(2) === 0 ? await stateOf(stored.store.domain, rows) : made.state;
    expect(contentOf(await restoreLayers(rows))).toEqual(contentOf(dataDir));
  }
});

describe('a layer', () => {
  const content = (fill: string) =>
    Buffer.concat(Array.from({ length: 300 }, (_, i) => Buffer.alloc(pageBytes, `${fill}${i} `)));

  it('holds the pages that changed, and nothing of files that did not', async () => {
    const dataDir = folder();
    mkdirSync(join(dataDir, 'base/5'), { recursive: true });
    for (const name of ['1', '2', '3']) writeFileSync(join(dataDir, 'base/5', name), content(name));
    const first = await writeLayer(dataDir, undefined);
    expect(first.made).toMatchObject({ filesRead: 3, files: 3, dataBytes: 900 * pageBytes });
    expect(first.row.pages).toBe(900);
    const changed = content('2');
    changed.fill('x', 17 * pageBytes, 19 * pageBytes);
    writeFileSync(join(dataDir, 'base/5/2'), changed);
    const second = await writeLayer(dataDir, first.made.state);
    expect(second.made).toMatchObject({ filesRead: 1, files: 3, dataBytes: 900 * pageBytes });
    expect(second.row).toMatchObject({ pages: 2, rawBytes: 2 * pageBytes });
    const third = await writeLayer(dataDir, second.made.state);
    expect(third.made.filesRead).toBe(0);
    expect(third.row).toMatchObject({ pages: 0, rawBytes: 0 });
  });

  it('looks again at files that were written shortly before they were read', async () => {
    const dataDir = folder();
    mkdirSync(join(dataDir, 'base/5'), { recursive: true });
    writeFileSync(join(dataDir, 'base/5/1'), content('1'));
    const first = await writeLayer(dataDir, undefined, Date.now);
    const second = await writeLayer(dataDir, first.made.state);
    expect(second.made.filesRead).toBe(1);
    expect(second.row.pages).toBe(0);
    expect((await writeLayer(dataDir, second.made.state)).made.filesRead).toBe(0);
  });

  it('leaves holes where files are zero', async () => {
    const dataDir = folder();
    mkdirSync(join(dataDir, 'base/5'), { recursive: true });
    const sparse = Buffer.alloc(400 * pageBytes);
    sparse.write('something', 300 * pageBytes);
    writeFileSync(join(dataDir, 'base/5/1'), sparse);
    const { row } = await writeLayer(dataDir, undefined);
    const restoredDir = await restoreLayers([row]);
    expect(contentOf(restoredDir)).toEqual(contentOf(dataDir));
    expect(statSync(join(restoredDir, 'base/5/1')).blocks * 512).toBeLessThan(20 * pageBytes);
  });

  it('of a directory with links or tablespaces is refused', async () => {
    const linked = folder();
    mkdirSync(join(linked, 'base/5'), { recursive: true });
    symlinkSync('/etc/hostname', join(linked, 'base/5/1'));
    const refusal = { name: 'CheckpointError', reason: 'not-supported' };
    await expect(writeLayer(linked, undefined)).rejects.toMatchObject(refusal);
    const spaces = folder();
    mkdirSync(join(spaces, 'pg_tblspc/16500'), { recursive: true });
    await expect(writeLayer(spaces, undefined)).rejects.toMatchObject(refusal);
  });

  it('whose pages are not all there is refused, and a folder that is not empty as well', async () => {
    const dataDir = folder();
    mkdirSync(join(dataDir, 'base/5'), { recursive: true });
    writeFileSync(join(dataDir, 'base/5/1'), content('1'));
    const first = await writeLayer(dataDir, undefined);
    appendFileSync(join(dataDir, 'base/5/1'), 'more');
    const second = await writeLayer(dataDir, first.made.state);
    await expect(restoreLayers([second.row])).rejects.toMatchObject({ reason: 'damaged' });
    await expect(stateOf(stored.store.domain, [second.row])).rejects.toMatchObject({ reason: 'damaged' });
    const lying = { ...first.row, packBytes: first.row.packBytes - 1, hashBytes: first.row.hashBytes + 1 };
    await expect(openLayer(stored.store.domain, lying)).rejects.toThrow();
    await expect(new RestoredFiles(dataDir, undefined).makeFolders([])).rejects.toMatchObject({
      reason: 'not-empty',
    });
  });
});
