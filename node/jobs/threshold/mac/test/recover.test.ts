/** Members that lost their pieces, or were away when a key came, get them from the others, of which one may be faulty. */
import { createHmac, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MessageReader } from '../../codec.ts';
import type { KeyCommon } from '../../party.ts';
import { readHandOver } from '../handlers/hand-over.ts';
import { writeKeep } from '../handlers/keep.ts';
import { writeHead } from '../handlers/refresh.ts';
import { recoverMac } from '../index.ts';
import { createMacNetwork, type MacNetwork } from './support/custodians.ts';

let network: MacNetwork;
beforeEach(() => {
  network = createMacNetwork();
});
afterEach(() => network.close());

const message = Buffer.from('what is authenticated');

describe('a member that lost its pieces', () => {
  const material = randomBytes(32);
  const expected = createHmac('sha256', material).update(message).digest('hex');
  let key: KeyCommon;
  beforeEach(async () => {
    key = await network.bringIn('hmac-sha-256', material);
  });

  test.each([1, 2, 3, 4])('gets them from the others: custodian %i', async (lost) => {
    const before = await network.parties[lost - 1]!.keys.get(key.handle);
    await network.parties[lost - 1]!.keys.remove(key.handle);
    await recoverMac(network.custodians, key, [lost]);
    expect(await network.parties[lost - 1]!.keys.get(key.handle)).toEqual(before);
  });

  test.each(['a sealed piece', 'a signature', 'the public part'])(
    'though %s of one is wrong',
    async (what) => {
      await network.parties[0]!.keys.remove(key.handle);
      network.tamper = (custodian, kind, reply) => {
        if (custodian !== 2 || kind !== 'mac.hand-over') return reply;
        const { common } = readHandOver(new MessageReader(reply));
        const at = {
          'a sealed piece': reply.length - 1,
          'a signature': 8 + common.length + 10,
          'the public part': 30,
        };
        reply[at[what as keyof typeof at]]! ^= 1;
        return reply;
      };
      await recoverMac(network.custodians, key, [1]);
      expect([...network.accused.keys()]).toEqual(what === 'a signature' ? [2] : []);
      network.tamper = undefined;
      network.accused.clear();
      network.down.add(3);
      expect(await network.mac(key, message)).toBe(expected);
    },
  );

  test('gets none that only one signs for', async () => {
    await network.parties[0]!.keys.remove(key.handle);
    const body = writeHead(key).u8(1).done();
    const help = readHandOver(new MessageReader(await network.custodians.ask(2, 'mac.hand-over', body)));
    const signature = { from: 2, signature: help.signature };
    const request = {
      purpose: 'mac.held',
      key,
      signatures: [signature, signature, { from: 3, signature: help.signature }],
      sealed: [{ from: 2, sealed: help.sealed }],
    } as const;
    const ask = () => network.custodians.ask(1, 'mac.keep', writeKeep(request));
    await expect(ask()).rejects.toMatchObject({ reason: 'malformed' });
    expect(await network.parties[0]!.keys.get(key.handle)).toBeUndefined();
  });

  test('gets nothing from one alone', async () => {
    for (const lost of [1, 2, 3]) await network.parties[lost - 1]!.keys.remove(key.handle);
    const recovering = recoverMac(network.custodians, key, [1, 2, 3]);
    await expect(recovering).rejects.toMatchObject({ reason: 'unavailable' });
  });
});

test('a key that was brought in while a custodian was away comes to it later', async () => {
  const material = randomBytes(64);
  network.down.add(3);
  const key = await network.bringIn('hmac-sha-512', material);
  network.down.clear();
  await network.deliverMail();
  network.down.add(1);
  expect(await network.mac(key, message)).toBe(createHmac('sha512', material).update(message).digest('hex'));
});
