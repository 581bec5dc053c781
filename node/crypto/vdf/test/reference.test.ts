import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { concat } from '../bytes.ts';
import { powerOfTwoModulo } from '../challenge-prime.ts';
import { compose, power } from '../compose.ts';
import { discriminantOf } from '../discriminant.ts';
import { generator } from '../form.ts';
import { encodeElement, outputBytes } from '../format/v1.ts';
import {
  multiProverExponent,
  multiProverPrime,
  referenceAcceptsSet,
  referenceAcceptsSetIn,
} from '../reference.ts';
import { nativeMayBePrime } from '../worker/native-prime.ts';
import { bytesOf } from './groups.ts';

interface Set {
  challenge: string;
  bits: number;
  iterations: number;
  ids: string[];
  primeB: string;
  idExponents: string[];
  blobs: string[];
  expect: boolean;
  negative: { name: string; blobs: string[]; ids: string[]; expect: boolean }[];
}

const { multiProver } = JSON.parse(readFileSync(new URL('./golden/vdf.json', import.meta.url), 'utf8')) as {
  multiProver: Set[];
};

describe.each(multiProver)(
  'set of $bits bits',
  ({ challenge, bits, iterations, ids, primeB, idExponents, blobs, negative }) => {
    const statement = { challenge: bytesOf(challenge), iterations, bits };
    const idBytes = ids.map(bytesOf);
    const outputs = blobs.map(bytesOf);
    const { group } = discriminantOf(statement.challenge, bits, { mayBePrime: nativeMayBePrime });

    test('prime, exponents and answer of the reference', () => {
      expect(multiProverPrime(statement, idBytes)).toBe(BigInt(`0x${primeB}`));
      expect(idBytes.map((id) => multiProverExponent(statement.challenge, id))).toEqual(
        idExponents.map((hex) => BigInt(`0x${hex}`)),
      );
      expect(referenceAcceptsSet(statement, idBytes, outputs, { mayBePrime: nativeMayBePrime })).toBe(true);
    });

    test.each(negative)('$name', (set) => {
      expect(referenceAcceptsSetIn(group, statement, set.ids.map(bytesOf), set.blobs.map(bytesOf))).toBe(
        set.expect,
      );
    });

    test('permuted outputs pass, as in the reference: only the product counts', () => {
      expect(referenceAcceptsSetIn(group, statement, idBytes, [...outputs].reverse())).toBe(true);
      expect(referenceAcceptsSetIn(group, statement, [...idBytes].reverse(), outputs)).toBe(true);
    });
  },
);

test('a set made without any squaring passes: the weakness that the warning names', () => {
  const statement = { challenge: new TextEncoder().encode('no work'), iterations: 2 ** 32 - 1, bits: 256 };
  const ids = ['a', 'b'].map((id) => new TextEncoder().encode(id));
  const { group } = discriminantOf(statement.challenge, 256);
  const prime = multiProverPrime(statement, ids)!;
  const rest = powerOfTwoModulo(statement.iterations, prime);
  const outputs = ids.map((id) => {
    const pi = power(generator(group), 12_345n, group);
    const exponent = rest * multiProverExponent(statement.challenge, id);
    const y = compose(power(pi, prime, group), power(generator(group), exponent, group), group);
    return concat(encodeElement(y, 256), encodeElement(pi, 256));
  });
  expect(referenceAcceptsSet(statement, ids, outputs)).toBe(true);
});

test('malformed sets are refused', () => {
  const statement = { challenge: new Uint8Array([7]), iterations: 10, bits: 256 };
  const output = new Uint8Array(outputBytes(256));
  const id = new Uint8Array([1]);
  expect(referenceAcceptsSet(statement, [], [])).toBe(false);
  expect(referenceAcceptsSet(statement, [id], [])).toBe(false);
  expect(referenceAcceptsSet(statement, [id], [output])).toBe(false);
  expect(referenceAcceptsSet(statement, [id], [output.subarray(1)])).toBe(false);
  expect(referenceAcceptsSet({ ...statement, bits: 100 }, [id], [output])).toBe(false);
  expect(referenceAcceptsSet({ ...statement, iterations: 0 }, [id], [output])).toBe(false);
  const many = Array.from({ length: 129 }, () => id);
  expect(
    referenceAcceptsSet(
      statement,
      many,
      many.map(() => output),
    ),
  ).toBe(false);
});
