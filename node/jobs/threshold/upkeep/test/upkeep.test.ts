import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { Custody } from '../../coordinator/index.ts';
import { eraseKind } from '../../custodian/format/control.ts';
import { type Cluster, until, untilReady } from '../../custodian/test/support/cluster.ts';
import { allow } from '../../custodian/test/support/toy-authority.ts';
import { readKeyStates } from '../../dkg/states.ts';
import { protocolHandlers } from '../../handlers.ts';
import { ensurePrss } from '../../prss/index.ts';
import { learnCommon, schemeRows } from '../../schemes.ts';
import { countKeys } from '../index.ts';
import { createKey, type MixedScheme, mixed, startWithKeys, type TestKey, useKey } from './keys.ts';

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

const none = new Uint8Array(0);
/** One of each way in which shares are given back. */
const recoveredBy: readonly MixedScheme[] = ['dprf-ristretto255', 'hmac-sha-256', 'rsa-2048'];

/** Of all that answer, by custodian; undefined for one that has none. */
async function generations({ custodians }: Custody, { handle }: TestKey): Promise<(number | undefined)[]> {
  const failed = (_: number, error: unknown) => {
    throw error;
  };
  const states = await readKeyStates(custodians, custodians.available(), handle, failed);
  return [...states.values()].map(({ active }) => active?.key.generation);
}

/** What a custodian has of a key is gone from its disk, as if it had been away when the key was made. */
async function lose(one: Cluster, custodian: number, { handle }: TestKey): Promise<void> {
  await one.stop(custodian);
  const key = Buffer.concat([Buffer.from('s'), handle]);
  const store = one.stores[custodian - 1]!;
  expect(store.getSync(key)).toBeDefined();
  await store.batch([{ type: 'del', key }], { sync: true });
  await one.start(custodian);
  await untilReady(one.custody, 4);
}

/** The quickest are asked first: evaluations come to the one that lacks its share when it is among them. */
const preferring = (quick: readonly number[]) =>
  protocolHandlers.map((handler) => ({
    ...handler,
    async handle(...[party, request]: Parameters<typeof handler.handle>) {
      if (handler.kind === 'dprf.evaluate' && !quick.includes(party.me)) await sleep(5);
      return handler.handle(party, request);
    },
  }));

const handleFrom = (byte: number) => new Uint8Array(16).fill(byte);
const rowOf = (scheme: string) => schemeRows.find((row) => row.scheme === scheme)!;

describe('missing shares', () => {
  test.each(recoveredBy)('come back by themselves: %s', async (scheme) => {
    const one = await cluster({ handlers: preferring([3, 4]) });
    const key = await createKey(one.custody, scheme);
    const expected = await useKey(one.custody, key);
    await lose(one, 3, key);
    expect(await generations(one.custody, key)).toEqual([0, 0, undefined, 0]);
    await until(async () => {
      expect(await useKey(one.custody, key)).toBe(expected);
      return one.events.some(({ event, custodian }) => event === 'share-recovered' && custodian === 3);
    });
    expect(await generations(one.custody, key)).toEqual([0, 0, 0, 0]);
    expect(one.custody.upkeep.status()).toMatchObject({ recovered: 1, failed: 0 });
  });

  test.each(recoveredBy)('do not come back where the key was erased: %s', async (scheme) => {
    const one = await cluster({ handlers: preferring([3, 4]) });
    const { custodians } = one.custody;
    const key = await createKey(one.custody, scheme);
    const erase = { kind: 'erase', handle: key.handle } as const;
    await custodians.ask(3, eraseKind, none, { authorised: { task: erase, evidence: allow(erase) } });
    const common = await learnCommon(custodians, key.handle);
    await rowOf(scheme)
      .recover(custodians, common, [3])
      .catch(() => undefined);
    expect(await generations(one.custody, key)).toEqual([0, 0, undefined, 0]);
    await until(async () => {
      await useKey(one.custody, key);
      return one.custody.upkeep.status().noticed > 0;
    });
    await until(() => one.custody.upkeep.status().noticed === 0);
    expect(one.custody.upkeep.status()).toMatchObject({ recovered: 0, failed: 0 });
    expect(await generations(one.custody, key)).toEqual([0, 0, undefined, 0]);
    expect([...(await countKeys(custodians))]).toEqual([
      [1, 1],
      [2, 1],
      [3, 0],
      [4, 1],
    ]);
    // Nobody is to blame for it.
    expect((await one.custody.status()).custodians.every(({ state }) => state === 'ready')).toBe(true);
  });

  test('a custodian that missed a refresh, and what was kept for it, gets its share of now', async () => {
    const one = await cluster({ handlers: preferring([3, 4]) });
    const { custody } = one;
    const key = await createKey(custody, 'dprf-ristretto255');
    const expected = await useKey(custody, key);
    const name = Buffer.concat([Buffer.from('s'), key.handle]);
    const value = Uint8Array.from(one.stores[3]!.getSync(name)!);
    custody.upkeep.refreshNow();
    await until(() => custody.upkeep.status().pass?.endedMs !== undefined);
    await one.stop(4);
    await one.stores[3]!.batch([{ type: 'put', key: name, value }], { sync: true });
    await one.start(4);
    await untilReady(custody, 4);
    expect(await generations(custody, key)).toEqual([1, 1, 1, 0]);
    await until(async () => {
      expect(await useKey(custody, key)).toBe(expected);
      return custody.upkeep.status().recovered > 0;
    });
    expect(await generations(custody, key)).toEqual([1, 1, 1, 1]);
  });

  test('a custodian alone on older keys of pseudo-random sharing is brought up when it is back', async () => {
    const one = await cluster();
    const { custodians } = one.custody;
    await ensurePrss(custodians);
    const status = (index: number) => custodians.ask(index, 'prss.status', none);
    const expected = await status(1);
    await one.stop(2);
    const key = Buffer.concat([Buffer.from('v'), Buffer.from('prss/keys')]);
    await one.stores[1]!.batch([{ type: 'del', key }], { sync: true });
    await one.start(2);
    await untilReady(one.custody, 4);
    await until(async () => Buffer.compare(await status(2), expected) === 0);
  });
});

