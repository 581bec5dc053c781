import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CqlType, Value } from '../../../types/api.ts';
import {
  bytesOfFloat32,
  bytesOfFloat64,
  bytesOfInt32,
  bytesOfInt64,
  bytesOfText,
} from '../../../types/binary.ts';
import { encodeList, encodeMap, encodeTuple } from '../../../types/collections.ts';
import { encodeDecimal } from '../../../types/decimal.ts';
import { encodeDuration } from '../../../types/duration-value.ts';
import { sortMap, sortSet } from '../../../types/sort.ts';
import { encodeVarint } from '../../../types/varint.ts';
import { sandboxLimits } from '../limits.ts';
import { compile, native, point, sandbox, schemaOf } from './support.ts';

describe.each(['javascript', 'lua'])('%s and null', (language) => {
  const body = language === 'lua' ? 'return 7' : '7';

  test('a function that is called on null is', () => {
    expect(compile(['a int'], 'int', body, { language }).call([undefined])).toEqual(bytesOfInt32(7));
  });

  test.each([[undefined], [new Uint8Array(0)]])(
    'a function that returns null on null is not called',
    (value) => {
      const fn = compile(['a int', 'b int'], 'int', body, { language, calledOnNull: false });
      expect(fn.call([bytesOfInt32(1), value])).toBeUndefined();
      expect(fn.call([bytesOfInt32(1), bytesOfInt32(1)])).toEqual(bytesOfInt32(7));
    },
  );

  test('an empty text is not null', () => {
    const fn = compile(['a text'], 'int', body, { language, calledOnNull: false });
    expect(fn.call([new Uint8Array(0)])).toEqual(bytesOfInt32(7));
  });
});

interface Typed {
  readonly type: CqlType;
  readonly value: Value;
}

const natives: fc.Arbitrary<Typed> = fc.oneof(
  fc.integer().map((value) => ({ type: native('int'), value: bytesOfInt32(value) })),
  fc
    .bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n })
    .map((value) => ({ type: native('bigint'), value: bytesOfInt64(value) })),
  fc
    .bigInt({ min: -(1n << 90n), max: 1n << 90n })
    .map((value) => ({ type: native('varint'), value: encodeVarint(value) })),
  fc
    .record({
      unscaled: fc.bigInt({ min: -(1n << 70n), max: 1n << 70n }),
      scale: fc.integer({ min: -30, max: 30 }),
    })
    .map((value) => ({ type: native('decimal'), value: encodeDecimal(value) })),
  fc.double({ noNaN: true }).map((value) => ({ type: native('double'), value: bytesOfFloat64(value) })),
  fc.float({ noNaN: true }).map((value) => ({ type: native('float'), value: bytesOfFloat32(value) })),
  fc.boolean().map((value) => ({ type: native('boolean'), value: Uint8Array.of(value ? 1 : 0) })),
  fc.string({ unit: 'binary' }).map((value) => ({ type: native('text'), value: bytesOfText(value) })),
  fc.uint8Array().map((value) => ({ type: native('blob'), value })),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((value) => ({ type: native('uuid'), value })),
  fc
    .constantFrom(4, 16)
    .chain((length) =>
      fc
        .uint8Array({ minLength: length, maxLength: length })
        .map((value) => ({ type: native('inet'), value })),
    ),
  fc
    .integer({ min: 0, max: 86_399_999 })
    .map((value) => ({ type: native('time'), value: bytesOfInt64(BigInt(value) * 1_000_000n) })),
  fc
    .integer({ min: -1e13, max: 1e13 })
    .map((value) => ({ type: native('timestamp'), value: bytesOfInt64(BigInt(value)) })),
  fc
    .integer({ min: -1e6, max: 1e6 })
    .map((value) => ({ type: native('date'), value: bytesOfInt32(value + 2 ** 31) })),
  fc
    .record({ months: fc.nat(), days: fc.nat(), nanoseconds: fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }) })
    .map((value) => ({ type: native('duration'), value: encodeDuration(value) })),
);

