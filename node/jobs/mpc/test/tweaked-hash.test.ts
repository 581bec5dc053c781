/** The hash of blocks is what its definition says, in batches of any size and at any place in memory. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { publicKeyFor } from '../block/fixed-key-permutation.ts';
import { TweakedHash } from '../block/tweaked-hash.ts';
import { plainHash, toBlock, toBlocks } from './support/plain-half-gates.ts';
import { seededRandom } from './support/seeded-random.ts';

const key = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

test('pi is AES-128 (FIPS 197, C.1): pi(pi(x) ^ i) ^ pi(x)', () => {
  const once = Buffer.from('69c4e0d86a7b0430d8cdb78070b4c55a', 'hex');
  const x = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
  const out = Buffer.alloc(16);
  // The second permutation is of x again where the tweak is pi(x) ^ x.
  const tweak = Buffer.from(once.map((byte, i) => byte ^ x[i]!));
  new TweakedHash(key).hash(x, tweak, out, 1);
  expect(out).toEqual(Buffer.alloc(16));
});

test('batches are hashed block by block, wherever they lie and however long they are', () => {
  fc.assert(
    fc.property(
      fc.nat(40),
      fc.integer({ min: 1, max: 9 }),
      fc.nat(9),
      fc.nat(9),
      fc.boolean(),
      (blocks, most, before, shift, inPlace) => {
        const random = seededRandom(`${blocks} ${most} ${before}`);
        const place = (bytes: Uint8Array) => {
          const memory = Buffer.from(new ArrayBuffer(before + bytes.length + 16 + shift));
          memory.set(bytes, before);
          return memory.subarray(before, before + bytes.length + shift);
        };
        const input = place(random(16 * blocks));
        const tweaks = place(random(16 * blocks));
        const expected = toBlocks(input.subarray(0, 16 * blocks)).map((x, i) =>
          plainHash(key, x, toBlocks(tweaks.subarray(0, 16 * blocks))[i]!),
        );
        const out = inPlace ? input : place(Buffer.alloc(16 * blocks));
        const rest = Buffer.from(out.subarray(16 * blocks));
        new TweakedHash(key, most).hash(input, tweaks, out, blocks);
        expect(toBlocks(out.subarray(0, 16 * blocks))).toEqual(expected);
        expect(Buffer.from(out.subarray(16 * blocks))).toEqual(rest);
      },
    ),
    { numRuns: 60 },
  );
});

test('buffers that are too short are refused', () => {
  const hash = new TweakedHash(key);
  expect(() => hash.hash(Buffer.alloc(31), Buffer.alloc(32), Buffer.alloc(32), 2)).toThrow(RangeError);
  expect(() => new TweakedHash(Buffer.alloc(15))).toThrow(RangeError);
});

test('keys differ by use and by every part of their context', () => {
  const [a, b] = [Buffer.from('a'), Buffer.from('b')];
  const keys = [
    publicKeyFor('one'),
    publicKeyFor('two'),
    publicKeyFor('one', a),
    publicKeyFor('one', a, b),
    publicKeyFor('one', b, a),
    publicKeyFor('one', Buffer.concat([a, b])),
    publicKeyFor('onea'),
  ];
  expect(new Set(keys.map(toBlock)).size).toBe(keys.length);
});
