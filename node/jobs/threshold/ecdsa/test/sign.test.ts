import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { afterEach, describe, expect, it } from 'vitest';
import type { KeyScheme } from '../../../../api/index.ts';
import { OpenRounds } from '../../open-rounds.ts';
import { fieldKeyOf } from '../../sharing/field-key.ts';
import { authorised, type Network } from '../../test/support/network.ts';
import { perform, poolOf } from '../index.ts';
import { createSigning, type Signing, signTask } from './support.ts';

const curves = {
  'ecdsa-secp256k1': { oracle: secp256k1, jwk: 'secp256k1' },
  'ecdsa-p256': { oracle: p256, jwk: 'P-256' },
  'ecdsa-p384': { oracle: p384, jwk: 'P-384' },
  'ecdsa-p521': { oracle: p521, jwk: 'P-521' },
} as const;

const used: Network[] = [];

async function signing(scheme: KeyScheme, n?: number, t?: number): Promise<Signing> {
  const made = await createSigning(scheme, n, t);
  used.push(made.network);
  return made;
}

afterEach(async () => {
  for (const { custodians } of used.splice(0)) await poolOf(custodians).close();
});

/** By OpenSSL, of a text. */
function isSignature({ key }: Signing, hash: string, text: Uint8Array, signature: Uint8Array): boolean {
  const { publicKey } = fieldKeyOf(key);
  const middle = (publicKey.length + 1) / 2;
  const part = (from: number, to?: number) => Buffer.from(publicKey.subarray(from, to)).toString('base64url');
  const { jwk } = curves[key.scheme as keyof typeof curves];
  const opened = createPublicKey({
    key: { kty: 'EC', crv: jwk, x: part(1, middle), y: part(middle) },
    format: 'jwk',
  });
  return verify(hash, text, { key: opened, dsaEncoding: 'ieee-p1363' }, signature);
}

const digestOf = (hash: string, text: string) => Uint8Array.from(createHash(hash).update(text).digest());

describe.each(Object.keys(curves) as (keyof typeof curves)[])('%s', (scheme) => {
  it('signs digests as an independent library verifies them', async () => {
    const one = await signing(scheme);
    for (const hash of ['sha256', 'sha384', 'sha512']) {
      const text = `what is signed with ${hash}`;
      const digest = digestOf(hash, text);
      const signature = await one.sign(digest);
      expect(signature).toHaveLength(2 * one.group.scalarBytes);
      expect(isSignature(one, hash, Buffer.from(text), signature)).toBe(true);
      const { publicKey } = fieldKeyOf(one.key);
      const options = { prehash: false, lowS: false };
      expect(curves[scheme].oracle.verify(signature, digest, publicKey, options)).toBe(true);
    }
  });
});

it('signs with five of seven custodians, two of them away', async () => {
  const one = await signing('ecdsa-p256', 7, 2);
  one.network.down.add(2).add(5);
  const signature = await one.sign(digestOf('sha256', 'text'));
  expect(isSignature(one, 'sha256', Buffer.from('text'), signature)).toBe(true);
});

it('leaves s as it is, high or low', async () => {
  const one = await signing('ecdsa-p256');
  let high = 0;
  for (let at = 0; at < 24; at += 1) {
    const signature = await one.sign(randomBytes(32));
    if (one.group.decodeScalar(signature.subarray(32)) > one.group.order / 2n) high += 1;
  }
  // Each way in all but one of 2^23 runs.
  expect(high).toBeGreaterThan(0);
  expect(high).toBeLessThan(24);
});

it('asks each signer once for a signature, when presignatures are ready', async () => {
  const one = await signing('ecdsa-secp256k1');
  const pool = poolOf(one.network.custodians);
  await pool.prepare('ecdsa-secp256k1');
  one.network.asked.clear();
  await one.sign(digestOf('sha256', 'text'));
  expect([...one.network.asked]).toEqual([['ecdsa.sign', 3]]);
});

