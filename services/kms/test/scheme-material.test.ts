/** What imported material becomes, read by the groups that custodians compute in. */
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { type GroupName, groups } from '@hypergate/node/jobs/threshold/groups';
import { describe, expect, it } from 'vitest';
import { checkMaterial } from '../engine/crypto/import-material.ts';
import { subjectPublicKeyInfo } from '../engine/crypto/public-key.ts';
import type { KeySpec } from '../engine/specs.ts';
import { schemeMaterial } from '../ops/scheme-material.ts';

const curves: readonly (readonly [KeySpec, GroupName, string])[] = [
  ['ECC_NIST_P256', 'p256', 'prime256v1'],
  ['ECC_NIST_P384', 'p384', 'secp384r1'],
  ['ECC_NIST_P521', 'p521', 'secp521r1'],
  ['ECC_SECG_P256K1', 'secp256k1', 'secp256k1'],
  ['ECC_NIST_EDWARDS25519', 'ed25519', ''],
];

describe('material of shares', () => {
  it.each(curves)('of %s is a scalar of the public key', (spec, name, namedCurve) => {
    const group = groups[name];
    for (let i = 0; i < 5; i += 1) {
      const { privateKey } =
        namedCurve === '' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve });
      const checked = checkMaterial(spec, privateKey.export({ format: 'der', type: 'pkcs8' }));
      const scalar = group.decodeScalar(schemeMaterial(spec, checked));
      const raw = subjectPublicKeyInfo(spec, group.baseMultiply(scalar));
      expect(Buffer.from(raw)).toEqual(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }));
    }
  });

  it('of symmetric keys is a scalar that only this key has', () => {
    const seen = new Set<bigint>();
    for (const key of [Buffer.alloc(32), Buffer.alloc(32, 1), randomBytes(32)]) {
      const one = schemeMaterial('SYMMETRIC_DEFAULT', { secret: key });
      expect(schemeMaterial('SYMMETRIC_DEFAULT', { secret: Buffer.from(key) })).toEqual(one);
      seen.add(groups.ristretto255.decodeScalar(one));
    }
    expect(seen.size).toBe(3);
    // Golden: the scalar stands for ciphertexts that are to be opened for ever.
    expect(
      Buffer.from(schemeMaterial('SYMMETRIC_DEFAULT', { secret: Buffer.alloc(32) })).toString('hex'),
    ).toBe('b5d3dfc920bb9cb89dbf39715e518c8aa6868db53a90dd2f27131de198fd290e');
  });

  it('of HMAC keys is the key, in a buffer of its own', () => {
    const secret = randomBytes(48);
    const material = schemeMaterial('HMAC_384', { secret });
    expect(Buffer.from(material)).toEqual(secret);
    material.fill(0);
    expect(secret.equals(Buffer.alloc(48))).toBe(false);
  });
});
