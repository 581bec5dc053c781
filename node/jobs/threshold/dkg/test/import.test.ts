import { createECDH } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ThresholdAbort } from '../../errors.ts';
import { fieldKeyOf, groupOf } from '../../sharing/field-key.ts';
import { authorised, createNetwork, type Network } from '../../test/support/network.ts';
import { handlers, importFieldKey } from '../index.ts';
import { corrupt, entriesOf, expectKey, handleOf, schemes, sharesOf } from './support.ts';

function materialOf(scheme: string): Uint8Array {
  const { encodeScalar, order } = groupOf(scheme);
  return encodeScalar(order - 987_654_321n);
}

function importKey(network: Network, material: Uint8Array, handle = handleOf(network)) {
  const task = authorised({ kind: 'import', handle, scheme: 'ecdsa-p256' });
  return importFieldKey(network.custodians, task, material);
}

it.each(schemes)('shares a key of %s, and overwrites it', async (scheme) => {
  const network = createNetwork(handlers);
  const material = materialOf(scheme);
  const task = authorised({ kind: 'import', handle: handleOf(network), scheme });
  const key = await importFieldKey(network.custodians, task, material);
  expect(await expectKey(network, key, [1, 2, 3, 4])).toBe(groupOf(scheme).order - 987_654_321n);
  expect(material.every((byte) => byte === 0)).toBe(true);
  for (const { me } of network.parties) expect(entriesOf(network, me)).toBe(1);
});

it('has the public key that OpenSSL gives', async () => {
  const network = createNetwork(handlers);
  const openssl = createECDH('prime256v1');
  openssl.generateKeys();
  const material = Buffer.concat([Buffer.alloc(32), openssl.getPrivateKey()]).subarray(-32);
  const key = await importKey(network, material);
  expect(Buffer.from(fieldKeyOf(key).publicKey)).toEqual(openssl.getPublicKey());
});

it('refuses what is no key of the scheme', async () => {
  const network = createNetwork(handlers);
  for (const wrong of [new Uint8Array(32), new Uint8Array(31), new Uint8Array(32).fill(0xff)]) {
    await expect(importKey(network, wrong)).rejects.toThrow(RangeError);
  }
  expect(network.asked.size).toBe(0);
});

it('keeps nothing for one that is absent: shares at rest are at custodians alone', async () => {
  const network = createNetwork(handlers);
  network.down.add(4);
  const key = await importKey(network, materialOf('ecdsa-p256'));
  await expectKey(network, key, [1, 2, 3]);
  expect(network.mail).toEqual([]);
});

it('is done once: the same material again is the same key, other material is refused', async () => {
  const network = createNetwork(handlers);
  const key = await importKey(network, materialOf('ecdsa-p256'));
  expect(await importKey(network, materialOf('ecdsa-p256'), key.handle)).toEqual(key);
  const other = groupOf('ecdsa-p256').encodeScalar(5n);
  await expect(importKey(network, other, key.handle)).rejects.toMatchObject({ reason: 'refused' });
  await expectKey(network, key, [1, 2, 3, 4]);
});

describe('a custodian that', () => {
  it.each([
    ['does not answer', 'unavailable'],
    ['finds its share wrong', 'malformed'],
  ] as const)('%s is done without', async (_, reason) => {
    const network = createNetwork(handlers);
    network.tamper = (custodian, kind, reply) => {
      if (custodian === 3 && kind === 'dkg.import') throw new ThresholdAbort(reason, 3, 'no');
      return reply;
    };
    const key = await importKey(network, materialOf('ecdsa-p256'));
    await expectKey(network, key, [1, 2, 4]);
  });

  it('signs another key is named', async () => {
    const network = createNetwork(handlers);
    corrupt(network, 3, ({ sign }) => ({ sign: (purpose) => sign(purpose, Buffer.from('another')) }));
    const key = await importKey(network, materialOf('ecdsa-p256'));
    await expectKey(network, key, [1, 2, 4]);
    expect(network.accused.get(3)).toMatch(/another key/);
  });
});

it('takes no share that does not fit its commitments', async () => {
  const network = createNetwork(handlers);
  const { custodians } = network;
  const lying = {
    ...custodians,
    ask(custodian: number, kind: string, body: Uint8Array, options?: object) {
      if (kind === 'dkg.import') body.set([body.at(-1)! ^ 1], body.length - 1);
      return custodians.ask(custodian, kind, body, options);
    },
  };
  const handle = handleOf(network);
  const task = authorised({ kind: 'import', handle, scheme: 'ecdsa-p256' });
  const material = materialOf('ecdsa-p256');
  await expect(importFieldKey(lying, task, material)).rejects.toMatchObject({ reason: 'unavailable' });
  expect((await sharesOf(network, handle)).size).toBe(0);
  expect(material).toEqual(materialOf('ecdsa-p256'));
});
