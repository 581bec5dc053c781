/** Packages in the store: what is kept is there once, and what nobody uses is not there. */
import { MemoryState } from '@hypergate/node/embedded';
import { MemoryStore } from '@hypergate/node/store';
import { ConditionFailed, type DomainWrite } from '@hypergate/table';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PackageRef } from '../../model/function-rows.ts';
import { packageKey, packagesTable } from '../package-rows.ts';
import { testFolder } from './support/folders.ts';
import { openWorld, type World } from './support/world.ts';
import { writeZip } from './support/zip-writer.ts';

const account = '000000000001';
const unpackedMax = 1_000_000;
const zipOf = (text: string): Buffer => writeZip([{ name: 'index.js', data: text, mode: 0o100644 }]);

const open = () => openWorld(testFolder());

async function usesOf({ base }: World, ref: PackageRef): Promise<number> {
  return (await base.domain.get(packagesTable, packageKey(ref)))?.row.uses ?? 0;
}

async function bytesOf({ packages }: World, ref: PackageRef): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of packages.read(ref)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** As an operation does it: from the start when somebody was faster. */
async function written({ base }: World, writes: () => Promise<readonly DomainWrite[]>): Promise<void> {
  for (;;)
    try {
      await base.tables.transact(await writes());
      return;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
}

test('a package that is kept can be read, with its hash and sizes', async () => {
  const world = await open();
  const zip = zipOf('exports.handler = 1');
  const staged = await world.packages.stage(account, zip, unpackedMax);
  expect(staged.ref).toMatchObject({ account, size: zip.length, unpackedSize: 19 });
  expect(await world.packages.blobOf(staged.ref)).toBeUndefined();
  await written(world, () => staged.keep());
  expect(await bytesOf(world, staged.ref)).toEqual(zip);
  expect((await world.packages.blobOf(staged.ref))?.length).toBe(zip.length);
});

test('two versions with the same package keep it once, and the last one takes it along', async () => {
  const world = await open();
  for (let version = 1; version <= 2; version++) {
    const staged = await world.packages.stage(account, zipOf('same'), unpackedMax);
    await written(world, () => staged.keep());
    expect(await usesOf(world, staged.ref)).toBe(version);
    expect(await world.liveBlobs()).toBe(1);
  }
  const { ref } = await world.packages.stage(account, zipOf('same'), unpackedMax);
  await written(world, () => world.packages.release(ref));
  expect(await bytesOf(world, ref)).toEqual(zipOf('same'));
  await written(world, () => world.packages.release(ref));
  expect(await usesOf(world, ref)).toBe(0);
  expect(await world.liveBlobs()).toBe(0);
  await expect(bytesOf(world, ref)).rejects.toThrow('not kept');
  await expect(world.packages.release(ref)).rejects.toThrow(ConditionFailed);
});

test('accounts do not share packages', async () => {
  const world = await open();
  for (const owner of [account, '000000000002']) {
    const staged = await world.packages.stage(owner, zipOf('same'), unpackedMax);
    await written(world, () => staged.keep());
    expect(await usesOf(world, staged.ref)).toBe(1);
  }
  expect(await world.liveBlobs()).toBe(2);
});

test('what is refused elsewhere leaves nothing', async () => {
  const world = await open();
  const staged = await world.packages.stage(account, zipOf('refused'), unpackedMax);
  expect(world.forgotten()).toBe(1);
  staged.discard();
  expect(await world.liveBlobs()).toBe(0);
  expect(world.forgotten()).toBe(0);
});

test('of two gateways that keep the same package at once, one counts up and gives its bytes back', async () => {
  const world = await open();
  const [mine, theirs] = await Promise.all([
    world.packages.stage(account, zipOf('both'), unpackedMax),
    world.another().stage(account, zipOf('both'), unpackedMax),
  ]);
  const [first, second] = [await mine.keep(), await theirs.keep()];
  await world.base.tables.transact(first);
  await expect(world.base.tables.transact(second)).rejects.toThrow(ConditionFailed);
  await written(world, () => theirs.keep());
  expect(await usesOf(world, mine.ref)).toBe(2);
  expect(await world.liveBlobs()).toBe(1);
  expect(world.forgotten()).toBe(0);
});

test('a package whose last use goes meanwhile is written again', async () => {
  const world = await open();
  const first = await world.packages.stage(account, zipOf('again'), unpackedMax);
  await written(world, () => first.keep());
  const second = await world.packages.stage(account, zipOf('again'), unpackedMax);
  const overtaken = await second.keep();
  await written(world, () => world.packages.release(first.ref));
  await expect(world.base.tables.transact(overtaken)).rejects.toThrow(ConditionFailed);
  await written(world, () => second.keep());
  expect(await bytesOf(world, second.ref)).toEqual(zipOf('again'));
  expect(await world.liveBlobs()).toBe(1);
});

test('several uses come and go in one transaction, with the bytes or without', async () => {
  const world = await open();
  const { packages } = world;
  const staged = await packages.stage(account, zipOf('a'), unpackedMax);
  await expect(packages.keep(staged.ref)).rejects.toThrow(ConditionFailed);
  await written(world, () => staged.keep(2));
  expect(await usesOf(world, staged.ref)).toBe(2);
  // Versions that are published: the package is there.
  await written(world, () => packages.keep(staged.ref));
  await written(world, () => packages.keep(staged.ref, 3));
  expect(await usesOf(world, staged.ref)).toBe(6);
  await expect(packages.release(staged.ref, 7)).rejects.toThrow(ConditionFailed);
  await written(world, () => packages.release(staged.ref, 5));
  expect(await world.liveBlobs()).toBe(1);
  await written(world, () => packages.release(staged.ref));
  expect(await world.liveBlobs()).toBe(0);
});

test('a crash between staging and the transaction leaves no package, and it can be made then', async () => {
  const [state, index] = [new MemoryState(), new MemoryStore()];
  const crashed = await openWorld(testFolder(), {}, state, index);
  const lost = await crashed.packages.stage(account, zipOf('lost'), unpackedMax);
  await lost.keep();
  await crashed.close();
  const world = await openWorld(testFolder(), {}, state, index);
  expect(await world.packages.blobOf(lost.ref)).toBeUndefined();
  const staged = await world.packages.stage(account, zipOf('lost'), unpackedMax);
  await written(world, () => staged.keep());
  await world.close();
  const later = await openWorld(testFolder(), {}, state, index);
  expect(await bytesOf(later, lost.ref)).toEqual(zipOf('lost'));
});

test('whatever is kept and released at once, the counts are those of a model and no blob is lost or left', async () => {
  const texts = ['a', 'b'];
  /** Of one client: packages to keep; undefined: to release what it kept first. */
  const client = fc.array(fc.option(fc.constantFrom(...texts), { nil: undefined }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(fc.array(client, { minLength: 2, maxLength: 4 }), async (clients) => {
      const world = await openWorld(testFolder());
      const gateways = [world.packages, world.another()];
      const left = await Promise.all(
        clients.map(async (steps, number) => {
          const packages = gateways[number % gateways.length]!;
          const kept: { text: string; ref: PackageRef }[] = [];
          for (const text of steps) {
            if (text === undefined) {
              const oldest = kept.shift();
              if (oldest !== undefined) await written(world, () => packages.release(oldest.ref));
            } else {
              const staged = await packages.stage(account, zipOf(text), unpackedMax);
              await written(world, () => staged.keep());
              kept.push({ text, ref: staged.ref });
            }
          }
          return kept;
        }),
      );
      const all = left.flat();
      for (const text of texts) {
        const uses = all.filter((kept) => kept.text === text);
        const { ref } = await world.packages.stage(account, zipOf(text), unpackedMax).then((staged) => {
          staged.discard();
          return staged;
        });
        expect(await usesOf(world, ref)).toBe(uses.length);
        if (uses.length > 0) expect(await bytesOf(world, ref)).toEqual(zipOf(text));
      }
      expect(await world.liveBlobs()).toBe(new Set(all.map(({ text }) => text)).size);
      expect(world.forgotten()).toBe(0);
      await world.close();
    }),
    { numRuns: 25 },
  );
});

test('refusals have the codes and words of AWS', async () => {
  const { packages } = await open();
  const stage = (zip: Uint8Array, max = unpackedMax) => packages.stage(account, zip, max);
  const refused = (message: string) => ({
    code: 'InvalidParameterValueException',
    status: 400,
    message,
    details: { Type: 'User' },
  });
  const unreadable = 'Could not unzip uploaded file. Please check your file, then try to upload again.';
  await expect(stage(Buffer.from('no zip'))).rejects.toMatchObject(refused(unreadable));
  await expect(stage(Buffer.alloc(0))).rejects.toMatchObject(
    refused('Uploaded file must be a non-empty zip'),
  );
  await expect(stage(writeZip([]))).rejects.toMatchObject(refused('Uploaded file must be a non-empty zip'));
  await expect(stage(writeZip([{ name: '../a' }]))).rejects.toMatchObject({
    ...refused(`${unreadable} What is wrong: a name leads upwards.`),
    cause: { fault: 'hostile' },
  });
  // What zip -y makes of one folder of a workspace.
  const workspace = [{ name: 'node_modules/@ours/shared', mode: 0o120777, data: '../../../shared' }];
  await expect(stage(writeZip(workspace))).rejects.toMatchObject(
    refused(`${unreadable} What is wrong: the link node_modules/@ours/shared leads out of the package.`),
  );
  const size = 262_144_000;
  await expect(stage(writeZip([{ name: 'a', size }]), size)).rejects.toMatchObject(
    refused('Unzipped size must be smaller than 262144000 bytes'),
  );
});