/** Several values of one type. */
const several = natives.chain(({ type, value }) =>
  fc.array(natives, { maxLength: 30 }).map((others) => ({
    type,
    values: [
      value,
      ...others
        .filter((one) => one.type.kind === 'native' && type.kind === 'native' && one.type.name === type.name)
        .map((one) => one.value),
    ],
  })),
);

const composed: fc.Arbitrary<Typed> = fc.oneof(
  several.map(({ type, values }) => ({
    type: { kind: 'list', element: type, frozen: false } as const,
    value: encodeList(values),
  })),
  several
    .filter(({ type }) => type.kind === 'native' && type.name !== 'duration')
    .map(({ type, values }) => ({
      type: { kind: 'set', element: type, frozen: false } as const,
      value: encodeList(sortSet(type, values)),
    })),
  fc
    .tuple(fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 5 }), { maxLength: 5 }), natives)
    .map(([keys, { type, value }]) => ({
      type: { kind: 'map', key: native('text'), value: type, frozen: false } as const,
      value: encodeMap(
        sortMap(
          native('text'),
          keys.flatMap((key) => [bytesOfText(key), value]),
        ),
      ),
    })),
  fc.tuple(natives, fc.option(natives, { nil: undefined })).map(([first, second]) => ({
    type: { kind: 'tuple', elements: [first.type, native('int'), second?.type ?? native('text')] } as const,
    value: encodeTuple([first.value, undefined, second?.value]),
  })),
  fc.tuple(fc.integer(), fc.string()).map(([x, label]) => ({
    type: point,
    value: encodeTuple([bytesOfInt32(x), bytesOfText(label)]),
  })),
);

describe.each([
  ['javascript', 'a'],
  ['lua', 'return a'],
])('%s', (language, body) => {
  test('a value that a function returns as it got it is the same', () => {
    fc.assert(
      fc.property(fc.oneof(natives, composed), ({ type, value }) => {
        const fn = sandbox.compile({
          ...schemaOf([], 'int', body, { language }),
          argumentNames: ['a'],
          argumentTypes: [type],
          returnType: type,
        });
        expect(Buffer.from(fn.call([value])!)).toEqual(Buffer.from(value));
      }),
      { numRuns: 400 },
    );
  });
});

test.each(['javascript', 'lua'])('%s: texts may have zeros anywhere', (language) => {
  const fn = compile(['a text'], 'text', language === 'lua' ? 'return a' : 'a', { language });
  for (const text of ['', '\0', '\0a', 'a\0', 'a\0b', 'a'])
    expect(Buffer.from(fn.call([bytesOfText(text)])!).toString()).toBe(text);
});

test('a map whose keys are lists keeps them', () => {
  const list: CqlType = { kind: 'list', element: native('int'), frozen: true };
  const type: CqlType = { kind: 'map', key: list, value: native('int'), frozen: false };
  const value = encodeMap([encodeList([bytesOfInt32(1)]), bytesOfInt32(2)]);
  for (const [language, body] of [
    ['javascript', 'a'],
    ['lua', 'return a'],
  ] as const) {
    const fn = sandbox.compile({
      ...schemaOf([], 'int', body, { language }),
      argumentNames: ['a'],
      argumentTypes: [type],
      returnType: type,
    });
    expect(Buffer.from(fn.call([value])!)).toEqual(Buffer.from(value));
  }
});

test('a function works also when more have been compiled since than are kept', () => {
  const first = compile(['a int'], 'int', 'a + 1');
  for (let index = 0; index <= sandboxLimits.programsMax; index += 1) compile([], 'int', `${index}`);
  expect(first.call([bytesOfInt32(1)])).toEqual(bytesOfInt32(2));
});

test('functions in turns do not disturb one another', () => {
  const functions = [1, 2, 3].map((number) => compile(['a int'], 'int', `x = ${number}; a * x`));
  for (let turn = 0; turn < 20; turn += 1)
    functions.forEach((fn, index) => {
      expect(fn.call([bytesOfInt32(turn)])).toEqual(bytesOfInt32(turn * (index + 1)));
    });
});
