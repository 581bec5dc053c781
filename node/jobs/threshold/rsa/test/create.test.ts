import {
  constants,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  publicEncrypt,
  randomBytes,
} from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { KeyScheme } from '../../../../api/index.ts';
import { sealBox } from '../../sealed-box.ts';
import { authorised } from '../../test/support/network.ts';
import { distribute } from '../create.ts';
import { shareContext } from '../dealing.ts';
import { createRsaKey, importRsaKey, performRsa, rsaOriginOf, rsaPublicKeyOf } from '../index.ts';
import { toBytes } from '../integers.ts';
import { rsaKeyOf } from '../key.ts';
import { isCommittedShare, storedShareOf } from '../stored-share.ts';
import {
  dealt,
  privateKey,
  privatePower,
  random,
  randomValue,
  rsaNetwork,
  subjectPublicKeyInfo,
} from './support/rsa-network.ts';
import { testKey2048, testKey3072 } from './support/test-keys.ts';

const handle = Uint8Array.from(randomBytes(16));
const scheme: KeyScheme = 'rsa-2048';
const value = randomValue(256);
const create = authorised({ kind: 'create', handle, scheme });
const bring = authorised({ kind: 'import', handle, scheme });
const power = authorised({ kind: 'power', handle, value });

describe('a key from the dealer', () => {
  it('is made in a process of its own, and powers of it are undone by its public key', async () => {
    const network = rsaNetwork();
    network.down.add(3);
    const key = await createRsaKey(network.custodians, create);
    expect(rsaOriginOf(key)).toBe('dealer');
    // The result was checked against this key; what is left is that it is of this length.

    const publicKey = createPublicKey({ key: Buffer.from(rsaPublicKeyOf(key)), format: 'der', type: 'spki' });
    expect(publicKey.asymmetricKeyDetails).toMatchObject({ modulusLength: 2048, publicExponent: 65537n });
    const result = await performRsa(network.custodians, key, power);
    expect(publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, result)).toEqual(
      Buffer.from(value),
    );
    // The one that was away has its share when it is back.
    expect(network.mail).toHaveLength(1);
    network.down.clear();
    await network.deliverMail();
    network.down.add(1).add(2);
    expect(await performRsa(network.custodians, key, power)).toEqual(result);
  });

  it('is not made without a task, by another task, or for too few custodians', async () => {
    const network = rsaNetwork();
    await expect(createRsaKey(network.custodians, bring)).rejects.toThrow(RangeError);
    const other = authorised({ kind: 'create', handle, scheme: 'ecdsa-p256' });
    await expect(createRsaKey(network.custodians, other)).rejects.toThrow(RangeError);
    network.down.add(1).add(2);
    const dealing = dealt(network, scheme, testKey2048);
    const task = authorised({ kind: 'import', handle: dealing.key.handle, scheme });
    await expect(distribute(network.custodians, task, dealing)).rejects.toMatchObject({
      reason: 'unavailable',
    });
  });
});

