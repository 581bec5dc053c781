/** New pieces of the same key. */
import { createHmac, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ThresholdAbort } from '../../errors.ts';
import type { Custodians, KeyCommon } from '../../party.ts';
import { recoverMac, refreshMac } from '../index.ts';
import { decodeShare } from '../pieces.ts';
import { createMacNetwork, type MacNetwork } from './support/custodians.ts';

const material = randomBytes(32);
const message = Buffer.from('what is authenticated');
const expected = createHmac('sha256', material).update(message).digest('hex');
let network: MacNetwork;
let key: KeyCommon;

beforeEach(async () => {
  network = createMacNetwork();
  key = await network.bringIn('hmac-sha-256', material);
});
afterEach(() => network.close());

async function pieces(): Promise<Map<string, string>> {
  const all = new Map<string, string>();
  for (const { me, keys } of network.parties) {
    const [{ openings }] = decodeShare((await keys.get(key.handle))!, me);
    for (const [lacking, { share }] of openings)
      all.set(`${me} ${lacking}`, Buffer.from(share).toString('hex'));
  }
  return all;
}

async function expectAnyThree(of: KeyCommon): Promise<void> {
  for (const away of [1, 2, 3, 4]) {
    network.down.clear();
    network.down.add(away);
    expect(await network.mac(of, message), `without ${away}`).toBe(expected);
  }
  network.down.clear();
}

test('every piece is another one, and the key is the same', async () => {
  const before = await pieces();
  const next = await refreshMac(network.custodians, key);
  expect(next.generation).toBe(1);
  expect(next.common).not.toEqual(key.common);
  const after = await pieces();
  for (const [holder, piece] of after) expect(piece).not.toBe(before.get(holder));
  await expectAnyThree(next);
  const again = await refreshMac(network.custodians, next);
  expect(again.generation).toBe(2);
  await expectAnyThree(again);
});

test('old pieces are gone, and do not go with new ones', async () => {
  const old = (await network.parties[0]!.keys.get(key.handle))!;
  const next = await refreshMac(network.custodians, key);
  for (const { me, keys } of network.parties)
    expect(decodeShare((await keys.get(key.handle))!, me)[1]).toBeUndefined();
  await expect(network.mac(key, message)).rejects.toMatchObject({ reason: 'stale' });
  await network.parties[0]!.keys.put(old);
  expect(await network.mac(next, message)).toBe(expected);
  await recoverMac(network.custodians, next, [1]);
  await expectAnyThree(next);
});

test('a custodian that is away gets its new pieces later', async () => {
  network.down.add(2);
  const next = await refreshMac(network.custodians, key);
  expect(await network.mac(next, message)).toBe(expected);
  network.down.clear();
  await network.deliverMail();
  await expectAnyThree(next);
});

test('with two away nothing changes', async () => {
  network.down.add(2).add(3);
  await expect(refreshMac(network.custodians, key)).rejects.toMatchObject({ reason: 'unavailable' });
  network.down.clear();
  await expectAnyThree(key);
});

test.each([1, 2, 4])('custodian %i deals another seed than it commits to: it is left out', async (dealer) => {
  network.tamper = (custodian, kind, reply) => {
    if (custodian === dealer && kind === 'mac.refresh-deal') reply[3]! ^= 1;
    return reply;
  };
  const next = await refreshMac(network.custodians, key);
  network.accused.delete(dealer);
  expect(network.accused.size).toBe(0);
  await expectAnyThree(next);
});

test.each([1, 3])('custodian %i signs for wrong pieces, or not at all: others are enough', async (liar) => {
  network.tamper = (custodian, kind, reply) => {
    if (custodian === liar && kind === 'mac.refresh-prepare') reply[3]! ^= 1;
    return reply;
  };
  await expectAnyThree(await refreshMac(network.custodians, key));
});

test('when the coordinator ends in between, the old generation still computes, and is refreshed again', async () => {
  const { custodians } = network;
  let delivered = 0;
  const lossy: Custodians = {
    ...custodians,
    deliver: (custodian, kind, body) => {
      if (delivered++ > 0) throw new ThresholdAbort('unavailable', custodian, 'it is gone');
      return custodians.deliver(custodian, kind, body);
    },
  };
  await expect(refreshMac(lossy, key)).rejects.toMatchObject({ reason: 'unavailable' });
  await expectAnyThree(key);
  await expectAnyThree(await refreshMac(custodians, key));
});
