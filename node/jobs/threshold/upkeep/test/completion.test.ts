/** After a custodian was replaced: the new one gets its shares, and what the old one had becomes worthless, also over crashes. */
import { afterEach, expect, test } from 'vitest';
import type { MemoryStore } from '../../../../store/key-value/memory-store.ts';
import type { Custody } from '../../coordinator/index.ts';
import { custodianSecrets } from '../../custodian/secrets.ts';
import { StoredShares } from '../../custodian/store/key-shares.ts';
import { SealedStore } from '../../custodian/store/sealed-store.ts';
import { type Cluster, random, until, untilReady } from '../../custodian/test/support/cluster.ts';
import { decodeShare } from '../../mac/pieces.ts';
import type { KeyShare } from '../../party.ts';
import { interpolateInteger } from '../../rsa/integer-sharing.ts';
import { rsaKeyOf } from '../../rsa/key.ts';
import { storedShareOf } from '../../rsa/stored-share.ts';
import { fieldKeyOf, shareScalarOf } from '../../sharing/field-key.ts';
import { interpolate } from '../../sharing/shamir.ts';
import { readReplacement } from '../index.ts';
import { createKey, mixed, startWithKeys, type TestKey, useKey } from './keys.ts';

const open: Cluster[] = [];
afterEach(async () => {
  for (const cluster of open.splice(0)) await cluster.close();
});

async function cluster(options?: Parameters<typeof startWithKeys>[0]): Promise<Cluster> {
  const started = await startWithKeys(options);
  open.push(started);
  await untilReady(started.custody, started.committee.members.length);
  return started;
}

const isCompleted = ({ custody }: Cluster) => custody.upkeep.status().replacement === undefined;
const useAll = (custody: Custody, keys: readonly TestKey[]) =>
  Promise.all(keys.map((key) => useKey(custody, key)));

/** What a custodian has of a key, read with its keystore. */
function shareOf(
  { root, store }: { readonly root: Cluster['roots'][number]; readonly store: MemoryStore },
  { handle }: TestKey,
): Promise<KeyShare | undefined> {
  const { storeKey } = custodianSecrets(root);
  return new StoredShares(new SealedStore(store, storeKey, random, async () => undefined)).get(handle);
}
const diskOf = ({ roots, stores }: Cluster, index: number) => ({
  root: roots[index - 1]!,
  store: stores[index - 1]!,
});

/** All values that pieces of two members make, one of each kind in whichever way they are chosen. */
function macKeysOf([left, right]: readonly (readonly [index: number, share: KeyShare])[]): Set<string> {
  const pieces = [left!, right!].map(([index, share]) => decodeShare(share, index)[0].openings);
  let sums = [Buffer.alloc(pieces[0]!.values().next().value!.share.length)];
  for (const lacking of [1, 2, 3, 4]) {
    const choices = pieces.flatMap((openings) => openings.get(lacking)?.share ?? []);
    sums = sums.flatMap((sum) =>
      choices.map((piece) => Buffer.from(sum.map((byte, at) => byte ^ piece[at]!))),
    );
  }
  return new Set(sums.map((sum) => sum.toString('hex')));
}

