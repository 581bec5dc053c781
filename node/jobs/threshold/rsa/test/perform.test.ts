import { describe, expect, it } from 'vitest';
import type { KeyCommon } from '../../party.ts';
import { authorised, type Network } from '../../test/support/network.ts';
import { performRsa, rsaOriginOf, rsaPublicKeyOf } from '../index.ts';
import {
  privateKey,
  privatePower,
  random,
  randomValue,
  rsaNetwork,
  share,
  subjectPublicKeyInfo,
} from './support/rsa-network.ts';
import { testKey2048, testKey3072 } from './support/test-keys.ts';

const scheme = 'rsa-2048';
const material = testKey2048;
const value = randomValue(256);
const expected = privatePower(material, value);

const power = ({ custodians }: Network, key: KeyCommon, of = value): Promise<Uint8Array> =>
  performRsa(custodians, key, authorised({ kind: 'power', handle: key.handle, value: of }));

describe('a power of an imported key', () => {
  it('is what OpenSSL computes with the whole key', async () => {
    const network = rsaNetwork();
    const key = await share(network, scheme, material);
    expect(rsaOriginOf(key)).toBe('imported');
    expect(Buffer.from(rsaPublicKeyOf(key))).toEqual(subjectPublicKeyInfo(material));
    for (let round = 0; round < 3; round += 1) {
      const other = randomValue(256);
      expect(Buffer.from(await power(network, key, other))).toEqual(privatePower(material, other));
    }
    expect(network.asked.get('rsa.partial')).toBe(3 * 2);
    expect(network.asked.get('rsa.proof')).toBeUndefined();
  });

  it('is made by any two of four, with no message between them', async () => {
    const network = rsaNetwork();
    const key = await share(network, scheme, material);
    for (const away of [
      [1, 2],
      [1, 3],
      [1, 4],
      [2, 3],
      [2, 4],
      [3, 4],
    ]) {
      network.down.clear();
      for (const one of away) network.down.add(one);
      expect(Buffer.from(await power(network, key))).toEqual(expected);
    }
    for (const one of [1, 2, 3]) network.down.add(one);
    await expect(power(network, key)).rejects.toMatchObject({ reason: 'unavailable' });
  });

  it('works for seven custodians of which two may be faulty, and for 3072 bits', async () => {
    const network = rsaNetwork(7, 2);
    const key = await share(network, 'rsa-3072', testKey3072);
    for (const one of [2, 5]) network.down.add(one);
    const other = randomValue(384);
    expect(Buffer.from(await power(network, key, other))).toEqual(privatePower(testKey3072, other));
  });

  it('needs no key for 0, 1 and N - 1, and refuses what is no number modulo N', async () => {
    const network = rsaNetwork();
    const key = await share(network, scheme, material);
    const modulus = Buffer.from(subjectPublicKeyInfo(material).subarray(33, 33 + 256));
    const [zero, one, minusOne] = [Buffer.alloc(256), Buffer.alloc(256), Buffer.from(modulus)];
    one[255] = 1;
    minusOne[255]! -= 1;
    for (const trivial of [zero, one, minusOne])
      expect(Buffer.from(await power(network, key, trivial))).toEqual(trivial);
    await expect(power(network, key, modulus)).rejects.toThrow(RangeError);
    await expect(power(network, key, value.subarray(1))).rejects.toThrow(RangeError);
    expect(network.asked.get('rsa.partial')).toBeUndefined();
  });
});

describe('a custodian that cheats is named, and the power comes all the same', () => {
  const replay = randomValue(256);

  it.each([
    ['a wrong partial', (reply: Uint8Array) => random.bytes(reply.length).with(0, 0)],
    ['the partial of another value', 'replay'],
    ['a partial of another length', () => new Uint8Array(7)],
    ['0', (reply: Uint8Array) => new Uint8Array(reply.length)],
  ] as const)('%s', async (_name, forge) => {
    const network = rsaNetwork();
    const key = await share(network, scheme, material);
    let old = new Uint8Array(0);
    network.tamper = (custodian, kind, reply) => {
      if (custodian === 1 && kind === 'rsa.partial') old = Uint8Array.from(reply);
      return reply;
    };
    await power(network, key, replay);
    network.tamper = (custodian, kind, reply) => {
      if (custodian !== 1 || kind !== 'rsa.partial') return reply;
      return forge === 'replay' ? old : Uint8Array.from(forge(reply));
    };
    expect(Buffer.from(await power(network, key))).toEqual(expected);
    // Lengths and ranges are not proof of bad will: such an answer is just not used.
    if (network.asked.get('rsa.proof') !== undefined) expect([...network.accused.keys()]).toEqual([1]);
  });

  it('a wrong partial with a wrong proof', async () => {
    const network = rsaNetwork();
    const key = await share(network, scheme, material);
    network.tamper = (custodian, kind, reply) => {
      if (custodian !== 2) return reply;
      return kind === 'rsa.partial' || kind === 'rsa.proof' ? reply.with(100, reply[100]! ^ 1) : reply;
    };
    expect(Buffer.from(await power(network, key))).toEqual(expected);
    expect([...network.accused.keys()]).toEqual([2]);
  });

  it('a wrong partial, and no answer when proof is asked for', async () => {
    const network = rsaNetwork();
    const key = await share(network, scheme, material);
    network.tamper = (custodian, kind, reply) => {
      if (custodian !== 2) return reply;
      if (kind === 'rsa.proof') return new Uint8Array(0);
      return kind === 'rsa.partial' ? reply.with(100, reply[100]! ^ 1) : reply;
    };
    expect(Buffer.from(await power(network, key))).toEqual(expected);
    expect([...network.accused.keys()]).toEqual([2]);
  });

  it('and not an honest one, when a value shares a factor with N', async () => {
    const network = rsaNetwork();
    const key = await share(network, scheme, material);
    const p = Buffer.from(privateKey(material).export({ format: 'jwk' }).p as string, 'base64url');
    const multiple = Buffer.concat([Buffer.alloc(128), p]);
    await expect(power(network, key, multiple)).rejects.toThrow(RangeError);
    expect(network.accused.size).toBe(0);
  });
});
