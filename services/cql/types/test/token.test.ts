import fc from 'fast-check';
import { expect, test } from 'vitest';
import { orderedToken, orderedTokenBytes, tokenOf, tokenOfOrderedBytes } from '../token.ts';
import { fromHex, hex } from './support/arbitrary-values.ts';

// As cassandra-driver 4.10 computes them; bytes of 0x80 and more in the last block are where Cassandra leaves the original.
test.each([
  ['00', 5048724184180415669n],
  ['ff', -4442228696663692417n],
  ['00000001', -4069959284402364209n],
  ['ffffffff', 7297452126230313552n],
  ['0000000000000001', 6292367497774912474n],
  ['8080808080808080', -1779431913235548342n],
  ['68656c6c6f', -3758069500696749310n],
  ['0123456789abcdef0123456789abcdef', 7106092891388100052n],
  ['fffefdfcfbfaf9f8f7f6f5f4f3f2f1', -5987817694781604974n],
  ['fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0efeeedecebeae9e8e7e6e5e4e3e2e1e0df', 3497712939828832803n],
])('the token of %s is that of Cassandra', (key, token) => expect(tokenOf(fromHex(key))).toBe(token));

const int64 = (value: bigint) => BigInt.asUintN(64, value);
const rotate = (value: bigint, bits: bigint) => int64((value << bits) | (value >> (64n - bits)));

/** The algorithm written down plainly, in arithmetic of 64 bits. */
function model(key: Uint8Array): bigint {
  const c1 = 0x87c37b91114253d5n;
  const c2 = 0x4cf5ad432745937fn;
  const word = (from: number, signed: boolean) => {
    let value = 0n;
    for (let index = 0; index < 8 && from + index < key.length; index += 1) {
      const byte = BigInt(key[from + index]!);
      value ^= (signed ? int64(BigInt.asIntN(8, byte)) : byte) << BigInt(index * 8);
    }
    return int64(value);
  };
  const mix = (value: bigint, first: bigint, bits: bigint, second: bigint) =>
    int64(rotate(int64(value * first), bits) * second);
  const finish = (value: bigint) => {
    let mixed = int64((value ^ (value >> 33n)) * 0xff51afd7ed558ccdn);
    mixed = int64((mixed ^ (mixed >> 33n)) * 0xc4ceb9fe1a85ec53n);
    return mixed ^ (mixed >> 33n);
  };
  let h1 = 0n;
  let h2 = 0n;
  const whole = key.length - (key.length % 16);
  for (let at = 0; at < whole; at += 16) {
    h1 = int64(rotate(h1 ^ mix(word(at, false), c1, 31n, c2), 27n) + h2);
    h1 = int64(h1 * 5n + 0x52dce729n);
    h2 = int64(rotate(h2 ^ mix(word(at + 8, false), c2, 33n, c1), 31n) + h1);
    h2 = int64(h2 * 5n + 0x38495ab5n);
  }
  h2 ^= mix(word(whole + 8, true), c2, 33n, c1);
  h1 ^= mix(word(whole, true), c1, 31n, c2);
  const length = BigInt(key.length);
  h1 = int64((h1 ^ length) + (h2 ^ length));
  h2 = int64((h2 ^ length) + h1);
  const token = BigInt.asIntN(64, finish(h1) + finish(h2));
  return token === -(1n << 63n) ? (1n << 63n) - 1n : token;
}

test('tokens are those of the plain algorithm at every length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 70 }), (key) => {
      expect(tokenOf(key)).toBe(model(key));
    }),
    { numRuns: 2000 },
  );
});

test('ordered bytes of tokens sort as the tokens and give them back', () => {
  const key = fc.uint8Array({ minLength: 1, maxLength: 24 });
  fc.assert(
    fc.property(key, key, (left, right) => {
      const [first, second] = [tokenOf(left), tokenOf(right)];
      expect(Math.sign(Buffer.compare(orderedToken(left), orderedToken(right)))).toBe(
        first < second ? -1 : first > second ? 1 : 0,
      );
      expect(tokenOfOrderedBytes(orderedToken(left))).toBe(first);
      expect(hex(orderedTokenBytes(first))).toBe(hex(orderedToken(left)));
    }),
  );
});
