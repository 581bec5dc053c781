import { beforeAll, describe, expect, it } from 'vitest';
import { partialPower } from '../combine.ts';
import { toInteger } from '../integers.ts';
import { type RsaKey, rsaKeyOf } from '../key.ts';
import { provePartial, verifyPartial } from '../proof.ts';
import { type ShareSlot, storedShareOf } from '../stored-share.ts';
import { random, randomValue, rsaNetwork, share } from './support/rsa-network.ts';
import { testKey2048 } from './support/test-keys.ts';

const x = toInteger(randomValue(256));
let key: RsaKey;
let slot: ShareSlot;
let partial: bigint;
let proof: Uint8Array;

beforeAll(async () => {
  const network = rsaNetwork();
  const common = await share(network, 'rsa-2048', testKey2048);
  key = rsaKeyOf(common);
  slot = storedShareOf((await network.parties[0]!.keys.get(common.handle))!).current;
  partial = partialPower(slot, x);
  proof = provePartial(slot, 1, x, partial, random);
});

describe('a proof of a partial', () => {
  it('holds for the partial, and for its negative, which makes the same result', () => {
    expect(verifyPartial(key, 1, x, partial, proof)).toBe(true);
    expect(verifyPartial(key, 1, x, key.modulus - partial, proof)).toBe(true);
  });

  it('holds for no other partial, value or custodian', () => {
    expect(verifyPartial(key, 1, x, (partial * 2n) % key.modulus, proof)).toBe(false);
    expect(verifyPartial(key, 1, x + 1n, partial, proof)).toBe(false);
    expect(verifyPartial(key, 2, x, partial, proof)).toBe(false);
  });

  it('cannot be made for a wrong partial, nor with a share that was not dealt', () => {
    const wrong = (partial * x) % key.modulus;
    expect(verifyPartial(key, 1, x, wrong, provePartial(slot, 1, x, wrong, random))).toBe(false);
    const other = { ...slot, share: slot.share + 2n };
    const made = partialPower(other, x);
    expect(verifyPartial(key, 1, x, made, provePartial(other, 1, x, made, random))).toBe(false);
  });

  it('is refused when it is changed or has another length', () => {
    for (const at of [0, 15, 16, 40, proof.length - 1]) {
      const changed = Uint8Array.from(proof);
      changed[at]! ^= 1;
      expect(verifyPartial(key, 1, x, partial, changed)).toBe(false);
    }
    expect(verifyPartial(key, 1, x, partial, proof.subarray(1))).toBe(false);
    expect(verifyPartial(key, 1, x, partial, new Uint8Array(proof.length))).toBe(false);
  });
});
