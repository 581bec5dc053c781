/** Groups and forms for the tests. */
import fc from 'fast-check';
import { discriminantOf } from '../discriminant.ts';
import { type ClassGroup, type Form, generator } from '../form.ts';
import { plainPower } from './plain.ts';

const groups = new Map<string, ClassGroup>();

export function testGroup(bits: number, name = 'group'): ClassGroup {
  const key = `${name} ${bits}`;
  let group = groups.get(key);
  if (group === undefined) {
    group = discriminantOf(new TextEncoder().encode(key), bits).group;
    groups.set(key, group);
  }
  return group;
}

/** Random elements, powers of (2, 1) by plain arithmetic: small exponents give small a, large ones forms of full size. */
export function elementOf(group: ClassGroup): fc.Arbitrary<Form> {
  return fc
    .oneof(fc.bigInt(0n, 400n), fc.bigInt(0n, 2n ** 64n), fc.bigInt(2n ** 300n, 2n ** 301n))
    .map((exponent) => plainPower(generator(group), exponent, group));
}

export const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
