import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { createKeystore } from '../../../../crypto/keystore.ts';
import { createPooledRandom } from '../../../../crypto/random.ts';
import { ClassicLevelStore } from '../../../../store/key-value/classic-level-store.ts';
import { MemoryStore } from '../../../../store/key-value/memory-store.ts';
import type { KeyShare } from '../../party.ts';
import { custodianSecrets } from '../secrets.ts';
import { type CustodianStore, ForeignDirectory, openCustodianStore } from '../store/custodian-store.ts';

const random = createPooledRandom();
const key = custodianSecrets(createKeystore(Buffer.alloc(32, 3)).custodianRoot()).storeKey;
const owner = Buffer.from('custodian 1');
const openOver = (store: MemoryStore): Promise<CustodianStore> =>
  openCustodianStore({ name: owner }, { store, key, random });

const shareOf = (byte: number, secret = 'a secret of thirty-two bytes ...'): KeyShare => ({
  handle: new Uint8Array(16).fill(byte),
  scheme: 'frost-ed25519',
  generation: 2,
  common: Buffer.from('what all have'),
  secret: Buffer.from(secret),
});

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const each of cleanUp.splice(0)) await each();
});

describe('shares', () => {
  test('are the same object until they change, and the same content after a restart', async () => {
    const store = new MemoryStore();
    const { shares } = await openOver(store);
    const share = shareOf(1);
    await shares.put(share);
    expect(await shares.get(share.handle)).toBe(share);
    const again = (await openOver(store)).shares;
    const read = await again.get(share.handle);
    expect(read).toEqual({
      ...share,
      common: Uint8Array.from(share.common),
      secret: Uint8Array.from(share.secret),
    });
    expect(await again.get(share.handle)).toBe(read);
    await again.put({ ...share, generation: 3 });
    expect(await again.get(share.handle)).not.toBe(read);
    await again.remove(share.handle);
    expect(await again.get(share.handle)).toBeUndefined();
    expect(await (await openOver(store)).shares.get(share.handle)).toBeUndefined();
  });

  test('that were erased or replaced are gone from the files, ciphertext and all', async () => {
    const location = await mkdtemp(join(tmpdir(), 'hypergate-custodian-'));
    cleanUp.push(() => rm(location, { recursive: true, force: true }));
    const store = await ClassicLevelStore.open({ location });
    cleanUp.unshift(() => store.close());
    const erase = (name: Uint8Array) => store.erase(name);
    const { shares } = await openCustodianStore({ name: owner }, { store, key, random, erase });
    const sealedOf = (share: KeyShare) =>
      Buffer.from(store.getSync(Buffer.concat([Buffer.from('s'), share.handle]))!);
    const find = async (bytes: Buffer) => {
      const names = await readdir(location);
      const contents = await Promise.all(names.map((name) => readFile(join(location, name))));
      return contents.some((content) => content.includes(bytes.subarray(1, 33)));
    };
    await shares.put(shareOf(1));
    await shares.put(shareOf(2));
    const [kept, replaced] = [sealedOf(shareOf(1)), sealedOf(shareOf(2))];
    expect([await find(kept), await find(replaced)]).toEqual([true, true]);
    await shares.put(shareOf(2, 'another one'));
    const removed = sealedOf(shareOf(2));
    expect([await find(kept), await find(replaced), await find(removed)]).toEqual([true, false, true]);
    await shares.remove(shareOf(2).handle);
    expect([await find(kept), await find(removed)]).toEqual([true, false]);
  });
});

test('keys of pseudo-random sharing are the same object until they are replaced', async () => {
  const store = new MemoryStore();
  const { prss } = await openOver(store);
  expect(await prss.get()).toBeUndefined();
  const keys = { epoch: 1, id: new Uint8Array(32).fill(1), keys: [new Uint8Array(32).fill(2)] };
  await prss.put(keys);
  expect(await prss.get()).toBe(keys);
  const again = (await openOver(store)).prss;
  expect(await again.get()).toEqual(keys);
  expect(await again.get()).toBe(await again.get());
  await again.put({ ...keys, epoch: 2 });
  expect((await (await openOver(store)).prss.get())?.epoch).toBe(2);
});

describe('what is on the disk', () => {
  test('holds no secret in the clear, and opens only where it was put', async () => {
    const store = new MemoryStore();
    const { shares, values } = await openOver(store);
    await shares.put(shareOf(1));
    await shares.put(shareOf(2, 'another secret'));
    await values.put([['prss/1', Buffer.from('a secret of a pair')]]);
    const entries: [Buffer, Buffer][] = [];
    for await (const [name, value] of store.entries({}))
      entries.push([Buffer.from(name), Buffer.from(value)]);
    for (const [, value] of entries) expect(value.toString('latin1')).not.toMatch(/secret|custodian/);
    const [one, two] = entries.filter(([name]) => name[0] === 0x73);
    await store.batch([{ type: 'put', key: one![0], value: two![1] }], { sync: true });
    await expect((await openOver(store)).shares.get(shareOf(1).handle)).rejects.toMatchObject({
      code: 'corrupt',
    });
  });

  test('belongs to one custodian of one committee, and to one master secret', async () => {
    const store = new MemoryStore();
    await openOver(store);
    await expect(
      openCustodianStore({ name: Buffer.from('custodian 2') }, { store, key, random }),
    ).rejects.toBeInstanceOf(ForeignDirectory);
    const other = custodianSecrets(createKeystore(Buffer.alloc(32, 4)).custodianRoot()).storeKey;
    await expect(openCustodianStore({ name: owner }, { store, key: other, random })).rejects.toMatchObject({
      code: 'corrupt',
    });
  });

  test('named values are a sorted map', async () => {
    const name = fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom('a', 'b', '/', 'é') });
    const change = fc.tuple(name, fc.option(fc.uint8Array({ maxLength: 8 }), { nil: undefined }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { maxLength: 20 }),
        name,
        fc.integer({ min: 1, max: 5 }),
        async (all, prefix, max) => {
          const { control } = await openOver(new MemoryStore());
          const model = new Map<string, Uint8Array>();
          for (const [each, value] of all) {
            await control.put([[each, value]]);
            if (value === undefined) model.delete(each);
            else model.set(each, value);
          }
          const sorted = [...model]
            .filter(([each]) => each.startsWith(prefix))
            .sort(([left], [right]) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
          const listed: [string, Uint8Array][] = [];
          for (let after: string | undefined; ; ) {
            const some = await control.list(prefix, max, after);
            for (const [each, value] of some) listed.push([each, Uint8Array.from(value)]);
            if (some.length < max) break;
            after = some.at(-1)![0];
          }
          expect(listed).toEqual(sorted);
        },
      ),
      { numRuns: 50 },
    );
  });
});