describe('refresh', () => {
  test('all keys get new shares while they are used; no call fails and none is answered otherwise', async () => {
    const one = await cluster();
    const { custody } = one;
    const keys = await Promise.all(mixed.map((scheme) => createKey(custody, scheme)));
    const expected = await Promise.all(keys.map((key) => useKey(custody, key)));
    let isOver = false;
    let calls = 0;
    const use = async (): Promise<void> => {
      for (; !isOver; calls += 1) {
        const at = calls % keys.length;
        expect(await useKey(custody, keys[at]!)).toBe(expected[at]);
      }
    };
    const using = use();
    custody.upkeep.refreshNow();
    await Promise.race([until(() => custody.upkeep.status().pass?.endedMs !== undefined), using]);
    const after = calls;
    await Promise.race([until(() => calls > after + 2 * keys.length), using]);
    isOver = true;
    await using;
    for (const key of keys) expect(await generations(custody, key)).toEqual([1, 1, 1, 1]);
    expect(custody.upkeep.status()).toMatchObject({ refreshed: keys.length, failed: 0, pass: { failed: 0 } });
  });

  test('with one custodian away all keys are refreshed; it gets its shares when it is back', async () => {
    const one = await cluster();
    const { custody } = one;
    const keys = [await createKey(custody, 'dprf-ristretto255'), await createKey(custody, 'hmac-sha-256')];
    const expected = await Promise.all(keys.map((key) => useKey(custody, key)));
    await one.stop(4);
    await until(() => custody.custodians.available().length === 3);
    custody.upkeep.refreshNow();
    await until(() => custody.upkeep.status().pass?.endedMs !== undefined);
    await one.start(4);
    await untilReady(custody, 4);
    for (const [at, key] of keys.entries()) {
      expect(await generations(custody, key)).toEqual([1, 1, 1, 1]);
      expect(await useKey(custody, key)).toBe(expected[at]);
    }
  });

  test('each key is refreshed at its own moment of the period, and a restart goes on where it was', async () => {
    let now = 1_000_000;
    const one = await cluster({ refreshMs: 1000_000, custody: { now: () => now } });
    const key = (byte: number) => createKey(one.custody, 'dprf-ristretto255', handleFrom(byte));
    const [early, late] = [await key(0x40), await key(0xc0)];
    await until(() => one.custody.upkeep.status().pass !== undefined);
    const at = async (part: number, count: number): Promise<void> => {
      now = 1_000_000 + part * 1_000_000;
      await one.custody.close();
      await one.reopen();
      await untilReady(one.custody, 4);
      await until(() => one.custody.upkeep.status().pass?.keys === count);
    };
    const both = async () => [await generations(one.custody, early), await generations(one.custody, late)];
    const all = (generation: number) => Array<number>(4).fill(generation);
    await at(0.2, 0);
    expect(await both()).toEqual([all(0), all(0)]);
    await at(0.3, 1);
    expect(await both()).toEqual([all(1), all(0)]);
    await at(0.4, 1);
    await at(0.8, 2);
    expect(await both()).toEqual([all(1), all(1)]);
    await at(1.1, 0);
    await at(1.3, 1);
    expect(await both()).toEqual([all(2), all(1)]);
  });

  test('keys that were erased are passed over', async () => {
    const one = await cluster();
    const key = await createKey(one.custody, 'dprf-ristretto255');
    const gone = await createKey(one.custody, 'dprf-ristretto255');
    const erase = { kind: 'erase', handle: gone.handle } as const;
    await one.custody.perform(erase, allow(erase));
    one.custody.upkeep.refreshNow();
    await until(() => one.custody.upkeep.status().pass?.endedMs !== undefined);
    expect(one.custody.upkeep.status()).toMatchObject({ refreshed: 1, failed: 0 });
    expect(await generations(one.custody, key)).toEqual([1, 1, 1, 1]);
  });
});

test('after a restart pools are filled for schemes that have keys, and for no others', async () => {
  const one = await cluster();
  await createKey(one.custody, 'frost-ed25519');
  await createKey(one.custody, 'ecdsa-p256');
  await one.custody.close();
  await one.reopen();
  const prepared = (scheme: string) => one.custody.prepared().get(scheme)!;
  await until(() => prepared('frost-ed25519') > 0 && prepared('ecdsa-p256') > 0);
  expect(prepared('ecdsa-secp256k1')).toBe(0);
});