it('uses the presignatures of a curve for all its keys, and each of them once', async () => {
  const one = await signing('ecdsa-p256');
  const labels = new Set<string>();
  one.network.tamper = (custodian, kind, reply, body) => {
    if (kind === 'ecdsa.sign')
      labels.add(`${custodian}/${Buffer.from(body.subarray(0, 34)).toString('hex')}`);
    return reply;
  };
  const pool = poolOf(one.network.custodians);
  await pool.prepare('ecdsa-p256');
  const nonces = new Set<string>();
  const digest = digestOf('sha256', 'text');
  const many = await Promise.all(Array.from({ length: 40 }, () => one.sign(digest)));
  for (const signature of many) nonces.add(Buffer.from(signature.subarray(0, 32)).toString('hex'));
  expect(nonces.size).toBe(40);
  expect(labels.size).toBe(3 * 40);
});

it('begins anew when a custodian was restarted', async () => {
  const one = await signing('ecdsa-p256');
  await poolOf(one.network.custodians).prepare('ecdsa-p256');
  Object.assign(one.network.parties[1]!, { rounds: new OpenRounds(() => performance.now()) });
  const signature = await one.sign(digestOf('sha256', 'text'));
  expect(isSignature(one, 'sha256', Buffer.from('text'), signature)).toBe(true);
  expect(one.network.accused.size).toBe(0);
});

it('goes on with other signers when one does not answer any more', async () => {
  const one = await signing('ecdsa-p256');
  await one.sign(digestOf('sha256', 'first'));
  one.network.down.add(1);
  const signature = await one.sign(digestOf('sha256', 'text'));
  expect(isSignature(one, 'sha256', Buffer.from('text'), signature)).toBe(true);
  one.network.down.add(2);
  await expect(one.sign(digestOf('sha256', 'text'))).rejects.toMatchObject({ reason: 'unavailable' });
  one.network.down.clear();
  await one.sign(digestOf('sha256', 'text'));
});

it('signs when keys of pseudo-random sharing were renewed', async () => {
  const one = await signing('ecdsa-p256');
  const pool = poolOf(one.network.custodians);
  await pool.prepare('ecdsa-p256');
  await pool.renew();
  one.network.asked.clear();
  await one.sign(digestOf('sha256', 'with what was ready'));
  expect(one.network.asked.get('ecdsa.sign')).toBe(3);
  pool.drop(1);
  const signature = await one.sign(digestOf('sha256', 'text'));
  expect(isSignature(one, 'sha256', Buffer.from('text'), signature)).toBe(true);
});

it('signs nothing but digests, with no other keys', async () => {
  const one = await signing('ecdsa-p256');
  const { custodians } = one.network;
  for (const message of [new Uint8Array(0), new Uint8Array(65)])
    await expect(one.sign(message)).rejects.toThrow(RangeError);
  const evaluate = authorised({ kind: 'evaluate', handle: one.key.handle, input: new Uint8Array(32) });
  await expect(perform(custodians, one.key, evaluate)).rejects.toThrow(RangeError);
  const frost = { ...one.key, scheme: 'frost-ed25519' };
  await expect(perform(custodians, frost, signTask(one, new Uint8Array(32)))).rejects.toThrow(RangeError);
  await expect(
    perform(custodians, { ...one.key, generation: 1 }, signTask(one, new Uint8Array(32))),
  ).rejects.toMatchObject({ reason: 'unavailable', cause: { reason: 'stale' } });
});

it('makes nothing more once the pool is closed', async () => {
  const one = await signing('ecdsa-p256');
  await one.sign(digestOf('sha256', 'text'));
  const pool = poolOf(one.network.custodians);
  await pool.close();
  expect(pool.size('ecdsa-p256')).toBe(0);
  await expect(one.sign(digestOf('sha256', 'text'))).rejects.toMatchObject({ reason: 'unavailable' });
});
