import { ed25519 } from '@noble/curves/ed25519.js';
import { describe, expect, it } from 'vitest';
import type { KeyScheme } from '../../../../api/index.ts';
import { fieldKeyOf } from '../../sharing/field-key.ts';
import { authorised, createNetwork, type Network } from '../../test/support/network.ts';
import { createFieldKey, handlers, learnCommon } from '../index.ts';
import { entriesOf, expectKey, handleOf, schemes, sharesOf } from './support.ts';

function create(network: Network, scheme: KeyScheme = 'dprf-ristretto255', handle = handleOf(network)) {
  return createFieldKey(network.custodians, authorised({ kind: 'create', handle, scheme }));
}

describe.each(schemes)('%s', (scheme) => {
  it('is made by four custodians, each with its share and nothing else', async () => {
    const network = createNetwork(handlers);
    const key = await create(network, scheme);
    expect(key).toMatchObject({ scheme, generation: 0 });
    await expectKey(network, key, [1, 2, 3, 4]);
    for (const { me } of network.parties) expect(entriesOf(network, me)).toBe(1);
    expect(await learnCommon(network.custodians, key.handle)).toEqual(key);
  });
});

it('makes the public key of the secret that the shares make, as another library computes it', async () => {
  const network = createNetwork(handlers);
  const key = await create(network, 'frost-ed25519');
  const secret = await expectKey(network, key, [1, 2, 3, 4]);
  const { publicKey } = fieldKeyOf(key);
  expect(Buffer.from(publicKey)).toEqual(Buffer.from(ed25519.Point.BASE.multiply(secret).toBytes()));
});

it('is made by three of four, and the fourth gets its share by mail', async () => {
  const network = createNetwork(handlers);
  network.down.add(2);
  const key = await create(network, 'ecdsa-p256');
  await expectKey(network, key, [1, 3, 4]);
  expect((await sharesOf(network, key.handle)).has(2)).toBe(false);
  network.down.clear();
  await network.deliverMail();
  await expectKey(network, key, [1, 2, 3, 4]);
  expect(entriesOf(network, 2)).toBe(1);
});

it('is not made by two of four', async () => {
  const network = createNetwork(handlers);
  for (const index of [2, 3]) network.down.add(index);
  const handle = handleOf(network);
  await expect(create(network, 'ecdsa-p256', handle)).rejects.toMatchObject({ reason: 'unavailable' });
  expect((await sharesOf(network, handle)).size).toBe(0);
});

it('is made by seven custodians of which two may be faulty', async () => {
  const network = createNetwork(handlers, 7, 2);
  network.down.add(1);
  network.down.add(5);
  const key = await create(network, 'ecdsa-secp256k1');
  await expectKey(network, key, [2, 3, 4, 6, 7]);
  network.down.clear();
  await network.deliverMail();
  await expectKey(network, key, [1, 2, 3, 4, 5, 6, 7]);
});

it('is made once under a handle', async () => {
  const network = createNetwork(handlers);
  const key = await create(network);
  expect(await create(network, 'dprf-ristretto255', key.handle)).toEqual(key);
  await expect(create(network, 'ecdsa-p256', key.handle)).rejects.toMatchObject({ reason: 'refused' });
  await expectKey(network, key, [1, 2, 3, 4]);
});

it('is another each time', async () => {
  const network = createNetwork(handlers);
  const keys = [await create(network), await create(network)];
  expect(fieldKeyOf(keys[0]!).publicKey).not.toEqual(fieldKeyOf(keys[1]!).publicKey);
});

it('has no share that leaves a custodian in the clear', async () => {
  const network = createNetwork(handlers);
  const seen: Buffer[] = [];
  network.tamper = (_, __, reply, body) => {
    seen.push(Buffer.from(reply), Buffer.from(body));
    return reply;
  };
  const key = await create(network);
  const shares = [...(await sharesOf(network, key.handle)).values()];
  const all = Buffer.concat(seen);
  for (const { secret } of shares) expect(all.includes(Buffer.from(secret))).toBe(false);
});

it('is erased with all that belongs to it', async () => {
  const network = createNetwork(handlers);
  const key = await create(network);
  for (const { me } of network.parties) {
    await network.custodians.ask(me, 'key.erase', new Uint8Array(0), {
      authorised: authorised({ kind: 'erase', handle: key.handle }),
    });
    expect(entriesOf(network, me)).toBe(0);
  }
  await expect(learnCommon(network.custodians, key.handle)).rejects.toMatchObject({ reason: 'unknown-key' });
});

it('is not asked for with another task', async () => {
  const network = createNetwork(handlers);
  const task = authorised({ kind: 'import', handle: handleOf(network), scheme: 'ecdsa-p256' });
  await expect(createFieldKey(network.custodians, task)).rejects.toThrow(RangeError);
  for (const kind of ['dkg.commit', 'key.erase']) {
    const body = new Uint8Array(kind === 'dkg.commit' ? 16 : 0);
    const asked = network.custodians.ask(1, kind, body, { authorised: task });
    await expect(asked).rejects.toMatchObject({ reason: 'malformed' });
  }
});
