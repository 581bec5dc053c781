import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecryptionError } from '../../errors.ts';
import { baseMultiply, encodeElement, encodeScalar, groupOrder } from '../../ristretto-portable.ts';
import { countingRandom } from '../../test/counting-random.ts';
import { findNodeOnly } from '../../test/portable.ts';
import {
  ciphertextBytes,
  compressProof,
  type EpochStatement,
  parametersV1,
  proofBytes,
  proveEncryption,
  recoverEncrypted,
  soundnessBits,
  verifyEncryption,
} from '../index.ts';
import { fixture, hex, tiny } from './fixture.ts';
import { verifyPlainly } from './plain-verifier.ts';

const soak = process.env.HYPERGATE_SOAK === '1';
const one = fixture('one');
const { statement, secret, readSecret, random } = one;
const full = proveEncryption(secret, statement, random);
const small = proveEncryption(secret, statement, random, tiny);

const verdict = (bytes: Uint8Array, of: EpochStatement = statement, parameters = parametersV1) => {
  const checked = verifyEncryption(of, bytes, parameters);
  return checked.ok ? 'accepted' : checked.reason;
};

describe('a verifiable encryption', () => {
  it('verifies, and gives the epoch key to the holder of the read key', () => {
    expect(verdict(full)).toBe('accepted');
    expect(verifyPlainly(statement, full, parametersV1)).toBe(true);
    const recovered = recoverEncrypted(readSecret, statement.domain, full);
    expect(recovered.epoch).toBe(statement.epoch);
    expect(hex(recovered.secret)).toBe(hex(secret));
    expect(hex(recovered.commitment)).toBe(hex(statement.commitment));
  });

  it('is still recovered from after everything was dropped that only verification needs', () => {
    const ciphertext = compressProof(full);
    expect([full.length, ciphertext.length]).toEqual([10_853, 6_757]);
    expect([proofBytes(), ciphertextBytes()]).toEqual([10_853, 6_757]);
    expect(hex(recoverEncrypted(readSecret, statement.domain, ciphertext).secret)).toBe(hex(secret));
    expect(verdict(ciphertext)).toContain('only the full proof can be verified');
    expect(() => compressProof(ciphertext)).toThrow(new DecryptionError('format'));
  });

  it('keeps its golden bytes, and old bytes stay valid', () => {
    const text = readFileSync(new URL('golden/proof-v1.json', import.meta.url), 'utf8');
    const golden = JSON.parse(text) as Record<
      'domain' | 'readKey' | 'commitment' | 'secret' | 'proof',
      string
    > & {
      epoch: number;
    };
    const bytes = (name: 'domain' | 'readKey' | 'commitment' | 'secret') => Buffer.from(golden[name], 'hex');
    const proof = Buffer.from(golden.proof, 'base64');
    const of = {
      domain: bytes('domain'),
      epoch: golden.epoch,
      readKey: bytes('readKey'),
      commitment: bytes('commitment'),
    };
    expect(verdict(proof, of)).toBe('accepted');
    expect(hex(recoverEncrypted(readSecret, of.domain, proof).secret)).toBe(hex(bytes('secret')));
    expect(Buffer.from(full).equals(proof)).toBe(true);
  });

  it('is a function of its arguments, and shows other numbers for another statement or randomness', () => {
    const make = (of: EpochStatement, with_: Uint8Array) => proveEncryption(secret, of, with_, tiny);
    expect(hex(make(statement, random))).toBe(hex(small));
    const words = (bytes: Uint8Array) =>
      new Set(Array.from({ length: 14 }, (_, at) => hex(bytes.subarray(101 + 32 * at, 133 + 32 * at))));
    const others = [make({ ...statement, epoch: 4 }, random), make(statement, Buffer.alloc(32))];
    for (const other of others) expect(words(small).isDisjointFrom(words(other))).toBe(true);
  });

  it('round-trips for any key, domain and epoch', () => {
    const seeds = fc.tuple(fc.string(), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
    fc.assert(
      fc.property(seeds, ([seed, epoch]) => {
        const any = fixture(seed, epoch);
        const proof = proveEncryption(any.secret, any.statement, any.random, tiny);
        expect(verdict(proof, any.statement, tiny)).toBe('accepted');
        expect(verifyPlainly(any.statement, proof, tiny)).toBe(true);
        for (const bytes of [proof, compressProof(proof, tiny)]) {
          const recovered = recoverEncrypted(any.readSecret, any.statement.domain, bytes, tiny);
          expect(hex(recovered.secret)).toBe(hex(any.secret));
          expect(recovered.epoch).toBe(epoch);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('is refused for another domain, epoch, read key or epoch key', () => {
    const other = fixture('other').statement;
    expect(verdict(full, { ...statement, domain: other.domain })).toContain('challenge');
    expect(verdict(full, { ...statement, readKey: other.readKey })).toContain('challenge');
    expect(verdict(full, { ...statement, epoch: 4 })).toContain('another epoch');
    expect(verdict(full, { ...statement, commitment: other.commitment })).toContain('another epoch key');
    // With the fields of the head set to match, too.
    const moved = Uint8Array.from(full);
    moved[4]! += 1;
    expect(verdict(moved, { ...statement, epoch: 4 })).toContain('challenge');
    const rekeyed = Uint8Array.from(full);
    rekeyed.set(other.commitment, 5);
    expect(verdict(rekeyed, { ...statement, commitment: other.commitment })).toContain('challenge');
  });

  it('is refused after any byte of it changed', () => {
    const bits = countingRandom('bits').bytes(full.length);
    const flipped = (bytes: Uint8Array, at: number) => {
      const changed = Uint8Array.from(bytes);
      changed[at]! ^= 1 << (bits[at]! % 8);
      return changed;
    };
    for (let at = 0; at < small.length; at += 1)
      expect(verdict(flipped(small, at), statement, tiny), `byte ${at}`).not.toBe('accepted');
    // The real parameters: everything in a soak; else the head and every 250th byte behind it.
    for (let at = 0; at < full.length; at += soak || at < 40 ? 1 : 250)
      expect(verdict(flipped(full, at)), `byte ${at}`).not.toBe('accepted');
  });

  it('is refused when entries are exchanged', () => {
    for (const [left, right] of [
      [0, 1],
      [2, 4],
      [3, 5],
      [6, 8],
      [7, 9],
    ] as const) {
      const changed = Uint8Array.from(small);
      const word = (index: number) => 101 + 32 * index;
      changed.set(small.subarray(word(left), word(left) + 32), word(right));
      changed.set(small.subarray(word(right), word(right) + 32), word(left));
      expect(verdict(changed, statement, tiny)).not.toBe('accepted');
    }
  });

  it('is refused with every other length, before anything else', () => {
    for (const length of [0, 1, 101, full.length - 1, full.length - 32])
      expect(verdict(full.subarray(0, length))).toContain('length');
    for (const more of [1, 32, 1_000_000])
      expect(verdict(Buffer.concat([full, Buffer.alloc(more)]))).toContain('length');
  });

  it('is refused with encodings that are not canonical, the identity or zero', () => {
    const number = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
    const little = (value: bigint) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
    const fieldOrder = 2n ** 255n - 19n;
    // Words of the tiny proof: 2 coefficients, 2 openings, 4 hidden ciphertexts.
    const elements = [0, 1, 6, 8, 10, 12];
    const scalars = [2, 3, 4, 5, 7, 9, 11, 13];
    const replaced = (index: number, by: (word: Uint8Array) => Uint8Array) => {
      const changed = Uint8Array.from(small);
      const at = 101 + 32 * index;
      changed.set(by(small.subarray(at, at + 32)), at);
      return verdict(changed, statement, tiny);
    };
    for (const index of scalars) {
      expect(replaced(index, (word) => little(number(word) + groupOrder))).toContain('canonical');
      for (const bad of [0n, groupOrder]) expect(replaced(index, () => little(bad))).toContain('canonical');
    }
    for (const index of elements) {
      expect(replaced(index, (word) => little(fieldOrder - number(word)))).toContain('canonical');
      expect(replaced(index, () => new Uint8Array(32))).toContain('canonical');
      expect(replaced(index, (word) => little(number(word) | (1n << 255n)))).toContain('canonical');
    }
  });

  it('is refused for statements that are none', () => {
    const zero = new Uint8Array(32);
    const noElement = new Uint8Array(32).fill(0xff);
    const withKey = (commitment: Uint8Array) => {
      const changed = Uint8Array.from(full);
      changed.set(commitment, 5);
      return verdict(changed, { ...statement, commitment });
    };
    for (const bad of [zero, noElement]) {
      expect(verdict(full, { ...statement, readKey: bad })).toContain('canonical');
      expect(withKey(bad)).toContain('canonical');
    }
    for (const epoch of [-1, 0.5, 2 ** 32, Number.NaN])
      expect(verdict(full, { ...statement, epoch })).toContain('statement');
    for (const field of ['domain', 'readKey', 'commitment'] as const)
      expect(verdict(full, { ...statement, [field]: zero.subarray(1) })).toContain('statement');
  });

  it('is refused, and nothing thrown, for bytes at random', () => {
    const length = proofBytes(tiny);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: length, maxLength: length }), fc.boolean(), (bytes, hasHead) => {
        if (hasHead) bytes.set(small.subarray(0, 37));
        expect(verdict(bytes, statement, tiny)).not.toBe('accepted');
      }),
      { numRuns: 200 },
    );
  });
});

describe('the prover', () => {
  it('refuses keys, domains, epochs and randomness that are none', () => {
    expect(() => proveEncryption(new Uint8Array(32), statement, random, tiny)).toThrow(DecryptionError);
    expect(() => proveEncryption(secret.subarray(1), statement, random, tiny)).toThrow(DecryptionError);
    expect(() =>
      proveEncryption(secret, { ...statement, readKey: new Uint8Array(32) }, random, tiny),
    ).toThrow(DecryptionError);
    expect(() => proveEncryption(secret, { ...statement, epoch: -1 }, random, tiny)).toThrow(RangeError);
    expect(() => proveEncryption(secret, { ...statement, domain: secret.subarray(1) }, random, tiny)).toThrow(
      RangeError,
    );
    expect(() => proveEncryption(secret, statement, random.subarray(1), tiny)).toThrow(RangeError);
  });
});

describe('recovery', () => {
  const { domain } = statement;
  const hiddenAt = (index: number) => 101 + 32 * (3 * tiny.opened + 2 * index);

  it('needs one hidden party that is whole', () => {
    for (let whole = 0; whole < 4; whole += 1) {
      const damaged = Uint8Array.from(small);
      for (let index = 0; index < 4; index += 1)
        if (index !== whole) damaged.fill(0xff, hiddenAt(index), hiddenAt(index) + 64);
      expect(hex(recoverEncrypted(readSecret, domain, damaged, tiny).secret)).toBe(hex(secret));
    }
    const lost = Uint8Array.from(small).fill(7, hiddenAt(0));
    expect(() => recoverEncrypted(readSecret, domain, lost, tiny)).toThrow(new DecryptionError('commitment'));
  });

  it('is refused with another read secret, domain, epoch, key or share', () => {
    const fails = (bytes: Uint8Array, secretOf = readSecret, of: Uint8Array = domain) =>
      expect(() => recoverEncrypted(secretOf, of, bytes, tiny)).toThrow(new DecryptionError('commitment'));
    fails(small, readSecret + 1n);
    fails(small, readSecret, fixture('other').statement.domain);
    for (const at of [4, 20, 60, 101 + 64]) {
      const changed = Uint8Array.from(small);
      changed[at]! ^= 1;
      fails(changed);
    }
  });

  it('refuses foreign formats and lengths', () => {
    for (const bytes of [new Uint8Array(0), full, small.subarray(1), Uint8Array.from(small).fill(3, 0, 1)])
      expect(() => recoverEncrypted(readSecret, domain, bytes, tiny)).toThrow(new DecryptionError('format'));
    const badShare = Uint8Array.from(small).fill(0xff, 165, 197);
    expect(() => recoverEncrypted(readSecret, domain, badShare, tiny)).toThrow(new DecryptionError('format'));
  });

  it('does not keep the memory of what it was given', () => {
    const mine = Buffer.from(small);
    const { commitment } = recoverEncrypted(readSecret, domain, mine, tiny);
    mine.fill(0);
    expect(hex(commitment)).toBe(hex(statement.commitment));
  });
});

it('the parameters of version 1 give more than 128 bits', () => {
  let ways = 1n;
  for (let index = 0n; index < 64n; index += 1n) ways = (ways * (136n - index)) / (index + 1n);
  expect(ways > 2n ** 131n).toBe(true);
  expect(soundnessBits(parametersV1)).toBeCloseTo(131.79, 2);
  expect(parametersV1).toEqual({ parties: 136, opened: 64 });
});

it('nothing here needs what a browser lacks', () => {
  expect(findNodeOnly(new URL('../index.ts', import.meta.url))).toEqual([]);
});

it('the fixture is what it says', () => {
  expect(hex(encodeElement(baseMultiply(one.key)))).toBe(hex(statement.commitment));
  expect(hex(encodeScalar(one.key))).toBe(hex(secret));
});