describe('a custodian takes no share', () => {
  it('that is not what was committed to, nor one meant for another', async () => {
    const network = rsaNetwork();
    const dealing = dealt(network, scheme, testKey2048);
    // The dealer's commitments of another sharing of the same key.
    const other = dealt(network, scheme, testKey2048);
    const mixed = { key: { ...other.key, handle: dealing.key.handle }, boxes: dealing.boxes };
    const task = authorised({ kind: 'import', handle: dealing.key.handle, scheme });
    await expect(distribute(network.custodians, task, mixed)).rejects.toMatchObject({
      reason: 'unavailable',
    });
    const swapped = { ...dealing, boxes: [...dealing.boxes].reverse() };
    await expect(distribute(network.custodians, task, swapped)).rejects.toMatchObject({
      reason: 'unavailable',
    });
    for (const { keys } of network.parties) expect(await keys.get(dealing.key.handle)).toBeUndefined();
  });

  it('that does not fit the commitments although it was sealed for it', async () => {
    const network = rsaNetwork();
    const dealing = dealt(network, scheme, testKey2048);
    const key = rsaKeyOf(dealing.key);
    const wrong = toBytes(12345n, key.shareBytes);
    const { members } = network.custodians.committee;
    const seal = (to: number): Uint8Array =>
      sealBox(members[to - 1]!.sealingKey, 'rsa.share', shareContext(key, to), wrong, random);
    const task = authorised({ kind: 'import', handle: dealing.key.handle, scheme });
    // One cannot have it, and the key is made all the same.
    await distribute(network.custodians, task, { ...dealing, boxes: dealing.boxes.with(1, seal(2)) });
    const { keys } = network.parties[1]!;
    expect(await keys.get(dealing.key.handle)).toBeUndefined();
    for (const at of [0, 2, 3]) {
      const kept = storedShareOf((await network.parties[at]!.keys.get(dealing.key.handle))!);
      expect(isCommittedShare(kept.current, at + 1)).toBe(true);
    }
    const every = dealt(network, scheme, testKey2048);
    const spoilt = { ...every, boxes: members.map(({ index }) => seal(index)) };
    const other = authorised({ kind: 'import', handle: every.key.handle, scheme });
    await expect(distribute(network.custodians, other, spoilt)).rejects.toMatchObject({
      reason: 'unavailable',
    });
  });

  it('of a handle that it has a share of, unless it is the same', async () => {
    const network = rsaNetwork();
    const dealing = dealt(network, scheme, testKey2048);
    const task = authorised({ kind: 'import', handle: dealing.key.handle, scheme });
    await distribute(network.custodians, task, dealing);
    await distribute(network.custodians, task, dealing);
    const again = dealt(network, scheme, testKey2048);
    const other = { ...again, key: { ...again.key, handle: dealing.key.handle } };
    await expect(distribute(network.custodians, task, other)).rejects.toMatchObject({ reason: 'refused' });
  });

  it('that comes late without statements of t + 1 others', async () => {
    const network = rsaNetwork();
    network.down.add(4);
    const dealing = dealt(network, scheme, testKey2048);
    const task = authorised({ kind: 'import', handle: dealing.key.handle, scheme });
    await distribute(network.custodians, task, dealing);
    const [letter] = network.mail;
    network.down.clear();
    const forged = Uint8Array.from(letter!.body);
    // The last signatures stand at the end: two of three are spoilt.
    forged[forged.length - 1]! ^= 1;
    forged[forged.length - 70]! ^= 1;
    await expect(network.custodians.deliver(4, letter!.kind, forged)).rejects.toMatchObject({
      reason: 'malformed',
    });
    await network.custodians.deliver(4, letter!.kind, letter!.body);
    expect(await network.parties[3]!.keys.get(dealing.key.handle)).toBeDefined();
  });
});

describe('key material', () => {
  it('is shared and overwritten', async () => {
    const network = rsaNetwork();
    const material = Uint8Array.from(testKey2048);
    const key = await importRsaKey(network.custodians, bring, material);
    expect(material.every((byte) => byte === 0)).toBe(true);
    expect(rsaOriginOf(key)).toBe('imported');
    expect(Buffer.from(rsaPublicKeyOf(key))).toEqual(subjectPublicKeyInfo(testKey2048));
    const result = await performRsa(network.custodians, key, power);
    expect(Buffer.from(result)).toEqual(privatePower(testKey2048, value));
  });

  it('has to be an RSA key of the scheme in PKCS #8', async () => {
    const network = rsaNetwork();
    const pkcs1 = privateKey(testKey2048).export({ format: 'der', type: 'pkcs1' });
    const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    // Over a modulus that is no product of these: the number before the last one changed.
    const jwk = privateKey(testKey2048).export({ format: 'jwk' });
    const fake = createPrivateKey({ key: { ...jwk, e: 'Aw' }, format: 'jwk' });
    for (const material of [
      testKey3072,
      pkcs1,
      curve.export({ format: 'der', type: 'pkcs8' }),
      fake.export({ format: 'der', type: 'pkcs8' }),
      new Uint8Array(0),
      new Uint8Array(20_000),
    ]) {
      const copy = Uint8Array.from(material);
      await expect(importRsaKey(network.custodians, bring, copy)).rejects.toThrow(RangeError);
      expect(copy.every((byte) => byte === 0)).toBe(true);
    }
  });
});
