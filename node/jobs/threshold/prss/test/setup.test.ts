import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MessageReader, MessageWriter, readMessage } from '../../codec.ts';
import { groups } from '../../groups/index.ts';
import { interpolate } from '../../sharing/shamir.ts';
import type { Network } from '../../test/support/network.ts';
import { ensurePrss, positionsWith, renewPrss, subsetsOf } from '../index.ts';
import { hashesStatement, readHashes, readManyHashes, readSetup, setupId, writeHashes } from '../messages.ts';
import { createPrssNetwork, prssAt } from './support.ts';

/** That these have the same key of each set, and nobody a key of a set it is no member of. */
async function expectCommon(network: Network, indices: readonly number[]): Promise<void> {
  const { committee } = network.custodians;
  const kept = new Map<number, Set<string>>();
  for (const index of indices) {
    const set = await network.parties[index - 1]!.prss!.get();
    const positions = positionsWith(committee, index);
    expect(set?.keys).toHaveLength(positions.length);
    for (const [at, position] of positions.entries())
      kept.set(position, (kept.get(position) ?? new Set()).add(Buffer.from(set!.keys[at]!).toString('hex')));
  }
  expect(kept.size).toBe(subsetsOf(committee).length);
  for (const keys of kept.values()) expect(keys.size).toBe(1);
  expect(new Set([...kept.values()].flatMap((keys) => [...keys])).size).toBe(kept.size);
}

async function expectSharing(network: Network, places: readonly number[]): Promise<void> {
  const group = groups.p256;
  const label = randomBytes(32);
  const shares = new Map<number, bigint>();
  for (const place of places)
    shares.set(place, (await prssAt(network, place)).zeroShares('test', label, group)[0]!);
  expect(interpolate(shares, group.order)).toBe(0n);
}

const all = [1, 2, 3, 4];

describe('the setup of pseudo-random sharing', () => {
  it('gives the members of each set one key, which stays', async () => {
    const network = createPrssNetwork();
    const name = await ensurePrss(network.custodians);
    expect(name.epoch).toBe(1);
    await expectCommon(network, all);
    await expectSharing(network, [1, 2, 4]);
    expect(await ensurePrss(network.custodians)).toEqual(name);
    expect(network.asked.get('prss.setup.commit')).toBe(4);
  });

  it('works for seven custodians, two of them faulty', async () => {
    const network = createPrssNetwork([], 7, 2);
    await ensurePrss(network.custodians);
    await expectCommon(network, [1, 2, 3, 4, 5, 6, 7]);
    await expectSharing(network, [1, 3, 4, 6, 7]);
  });

  it('works without one, who gets its keys later', async () => {
    const network = createPrssNetwork();
    network.down.add(2);
    await ensurePrss(network.custodians);
    await expectCommon(network, [1, 3, 4]);
    network.down.delete(2);
    await network.deliverMail();
    await expectCommon(network, all);
    await expectSharing(network, [1, 2, 3]);
  });

  it('gives keys back to one that lost its own', async () => {
    const network = createPrssNetwork();
    const name = await ensurePrss(network.custodians);
    const [fresh] = createPrssNetwork().parties;
    Object.assign(network.parties[2]!, { prss: fresh!.prss });
    expect(await ensurePrss(network.custodians)).toEqual(name);
    await expectCommon(network, all);
  });

  it('renews keys, and refuses those that are over', async () => {
    const network = createPrssNetwork();
    const first = await ensurePrss(network.custodians);
    network.down.add(4);
    const letters = network.mail;
    const second = await renewPrss(network.custodians);
    const late = letters.map((letter) => ({ ...letter }));
    const third = await renewPrss(network.custodians);
    expect([first.epoch, second.epoch, third.epoch]).toEqual([1, 2, 3]);
    network.down.delete(4);
    await network.deliverMail();
    await expectCommon(network, all);
    expect((await network.parties[3]!.prss!.get())?.epoch).toBe(3);
    expect(late).toHaveLength(1);
    await expect(network.custodians.ask(4, late[0]!.kind, late[0]!.body)).rejects.toMatchObject({
      reason: 'stale',
    });
    expect((await network.parties[3]!.prss!.get())?.epoch).toBe(3);
  });

  it('fails with too few', async () => {
    const network = createPrssNetwork();
    network.down.add(2).add(3);
    await expect(ensurePrss(network.custodians)).rejects.toMatchObject({ reason: 'unavailable' });
  });

  it('believes no custodian that claims an epoch far ahead', async () => {
    const network = createPrssNetwork();
    network.tamper = (custodian, kind, reply) =>
      kind === 'prss.status' && custodian === 1 ? reply.fill(0xff) : reply;
    expect((await ensurePrss(network.custodians)).epoch).toBe(1);
    await expectCommon(network, all);
  });
});

