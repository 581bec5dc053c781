/** Keys and entries for tests: random ones, and ones that share long prefixes so that tries are deep. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { TreeEntry } from '../types.ts';

const hash = (text: string): Buffer => createHash('sha256').update(text).digest();

/** A fixed key; equal numbers give equal keys. */
export const keyNumber = (number: number): Buffer => hash(`key ${number}`);

export const dataHash = (number: number): Buffer => Buffer.concat([Buffer.of(1), hash(`data ${number}`)]);

export const entryNumber = (number: number, revision = number): TreeEntry => ({
  key: keyNumber(number),
  revision,
  dataHash: dataHash(revision),
});

/** A small universe of keys: dense at the first bits, at the last ones, and in between. */
export const someKey: fc.Arbitrary<Buffer> = fc.oneof(
  fc.nat(40).map(keyNumber),
  fc.nat(15).map((low) => {
    const key = Buffer.alloc(32, 0x5a);
    key[31] = low;
    return key;
  }),
  fc.nat(255).map((bit) => {
    const key = keyNumber(0);
    key[bit >>> 3]! ^= 0x80 >>> (bit & 7);
    return key;
  }),
  fc.nat(7).map((first) => {
    const key = Buffer.alloc(32);
    key[0] = first << 5;
    return key;
  }),
);

export const someRevision: fc.Arbitrary<number> = fc.oneof(fc.nat(5), fc.constant(Number.MAX_SAFE_INTEGER));
