import { ristretto255 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  commitAddressSecret,
  createKeystore,
  createPooledRandom,
  deriveAddressKey,
  prfSlot,
} from '../../index.ts';
import {
  baseMultiply,
  decodeElement,
  decodeScalar,
  encodeElement,
  encodeScalar,
  groupOrder,
  hashToElement,
  reduceWide,
} from '../../ristretto-portable.ts';
import { countingRandom } from '../../test/counting-random.ts';
import { type EqualityStatement, equalityChallenge, proveEquality, verifyEquality } from '../dleq.ts';
import { addressDisclosureBytes, slotOf, verifyAddressDisclosure } from '../index.ts';
import { discloseAddressKey } from '../owner/index.ts';

const keystore = createKeystore(Buffer.alloc(32, 0x77));
const domain = Buffer.alloc(32, 0x01);
const { addressSecret } = keystore.domain(domain);
const commitment = commitAddressSecret(addressSecret);
const table = 's3.objects';
const random = countingRandom('address');
const disclosure = discloseAddressKey(addressSecret, domain, table, random.bytes(32));
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const isRefused = (
  bytes: Uint8Array,
  { of = commitment, at = domain, name = table }: { of?: Uint8Array; at?: Uint8Array; name?: string } = {},
) => !verifyAddressDisclosure(of, at, name, bytes).ok;

