import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  computationJson,
  computationTextMax,
  ProofRefused,
  parseComputation,
  verifyStatement,
} from '../index.ts';
import { keyOf, signedBy, statementOf } from './computation-support.ts';

const names = ['__proto__', 'bob', 'carol'];
const signed = signedBy(statementOf({ names, level: 'three-party' }), [keyOf(1), keyOf(2), keyOf(3)]);
const text = JSON.stringify(computationJson(signed));

/** The text with one place of it changed. */
function changed(from: string | RegExp, to: string): string {
  const other = text.replace(from, to);
  expect(other).not.toBe(text);
  return other;
}

describe('a signed statement as JSON', () => {
  test('is read as what was written, whatever its parties are called', () => {
    const read = parseComputation(text);
    verifyStatement(read);
    expect(JSON.stringify(computationJson(read))).toBe(text);
  });

  test('is small', () => {
    const long = Array.from({ length: 16 }, (_, at) => `p${at}`.padEnd(64, 'x'));
    const keys = long.map((_, at) => keyOf(at + 1));
    const largest = JSON.stringify(
      computationJson(signedBy(statementOf({ names: long }), keys)),
      undefined,
      2,
    );
    expect(largest.length).toBeLessThanOrEqual(computationTextMax);
  });

  test.each<[string, () => string]>([
    ['no JSON', () => text.slice(1)],
    ['a list', () => '[]'],
    ['null', () => 'null'],
    ['too long', () => text + ' '.repeat(computationTextMax)],
    ['a member too many', () => changed('{"statement":', '{"output":"00","statement":')],
    ['another name of a member', () => changed('"sessionId"', '"session"')],
    ['a text as number', () => changed('"run":7', '"run":"7"')],
    ['digits in upper case', () => changed(/"circuit":"01/, '"circuit":"0A')],
    ['a short key', () => changed(/"key":"10../, '"key":"10')],
    ['a signature of nobody', () => changed(/"bob":"11/, '"dave":"11')],
    ['parties that are none', () => changed(/"parties":\[.*?\]/, '"parties":[1,2,3]')],
    ['a party without a key', () => changed(/,"key":"[0-9a-f]*"/, '')],
    ['another version', () => changed('"version":1', '"version":2')],
    ['another level', () => changed('three-party', 'toString')],
  ])('is refused when it is %s', (_what, make) => {
    expect(() => parseComputation(make())).toThrow(ProofRefused);
  });

  test('is refused in one way, whatever the JSON is', () => {
    fc.assert(
      fc.property(fc.json(), (noise) => {
        expect(() => parseComputation(noise)).toThrow(ProofRefused);
      }),
    );
  });
});
