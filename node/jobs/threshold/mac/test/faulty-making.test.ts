/** A custodian that does not do as it should while a key is made. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ThresholdAbort } from '../../errors.ts';
import type { KeyCommon } from '../../party.ts';
import type { MemoryShares } from '../../test/support/network.ts';
import { createMacNetwork, type MacNetwork } from './support/custodians.ts';
import { changing } from './support/liars.ts';

let network: MacNetwork;
beforeEach(() => {
  network = createMacNetwork();
});
afterEach(() => network.close());

const message = Buffer.from('what is authenticated');

/** All triples give the same MAC, and nobody but the liar was accused. */
async function expectOneKey(key: KeyCommon, liar: number): Promise<void> {
  expect([...network.accused.keys()].filter((index) => index !== liar)).toEqual([]);
  network.accused.clear();
  const macs = new Set<string>();
  for (const away of [1, 2, 3, 4]) {
    network.down.clear();
    network.down.add(away);
    macs.add(await network.mac(key, message));
  }
  expect(macs.size).toBe(1);
}

describe.each([1, 2, 3])('making a key, custodian %i', (liar) => {
  test('commits to another mask than it seals', async () => {
    network.tamper = (custodian, kind, reply) => {
      if (custodian === liar && kind === 'mac.draw') reply[0]! ^= 1;
      return reply;
    };
    await expectOneKey(await network.create('hmac-sha-256'), liar);
  });

  test('seals what does not open', async () => {
    network.tamper = (custodian, kind, reply) => {
      if (custodian === liar && kind === 'mac.draw') reply[60]! ^= 1;
      return reply;
    };
    await expectOneKey(await network.create('hmac-sha-256'), liar);
  });

  test('signs for other pieces: it is accused', async () => {
    network.tamper = (custodian, kind, reply) => {
      if (custodian === liar && kind === 'mac.compute') reply[20]! ^= 1;
      return reply;
    };
    const key = await network.create('hmac-sha-256');
    expect([...network.accused.keys()]).toEqual([liar]);
    await expectOneKey(key, liar);
  });

  test('does not keep its pieces: it gets them again', async () => {
    let lost = false;
    network.tamper = (custodian, kind, reply) => {
      if (custodian === liar && kind === 'mac.keep' && !lost) {
        lost = true;
        network.down.add(liar);
        const keys = network.parties[liar - 1]!.keys as MemoryShares;
        keys.all.clear();
        throw new ThresholdAbort('unavailable', liar, 'it is gone');
      }
      return reply;
    };
    const key = await network.create('hmac-sha-256');
    network.down.clear();
    await network.deliverMail();
    await expectOneKey(key, liar);
  });

  test('lies in the computation', async () => {
    network.board.wrap = changing(liar, liar === 3 ? 13 : 9, (body) => {
      body[0]! ^= 1;
      return body;
    });
    const key = await network.create('hmac-sha-256');
    network.board.wrap = undefined;
    await expectOneKey(key, liar);
  });
});
