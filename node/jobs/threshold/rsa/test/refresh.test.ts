import { describe, expect, it } from 'vitest';
import type { KeyCommon } from '../../party.ts';
import { authorised, type Network } from '../../test/support/network.ts';
import { performRsa, recoverRsaShares, refreshRsaKey, rsaPublicKeyOf } from '../index.ts';
import { storedShareOf } from '../stored-share.ts';
import { privatePower, randomValue, rsaNetwork, share } from './support/rsa-network.ts';
import { testKey2048 } from './support/test-keys.ts';

const value = randomValue(256);
const expected = privatePower(testKey2048, value);

async function isUsable({ custodians }: Network, key: KeyCommon): Promise<void> {
  const task = authorised({ kind: 'power', handle: key.handle, value });
  expect(Buffer.from(await performRsa(custodians, key, task))).toEqual(expected);
}

async function begin(n = 4, t = 1): Promise<{ network: Network; key: KeyCommon }> {
  const network = rsaNetwork(n, t);
  return { network, key: await share(network, 'rsa-2048', testKey2048) };
}

const kept = async ({ parties }: Network, { handle }: KeyCommon) =>
  Promise.all(parties.map(async ({ keys }) => storedShareOf((await keys.get(handle))!)));

describe('refresh', () => {
  it('gives new shares of the same key, and erases the old ones', async () => {
    const { network, key } = await begin();
    const before = await kept(network, key);
    const next = await refreshRsaKey(network.custodians, key);
    expect(next.generation).toBe(1);
    expect(rsaPublicKeyOf(next)).toEqual(rsaPublicKeyOf(key));
    const after = await kept(network, key);
    for (const [at, { current, unfinished }] of after.entries()) {
      expect(current.share).not.toBe(before[at]!.current.share);
      expect(unfinished).toBeUndefined();
    }
    for (const away of [1, 2, 3, 4]) {
      network.down.clear();
      network.down.add(away);
      await isUsable(network, next);
    }
    network.down.clear();
    await expect(isUsable(network, key)).rejects.toMatchObject({ reason: 'stale' });
    await isUsable(network, await refreshRsaKey(network.custodians, next));
  });

  it('works for seven custodians with a threshold of two', async () => {
    const { network, key } = await begin(7, 2);
    network.down.add(3);
    await isUsable(network, await refreshRsaKey(network.custodians, key));
  });

  it('reaches a custodian that was away, when it is back', async () => {
    const { network, key } = await begin();
    network.down.add(2);
    const next = await refreshRsaKey(network.custodians, key);
    network.down.clear();
    await network.deliverMail();
    network.down.add(1).add(4);
    await isUsable(network, next);
  });

  it('leaves a key that can be used, and ends later, when the coordinator stops in the middle', async () => {
    const { network, key } = await begin();
    network.tamper = (custodian, kind, reply) => {
      if (kind === 'rsa.refresh.apply' && custodian !== 1) throw new Error('the coordinator stops');
      return reply;
    };
    await expect(refreshRsaKey(network.custodians, key)).rejects.toThrow('stops');
    network.tamper = undefined;
    for (const away of [1, 2, 3, 4]) {
      network.down.clear();
      network.down.add(away);
      await isUsable(network, key);
    }
    network.down.clear();
    const next = await refreshRsaKey(network.custodians, key);
    expect(next.generation).toBe(1);
    for (const { unfinished } of await kept(network, key)) expect(unfinished).toBeUndefined();
    await isUsable(network, next);
  });

  it('goes back from a refresh that was not finished to the one that was', async () => {
    const { network, key } = await begin();
    network.tamper = (custodian, kind, reply) => {
      if (kind === 'rsa.refresh.apply') throw new Error('the coordinator stops');
      if (kind === 'rsa.refresh.check' && custodian === 4) network.down.add(1).add(2).add(3);
      return reply;
    };
    await expect(refreshRsaKey(network.custodians, key)).rejects.toThrow('stops');
    expect((await kept(network, key))[3]!.unfinished).toBeDefined();
    network.tamper = undefined;
    network.down.clear();
    // It is away, so that the others begin another one.
    network.down.add(4);
    const next = await refreshRsaKey(network.custodians, key);
    network.down.clear();
    await network.deliverMail();
    network.down.add(1).add(2);
    await isUsable(network, next);
  });

  it('leaves out a custodian whose values are wrong, and blames nobody on one word', async () => {
    const { network, key } = await begin();
    network.tamper = (custodian, kind, reply) =>
      custodian === 1 && kind === 'rsa.refresh.contribute'
        ? reply.with(reply.length - 20, reply.at(-20)! ^ 1)
        : reply;
    const next = await refreshRsaKey(network.custodians, key);
    network.tamper = undefined;
    expect(network.accused.size).toBe(0);
    for (const { unfinished, current } of await kept(network, key)) {
      expect(unfinished).toBeUndefined();
      expect(current.key.generation).toBe(1);
    }
    await isUsable(network, next);
  });

  it('names a custodian that says another thing than it committed to, to all', async () => {
    const { network, key } = await begin();
    network.tamper = (custodian, kind, reply) =>
      custodian === 1 && kind === 'rsa.refresh.contribute' ? reply.with(30, reply[30]! ^ 1) : reply;
    await isUsable(network, await refreshRsaKey(network.custodians, key));
    expect([...network.accused.keys()]).toEqual([1]);
  });
});

describe('recovery', () => {
  it.each([
    [4, 1, 4],
    [4, 1, 1],
    [7, 2, 3],
  ])('of %i custodians with threshold %i, number %i has its share again', async (n, t, lacking) => {
    const { network, key } = await begin(n, t);
    const next = t === 1 ? await refreshRsaKey(network.custodians, key) : key;
    const before = (await kept(network, key))[lacking - 1]!.current.share;
    const party = network.parties[lacking - 1]!;
    await party.keys.remove(key.handle);
    await recoverRsaShares(network.custodians, next, [lacking]);
    expect((await kept(network, key))[lacking - 1]!.current.share).toBe(before);
    expect(network.accused.size).toBe(0);
  });

  it('waits for a custodian that is away', async () => {
    const { network, key } = await begin();
    await network.parties[1]!.keys.remove(key.handle);
    network.down.add(2);
    await recoverRsaShares(network.custodians, key, [2]);
    network.down.clear();
    await network.deliverMail();
    network.down.add(1).add(3);
    await isUsable(network, key);
  });

  it.each(['rsa.recover.mask', 'rsa.recover.masked'])(
    'goes on without a custodian that cheats in %s',
    async (step) => {
      const { network, key } = await begin();
      const before = (await kept(network, key))[3]!.current.share;
      await network.parties[3]!.keys.remove(key.handle);
      network.tamper = (custodian, kind, reply) =>
        custodian === 1 && kind === step ? reply.with(30, reply[30]! ^ 1) : reply;
      await recoverRsaShares(network.custodians, key, [4]);
      expect((await kept(network, key))[3]!.current.share).toBe(before);
      expect([...network.accused.keys()].filter((one) => one !== 1)).toEqual([]);
    },
  );

  it('is not possible with t helpers', async () => {
    const { network, key } = await begin();
    await network.parties[3]!.keys.remove(key.handle);
    network.down.add(1).add(2);
    await expect(recoverRsaShares(network.custodians, key, [4])).rejects.toMatchObject({
      reason: 'unavailable',
    });
  });
});