describe('a disclosed address key', () => {
  it('is the key with which the node addresses records', () => {
    const fresh = createPooledRandom();
    const names = fc.oneof(
      fc.constantFrom('s3.objects', '\u0001blob', 'tëst'),
      fc.string({ minLength: 1, maxLength: 60 }),
    );
    fc.assert(
      fc.property(
        names,
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array(),
        (name, at, input) => {
          const { addressSecret: secret } = keystore.domain(at);
          const disclosed = discloseAddressKey(secret, at, name, fresh.bytes(32));
          const checked = verifyAddressDisclosure(commitAddressSecret(secret), at, name, disclosed);
          if (!checked.ok) throw new Error(checked.reason);
          const key = deriveAddressKey(secret, at, name);
          expect(hex(checked.value)).toBe(key.export().toString('hex'));
          expect(hex(slotOf(checked.value, input))).toBe(prfSlot(key, input).toString('hex'));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('keeps its golden bytes', () => {
    expect(disclosure.length).toBe(addressDisclosureBytes);
    expect(hex(disclosure)).toMatchSnapshot();
    const checked = verifyAddressDisclosure(commitment, domain, table, disclosure);
    expect(checked.ok && hex(checked.value)).toMatchSnapshot();
  });

  it('is refused after any byte of it changed', () => {
    const bits = countingRandom('bits').bytes(disclosure.length);
    for (let at = 0; at < disclosure.length; at += 1) {
      const changed = Uint8Array.from(disclosure);
      changed[at]! ^= 1 << (bits[at]! % 8);
      expect(isRefused(changed), `byte ${at}`).toBe(true);
    }
  });

  it('is refused for another commitment, domain or table', () => {
    expect(isRefused(disclosure)).toBe(false);
    expect(isRefused(disclosure, { of: commitAddressSecret(addressSecret + 1n) })).toBe(true);
    expect(isRefused(disclosure, { at: Buffer.alloc(32, 0x02) })).toBe(true);
    expect(isRefused(disclosure, { name: 's3.uploads' })).toBe(true);
  });

  it('is refused with lengths, names and encodings that are none', () => {
    for (let length = 0; length < disclosure.length; length += 1)
      expect(isRefused(disclosure.subarray(0, length))).toBe(true);
    expect(isRefused(Buffer.concat([disclosure, Buffer.alloc(1)]))).toBe(true);
    for (const name of ['', 'x'.repeat(256), '\ud800']) expect(isRefused(disclosure, { name })).toBe(true);
    expect(isRefused(disclosure, { at: domain.subarray(1) })).toBe(true);
    for (const of of [Buffer.alloc(32), Buffer.alloc(32, 0xff), Buffer.alloc(0)])
      expect(isRefused(disclosure, { of })).toBe(true);
    const put = (bytes: Uint8Array, at: number) => {
      const changed = Uint8Array.from(disclosure);
      changed.set(bytes, at);
      return changed;
    };
    const beyond = (scalar: bigint) =>
      Buffer.from((scalar + groupOrder).toString(16).padStart(64, '0'), 'hex').reverse();
    for (const at of [33, 65]) {
      expect(isRefused(put(beyond(decodeScalar(disclosure.subarray(at, at + 32))), at))).toBe(true);
      expect(isRefused(put(Buffer.alloc(32), at))).toBe(true);
    }
    for (const bad of [Buffer.alloc(32), Buffer.alloc(32, 0xff), Buffer.from(`01${'00'.repeat(31)}`, 'hex')])
      expect(isRefused(put(bad, 1))).toBe(true);
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 97, maxLength: 97 }), (bytes) => {
        bytes[0] = 1;
        expect(isRefused(bytes)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('cannot be that of another secret, with whatever proof', () => {
    const liar = reduceWide(Buffer.alloc(64, 9));
    const wrong = discloseAddressKey(liar, domain, table, Buffer.alloc(32));
    expect(isRefused(wrong)).toBe(true);
    expect(isRefused(Buffer.concat([wrong.subarray(0, 33), disclosure.subarray(33)]))).toBe(true);
    expect(isRefused(Buffer.concat([disclosure.subarray(0, 33), wrong.subarray(33)]))).toBe(true);
  });
});

describe('a proof of equal logarithms', () => {
  const secret = reduceWide(Buffer.alloc(64, 3));
  const base = hashToElement(Buffer.from('base'), 'test');
  const statement: EqualityStatement = {
    context: Buffer.from('context'),
    base,
    commitment: baseMultiply(secret),
    product: base.multiply(secret),
  };

  it('holds for its own statement only', () => {
    const proof = proveEquality(secret, statement, random.bytes(32));
    expect(verifyEquality(statement, proof)).toBe(true);
    for (const changed of [
      { context: Buffer.from('Context') },
      { base: base.double() },
      { commitment: statement.commitment.double() },
      { product: statement.product.double() },
    ])
      expect(verifyEquality({ ...statement, ...changed }, proof)).toBe(false);
  });

  it('cannot be made for a product that is chosen after the challenge', () => {
    // Works against a challenge that does not cover Y: A and B at will, then Y = (B - sH) / c. Here c changes with Y.
    const { Fn } = ristretto255.Point;
    const nonce = 777n;
    const [left, right] = [baseMultiply(nonce), base.multiply(12345n)];
    const challenge = equalityChallenge(statement, left, right);
    const response = Fn.sub(nonce, Fn.mul(challenge, secret));
    const product = right.subtract(base.multiply(response)).multiply(Fn.inv(challenge));
    expect(base.multiply(response).add(product.multiply(challenge)).equals(right)).toBe(true);
    const proof = Buffer.concat([encodeScalar(challenge), encodeScalar(response)]);
    expect(verifyEquality({ ...statement, product }, proof)).toBe(false);
  });

  it('does not give the secret away when the randomness repeats', () => {
    const same = Buffer.alloc(32, 5);
    const other = { ...statement, context: Buffer.from('other') };
    const [one, two] = [statement, other].map((of) => proveEquality(secret, of, same)) as [
      Uint8Array,
      Uint8Array,
    ];
    expect(one).toEqual(proveEquality(secret, statement, same));
    const nonceOf = (proof: Uint8Array) => {
      const [challenge, response] = [0, 32].map((at) => decodeScalar(proof.subarray(at, at + 32))) as [
        bigint,
        bigint,
      ];
      return (response + challenge * secret) % groupOrder;
    };
    expect(nonceOf(one)).not.toBe(nonceOf(two));
    expect(nonceOf(one)).not.toBe(nonceOf(proveEquality(secret, statement, Buffer.alloc(32, 6))));
    // The equation of the head, checked with the secret.
    expect(hex(encodeElement(baseMultiply(nonceOf(one))))).toBe(
      hex(
        encodeElement(
          baseMultiply(decodeScalar(one.subarray(32))).add(
            decodeElement(encodeElement(statement.commitment)).multiply(decodeScalar(one.subarray(0, 32))),
          ),
        ),
      ),
    );
    expect(decodeScalar(encodeScalar(secret))).toBe(secret);
  });
});