/** Whether shares of two custodians, by index, are the key together. @param whole of a key for MACs, what it is */
function makeKey(shares: ReadonlyMap<number, KeyShare>, whole?: string): boolean {
  const [first] = shares.values();
  const { scheme } = first!;
  if (scheme.startsWith('hmac-')) return macKeysOf([...shares]).has(whole!);
  if (scheme.startsWith('rsa-')) {
    const key = rsaKeyOf(first!);
    const values = new Map([...shares].map(([index, share]) => [index, storedShareOf(share).current.share]));
    try {
      return key.powers.power(key.base, interpolateInteger(values, 0, key.delta)) === key.commitments[0];
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  }
  const { group, publicKey } = fieldKeyOf(first!);
  const values = new Map([...shares].map(([index, share]) => [index, shareScalarOf(share)]));
  return Buffer.from(group.baseMultiply(interpolate(values, group.order))).equals(publicKey);
}

test('keys of all schemes are what they were, and shares of the old one make none of them', async () => {
  const one = await cluster();
  const keys = await Promise.all(
    [...mixed, 'rsa-2048' as const].map((scheme) => createKey(one.custody, scheme)),
  );
  const expected = await useAll(one.custody, keys);
  const third = await Promise.all(keys.map((key) => shareOf(diskOf(one, 3), key)));
  const old = await one.replace(2);
  await until(() => isCompleted(one));
  expect(one.events.filter(({ event }) => event === 'replaced')).toEqual([
    { event: 'replaced', detail: '2' },
  ]);
  expect(one.custody.upkeep.status()).toMatchObject({
    recovered: keys.length,
    refreshed: keys.length,
    failed: 0,
    pass: { keys: keys.length, failed: 0 },
  });
  expect(await useAll(one.custody, keys)).toEqual(expected);
  for (const [at, key] of keys.entries()) {
    const [before, now, other] = (await Promise.all([
      shareOf(old, key),
      shareOf(diskOf(one, 2), key),
      shareOf(diskOf(one, 3), key),
    ])) as [KeyShare, KeyShare, KeyShare];
    const [whole] = key.scheme.startsWith('hmac-')
      ? macKeysOf([
          [2, before],
          [3, third[at]!],
        ])
      : [];
    const two = (second: KeyShare, third: KeyShare) =>
      makeKey(
        new Map([
          [2, second],
          [3, third],
        ]),
        whole,
      );
    expect([now.generation, other.generation]).toEqual([1, 1]);
    // The check finds what goes together.
    expect([two(before, third[at]!), two(now, other)], key.scheme).toEqual([true, true]);
    expect(two(before, other), key.scheme).toBe(false);
  }
  // With 1 gone the new one is needed by all that need three.
  await one.stop(1);
  expect(await useAll(one.custody, keys)).toEqual(expected);
  for (const scheme of ['dprf-ristretto255', 'ecdsa-p256', 'hmac-sha-256'] as const)
    await useKey(one.custody, await createKey(one.custody, scheme));
  expect((await one.custody.status()).custodians.every(({ state }) => state !== 'accused')).toBe(true);
});

test('a crash at any time while it is completed leaves it to the next start', async () => {
  const one = await cluster();
  const keys = [
    await createKey(one.custody, 'dprf-ristretto255'),
    await createKey(one.custody, 'hmac-sha-256'),
    await createKey(one.custody, 'ecdsa-p256'),
  ];
  const expected = await useAll(one.custody, keys);
  await one.replace(3);
  // As the disk was at each moment: the coordinator begins again from there.
  const moments = [0, 1, 2, 3];
  for (const count of moments) {
    await until(() => isCompleted(one) || (one.custody.upkeep.status().pass?.keys ?? 0) >= count);
    const isOver = isCompleted(one);
    await one.custody.close();
    expect((await readReplacement(one.coordinatorStore)) === undefined).toBe(isOver);
    await one.reopen();
  }
  await until(() => isCompleted(one));
  await untilReady(one.custody, 4);
  expect(await useAll(one.custody, keys)).toEqual(expected);
  for (const key of keys) {
    const shares = await Promise.all([1, 2, 3, 4].map((index) => shareOf(diskOf(one, index), key)));
    expect(new Set(shares.map((share) => share!.generation)).size).toBe(1);
    expect(shares[0]!.generation).toBeGreaterThan(0);
  }
});

test('it waits for a custodian that is away, whose old share would go with those of the old one', async () => {
  const one = await cluster();
  const key = await createKey(one.custody, 'dprf-ristretto255');
  const expected = await useKey(one.custody, key);
  const old = await one.replace(2, [1, 2, 4]);
  await untilReady(one.custody, 3);
  expect(one.custody.upkeep.status().replacement).toEqual({ custodians: [2], stage: 'due' });
  // The operator does not want to wait for it.
  one.custody.upkeep.refreshNow();
  await until(() => one.custody.upkeep.status().replacement?.stage === 'lacking');
  const [before, away, present] = (await Promise.all([
    shareOf(old, key),
    shareOf(diskOf(one, 3), key),
    shareOf(diskOf(one, 1), key),
  ])) as [KeyShare, KeyShare, KeyShare];
  expect(
    makeKey(
      new Map([
        [2, before],
        [3, away],
      ]),
    ),
  ).toBe(true);
  expect(
    makeKey(
      new Map([
        [1, present],
        [2, before],
      ]),
    ),
  ).toBe(false);
  await one.start(3);
  await until(() => isCompleted(one));
  expect(
    makeKey(
      new Map([
        [2, before],
        [3, (await shareOf(diskOf(one, 3), key))!],
      ]),
    ),
  ).toBe(false);
  expect(await useKey(one.custody, key)).toBe(expected);
});

test('two that are replaced one after the other, before the first was completed', async () => {
  const one = await cluster({ custodians: 7 });
  const key = await createKey(one.custody, 'dprf-ristretto255');
  const expected = await useKey(one.custody, key);
  await one.replace(2, [1, 3]);
  expect(one.custody.upkeep.status().replacement).toEqual({ custodians: [2], stage: 'due' });
  await one.replace(5);
  expect(one.custody.upkeep.status().replacement).toEqual({ custodians: [2, 5], stage: 'due' });
  await until(() => isCompleted(one));
  expect(await useKey(one.custody, key)).toBe(expected);
  expect(one.committee.epoch).toBe(2);
});
