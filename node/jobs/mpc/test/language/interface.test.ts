/** Values to bits and back, what is said of values that do not fit, and interfaces that were kept. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../circuit/evaluate.ts';
import {
  checkInterface,
  compile,
  decodeOutput,
  decodeParty,
  encodeInput,
  encodeInputs,
  encodeParty,
  InterfaceError,
  parseInterface,
  runCircuitInClear,
  runInClear,
  ValueError,
  type ValueType,
} from '../../language/index.ts';
import { Choices } from './choices.ts';
import { randomValue } from './random-inputs.ts';
import type { RandomType } from './random-program.ts';

const integer = (bits: number, isSigned = false): ValueType => ({ kind: 'integer', isSigned, bits });
const bytes = (length: number): ValueType => ({ kind: 'array', element: integer(8), length });

const source = `import { bool, FixedArray, i8, u8, u64 } from 'hypergate:mpc';
  interface In { name: FixedArray<u8, 4>; points: FixedArray<{ x: i8; y: bool }, 2>; wide: u64; pair: [u8, bool] }
  export default function main(alice: In, bob: { b: u64 }) {
    return { all: { name: alice.name, points: alice.points, pair: alice.pair }, bob: { sum: alice.wide + bob.b } };
  }`;
const alice = {
  name: '00ff10a5',
  points: [
    { x: -128, y: true },
    { y: false, x: 127 },
  ],
  wide: '18446744073709551615',
  pair: [7, true],
};

describe('values', () => {
  const leaf: fc.Arbitrary<RandomType> = fc.oneof(
    fc.constant<RandomType>({ kind: 'bool' }),
    fc.record({
      kind: fc.constant('integer' as const),
      isSigned: fc.boolean(),
      bits: fc.integer({ min: 1, max: 200 }),
    }),
  );
  const type = fc.letrec<{ type: RandomType }>((tie) => ({
    type: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.record({
        kind: fc.constant('array' as const),
        element: tie('type'),
        length: fc.nat({ max: 4 }),
      }),
      fc.record({
        kind: fc.constant('struct' as const),
        fields: fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'toString', 'constructor'), tie('type')), {
          maxLength: 3,
          selector: ([name]) => name,
        }),
      }),
    ),
  })).type;
  const asValueType = (of: RandomType): ValueType => {
    if (of.kind === 'array') return { ...of, element: asValueType(of.element) };
    if (of.kind !== 'struct') return of;
    return { kind: 'struct', fields: of.fields.map(([name, each]) => ({ name, type: asValueType(each) })) };
  };

  test('are bits and the same values again', () => {
    fc.assert(
      fc.property(type, fc.nat(), (of, seed) => {
        const value = randomValue(new Choices(String(seed)), of);
        const bits = encodeInput(asValueType(of), value);
        expect(decodeOutput(asValueType(of), bits)).toEqual(value);
      }),
    );
  });

  test('integers are numbers, bigints and texts', () => {
    const type = integer(16, true);
    for (const value of [-2, -2n, '-2', '-0x2'])
      expect(decodeOutput(type, encodeInput(type, value))).toBe(-2);
  });

  test('bytes are digits, arrays and bytes, and wide integers what is asked for', () => {
    for (const value of ['0aff', [10, 255], Uint8Array.of(10, 255)]) {
      expect(decodeOutput(bytes(2), encodeInput(bytes(2), value), { bytes: 'hex' })).toBe('0aff');
    }
    const bits = encodeInput(integer(64), 2n ** 60n);
    expect(decodeOutput(integer(64), bits)).toBe(String(2n ** 60n));
    expect(decodeOutput(integer(64), bits, { wide: 'bigint' })).toBe(2n ** 60n);
  });

  test.each<[ValueType, unknown, RegExp]>([
    [integer(8), 256, /range of u8, which is 0 to 255/],
    [integer(8), -1, /range of u8/],
    [integer(8, true), 128, /-128 to 127/],
    [integer(64), 2 ** 60, /beyond 2\^53/],
    [integer(8), 1.5, /not whole/],
    [integer(8), Number.NaN, /not whole/],
    [integer(8), '1e3', /no integer/],
    [integer(8), '', /no integer/],
    [integer(8), ' 1', /no integer/],
    [integer(8), '9'.repeat(100_000), /no integer/],
    [integer(8), null, /not null/],
    [integer(8), true, /not boolean/],
    [{ kind: 'bool' }, 1, /true or false/],
    [bytes(2), 'abc', /2 bytes have to be here, not 1.5/],
    [bytes(2), 'zzzz', /hexadecimal/],
    [bytes(2), [1], /2 elements have to be here, not 1/],
    [bytes(2), [1, 256], /^\[1\]: out of the range/],
    [bytes(2), {}, /an array has to be here, not object/],
    [
      { kind: 'struct', fields: [{ name: 'toString', type: integer(8) }] },
      {},
      /toString: the field is missing/,
    ],
    [{ kind: 'struct', fields: [] }, { a: 1 }, /no field "a"/],
    [{ kind: 'struct', fields: [] }, [], /an object has to be here/],
    [{ kind: 'tuple', elements: [integer(8)] }, [1, 2], /1 elements/],
  ])('%o refuses %o', (type, value, message) => {
    expect(() => encodeInput(type, value)).toThrow(ValueError);
    expect(() => encodeInput(type, value)).toThrow(message);
  });

  test('an error never says what the value is', () => {
    for (const value of [123_456, 'secret', '123456x', -77]) {
      let text = '';
      try {
        encodeInput(integer(6), value, 'alice.pin');
      } catch (error) {
        text = String(error);
      }
      expect(text).toMatch(/^ValueError: alice\.pin: /);
      expect(text).not.toContain(String(value));
    }
  });

  test('bits that are too many or too few are refused', () => {
    expect(() => decodeOutput(integer(8), new Uint8Array(7))).toThrow(InterfaceError);
    expect(() => decodeOutput(integer(8), new Uint8Array(9))).toThrow(InterfaceError);
  });
});

describe('inputs and outputs of a program', () => {
  const compiled = compile(source);

  test('go by party and name', () => {
    const results = runCircuitInClear(compiled, { alice, bob: { b: 2 } }, { bytes: 'hex' });
    const all = { ...alice, wide: undefined };
    expect(results).toEqual({ alice: { ...all }, bob: { ...all, sum: '1' } });
    expect(runInClear(compiled, { alice, bob: { b: 2 } }, { bytes: 'hex' })).toEqual(results);
  });

  test('of one party are its own alone', () => {
    const { circuit, interface: schema } = compiled;
    const own = [encodeParty(schema, 'alice', alice), encodeParty(schema, 'bob', { b: 5n })];
    expect(own.map((each) => each.map((bits) => bits?.length))).toEqual([
      [32, 18, 64, 9, undefined],
      [undefined, undefined, undefined, undefined, 64],
    ]);
    const outputs = evaluate(
      circuit,
      own[0]!.map((bits, i) => (bits ?? own[1]![i])!),
    );
    expect(decodeParty(schema, 'bob', outputs)).toMatchObject({ sum: '4', pair: [7, true] });
    expect(decodeParty(schema, 'alice', [...outputs.slice(0, 3), undefined])).not.toHaveProperty('sum');
  });

  test.each([
    [{ alice }, /bob: the inputs are missing/],
    [{ alice, bob: {} }, /bob\.b: the input is missing/],
    [{ alice, bob: { b: 1, c: 1 } }, /bob: there is no input "c"/],
    [{ alice, bob: { b: 1 }, eve: {} }, /no party "eve"/],
    [{ alice: { ...alice, points: [{ x: 1, y: 1 }] }, bob: { b: 1 } }, /alice\.points: 2 elements/],
  ])('that do not fit are refused: %#', (inputs, message) => {
    expect(() => encodeInputs(compiled.interface, inputs as never)).toThrow(message);
  });
});

describe('an interface', () => {
  const { circuit, interface: schema } = compile(source);

  test('is JSON and the same again, and belongs to its circuit', () => {
    const kept = parseInterface(JSON.parse(JSON.stringify(schema)));
    expect(kept).toEqual(schema);
    checkInterface(kept, circuit);
    const other = { ...schema, inputs: schema.inputs.toReversed() };
    expect(() => checkInterface(other, circuit)).toThrow(InterfaceError);
  });

  test('of anything else is refused, whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(() => parseInterface(value)).toThrow(InterfaceError);
      }),
    );
  });

  test.each([
    ['another version', { version: 2 }],
    ['a party that is none', { inputs: [{ ...schema.inputs[0], party: 'eve' }] }],
    ['a type of an unknown kind', { inputs: [{ ...schema.inputs[0], type: { kind: 'float' } }] }],
    ['an integer that is too wide', { inputs: [{ ...schema.inputs[0], type: integer(1025) }] }],
    [
      'a value that is too large',
      { inputs: [{ ...schema.inputs[0], type: { kind: 'array', element: bytes(2 ** 20), length: 9 } }] },
    ],
    [
      'two fields of one name',
      {
        inputs: [
          {
            ...schema.inputs[0],
            type: {
              kind: 'struct',
              fields: [
                { name: 'a', type: integer(1) },
                { name: 'a', type: integer(1) },
              ],
            },
          },
        ],
      },
    ],
  ])('%s is refused', (_, change) => {
    expect(() => parseInterface({ ...schema, ...change })).toThrow(InterfaceError);
  });

  test('with types that are deep is refused', () => {
    let type: ValueType = integer(8);
    for (let i = 0; i < 5000; i++) type = { kind: 'array', element: type, length: 1 };
    expect(() => parseInterface({ ...schema, inputs: [{ ...schema.inputs[0], type }] })).toThrow(
      InterfaceError,
    );
  });
});

describe('warnings', () => {
  const warningsOf = (body: string) =>
    compile(`import { u8 } from 'hypergate:mpc';
export default function main(alice: { x: u8; y: u8 }, bob: { b: u8 }) {
  ${body}
}`).warnings.map(({ code, line, column, text }) => [code, line, column, text]);

  test('of inputs that nothing needs', () => {
    expect(warningsOf('return { all: { sum: alice.x + bob.b + (alice.y & 0) } };')).toEqual([
      ['unused-input', 2, 30, 'no output depends on the input y (u8) of alice'],
    ]);
  });

  test('of outputs that nobody else is needed for', () => {
    expect(
      warningsOf(
        'return { all: { sum: alice.x + bob.b }, alice: { y: alice.y + 1, n: alice.x - alice.x + 3 } };',
      ),
    ).toEqual([
      [
        'known-output',
        3,
        55,
        'alice learns y, which follows from the own inputs alone: no other party is needed for it',
      ],
      ['constant-output', 3, 71, 'the output n depends on no input'],
    ]);
  });
});
