/** Keys that are made: nobody has them, and their MACs are those of HMAC. */
import { createHmac, randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { authorised } from '../../test/support/network.ts';
import { createMac, macSchemeOf, macSchemes } from '../index.ts';
import { decodeShare } from '../pieces.ts';
import { createMacNetwork, type MacNetwork } from './support/custodians.ts';
import { watchDrawing } from './support/drawn-keys.ts';

let network: MacNetwork;
afterEach(() => network.close());

const message = Buffer.from('what is authenticated');

/** The key as its shares add up to it. */
async function createAndSee(scheme: (typeof macSchemes)[number]['scheme']) {
  const handle = Uint8Array.from(randomBytes(16));
  const shares = watchDrawing(network, handle, macSchemeOf(scheme));
  const key = await createMac(network.custodians, authorised({ kind: 'create', handle, scheme }));
  const [drawn] = [...shares.values()].filter((each) => each.length === 3);
  const whole = drawn!.reduce((sum, share) => sum.map((byte, i) => byte ^ share[i]!) as Buffer);
  return { key, whole };
}

test.each(macSchemes)(
  '$scheme: MACs are those of the key that nobody has',
  async ({ scheme, digest, tagBytes }) => {
    network = createMacNetwork();
    const { key, whole } = await createAndSee(scheme);
    expect(whole.length).toBe(tagBytes);
    expect(await network.mac(key, message)).toBe(createHmac(digest, whole).update(message).digest('hex'));
    expect(network.accused.size).toBe(0);
  },
);

describe.each([1, 2, 3, 4])('custodian %i is away', (away) => {
  test('the other three make a key; it gets its pieces when it is back, and any three compute', async () => {
    network = createMacNetwork();
    network.down.add(away);
    const { key, whole } = await createAndSee('hmac-sha-256');
    const expected = createHmac('sha256', whole).update(message).digest('hex');
    expect(network.mail.map(({ custodian }) => custodian)).toEqual([away]);
    expect(await network.mac(key, message)).toBe(expected);
    network.down.clear();
    await network.deliverMail();
    for (const other of [1, 2, 3, 4]) {
      network.down.clear();
      network.down.add(other);
      expect(await network.mac(key, message)).toBe(expected);
    }
    network.down.add((away % 4) + 1).add(((away + 1) % 4) + 1);
    await expect(network.mac(key, message)).rejects.toMatchObject({ reason: 'unavailable' });
  });
});

test('each custodian lacks one piece, each piece is with three, and nothing of the key is kept', async () => {
  network = createMacNetwork();
  const { key, whole } = await createAndSee('hmac-sha-256');
  const pieces = new Map<number, Set<string>>();
  for (const { me, keys } of network.parties) {
    const share = (await keys.get(key.handle))!;
    expect(Buffer.from(share.secret).includes(whole)).toBe(false);
    const [{ openings }] = decodeShare(share, me);
    expect([...openings.keys()].sort()).toEqual([1, 2, 3, 4].filter((index) => index !== me));
    for (const [lacking, opening] of openings)
      pieces.set(lacking, (pieces.get(lacking) ?? new Set()).add(Buffer.from(opening.share).toString('hex')));
  }
  expect([...pieces.values()].map(({ size }) => size)).toEqual([1, 1, 1, 1]);
});

test('a key of a handle is made once', async () => {
  network = createMacNetwork();
  const key = await network.create('hmac-sha-256');
  const again = authorised({ kind: 'create', handle: key.handle, scheme: 'hmac-sha-256' });
  await expect(createMac(network.custodians, again)).rejects.toMatchObject({ reason: 'refused' });
});