describe('a custodian that cheats in the setup', () => {
  it('is left out when it gives somebody something else than it committed to', async () => {
    const network = createPrssNetwork();
    network.tamper = (custodian, kind, reply) => {
      // The last byte is in what it seals for the last custodian.
      if (custodian === 2 && kind === 'prss.setup.contribute') reply[reply.length - 1]! ^= 1;
      return reply;
    };
    await ensurePrss(network.custodians);
    await expectCommon(network, all);
    expect(network.asked.get('prss.setup.contribute')).toBe(4 + 2);
  });

  it('is named when it complains of too many', async () => {
    const network = createPrssNetwork();
    let next = 1;
    network.tamper = (custodian, kind, reply) =>
      custodian === 4 && kind === 'prss.setup.combine' ? Uint8Array.of(1, 0, next++) : reply;
    await ensurePrss(network.custodians);
    expect([...network.accused.keys()]).toEqual([4]);
    await expectCommon(network, [1, 2, 3]);
  });

  it('is named when it signs the hash of another key', async () => {
    const network = createPrssNetwork();
    network.tamper = (custodian, kind, reply, body) => {
      if (custodian !== 3 || kind !== 'prss.setup.combine') return reply;
      const reader = new MessageReader(body);
      const id = setupId(readSetup(reader), readManyHashes(reader));
      const { hashes } = readMessage(reply.subarray(1), 3, readHashes);
      hashes[0]![0]! ^= 1;
      const signature = network.parties[2]!.identity.sign('prss.keys', hashesStatement(id, 3, hashes));
      const writer = new MessageWriter().u8(0);
      writeHashes(writer, { from: 3, hashes, signature });
      return writer.done();
    };
    await ensurePrss(network.custodians);
    expect([...network.accused.keys()]).toEqual([3]);
    await expectCommon(network, [1, 2, 4]);
  });

  it('is named when what it says is not signed by it', async () => {
    const network = createPrssNetwork();
    network.tamper = (custodian, kind, reply) => {
      if (custodian === 1 && kind === 'prss.setup.commit') reply[reply.length - 1]! ^= 1;
      return reply;
    };
    await ensurePrss(network.custodians);
    expect([...network.accused.keys()]).toEqual([1]);
    await expectCommon(network, [2, 3, 4]);
  });

  it('cannot give a wrong key to one that was away', async () => {
    const network = createPrssNetwork();
    network.down.add(2);
    network.tamper = (custodian, kind, reply) => {
      if (custodian === 1 && kind === 'prss.hand') reply[reply.length - 1]! ^= 1;
      return reply;
    };
    await ensurePrss(network.custodians);
    network.down.delete(2);
    await network.deliverMail();
    await expectCommon(network, all);
  });
});

it('keeps the keys there are when a setup fails', async () => {
  const network = createPrssNetwork();
  await ensurePrss(network.custodians);
  const kept = await network.parties[0]!.prss!.get();
  network.tamper = (_, kind, reply) => {
    if (kind === 'prss.setup.combine') reply[10]! ^= 1;
    return reply;
  };
  await expect(renewPrss(network.custodians)).rejects.toMatchObject({ reason: 'unavailable' });
  expect(await network.parties[0]!.prss!.get()).toBe(kept);
});
