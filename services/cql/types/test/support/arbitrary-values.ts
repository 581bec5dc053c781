/** Types and values of them for properties. */
import fc from 'fast-check';
import { type CqlType, type NativeName, nativeNames, type Value } from '../../api.ts';
import {
  bytesOfFloat32,
  bytesOfFloat64,
  bytesOfInt8,
  bytesOfInt16,
  bytesOfInt32,
  bytesOfInt64,
  bytesOfText,
} from '../../binary.ts';
import { encodeList, encodeMap, encodeTuple, encodeVector } from '../../collections.ts';
import { encodeDecimal } from '../../decimal.ts';
import { encodeDuration } from '../../duration-value.ts';
import { sortMap, sortSet } from '../../sort.ts';
import { encodeVarint } from '../../varint.ts';

export function native(name: NativeName): CqlType {
  return { kind: 'native', name };
}

const bytes = fc
  .array(fc.oneof(fc.constantFrom(0, 0, 1, 0xfe, 0xff), fc.integer({ min: 0, max: 255 })), { maxLength: 12 })
  .map((list) => Uint8Array.from(list));

/** Near powers of two, where lengths and signs change. */
const edges = fc
  .tuple(fc.integer({ min: 0, max: 70 }), fc.integer({ min: -2, max: 2 }), fc.boolean())
  .map(([power, offset, negative]) => ((1n << BigInt(power)) + BigInt(offset)) * (negative ? -1n : 1n));

export const int64 = fc
  .oneof(edges, fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }))
  .map((value) => BigInt.asIntN(64, value));
export const varint = fc.oneof(edges, fc.bigInt({ min: -(1n << 200n), max: 1n << 200n }));
export const decimal = fc.record({
  unscaled: fc.oneof(
    fc.bigInt({ min: -200n, max: 200n }),
    varint,
    fc.bigInt({ min: -99n, max: 99n }).map((value) => value * 10n ** 30n),
  ),
  scale: fc.oneof(fc.integer({ min: -6, max: 40 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
});
export const duration = fc
  .tuple(
    fc.nat(2 ** 31 - 1),
    fc.nat(2 ** 31 - 1),
    fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }),
    fc.boolean(),
  )
  .map(([months, days, nanoseconds, negative]) => ({
    months: negative ? 0 - months : months,
    days: negative ? 0 - days : days,
    nanoseconds: negative ? -nanoseconds : nanoseconds,
  }));

const int32 = fc.oneof(
  edges.map((value) => Number(BigInt.asIntN(32, value))),
  fc.integer(),
);
const uuid = fc
  .tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.constantFrom(1, 1, 4, 0, 7, 15))
  .map(([value, version]) => {
    value[6] = (value[6]! & 0xf) | (version << 4);
    return value;
  });
const long = int64.map(bytesOfInt64);

const natives: Readonly<Record<NativeName, fc.Arbitrary<Value>>> = {
  ascii: fc.string().map(bytesOfText),
  bigint: long,
  blob: bytes,
  boolean: fc.boolean().map((value) => Uint8Array.of(value ? 1 : 0)),
  counter: long,
  date: int32.map(bytesOfInt32),
  decimal: decimal.map(encodeDecimal),
  double: fc.double().map(bytesOfFloat64),
  duration: duration.map(encodeDuration),
  float: fc.float().map(bytesOfFloat32),
  inet: fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  ),
  int: int32.map(bytesOfInt32),
  smallint: fc.integer({ min: -(2 ** 15), max: 2 ** 15 - 1 }).map(bytesOfInt16),
  text: fc.oneof(fc.string(), fc.constantFrom('', '\0', 'a\0', 'a\0\0', 'a', 'ab', 'ä')).map(bytesOfText),
  time: fc.bigInt({ min: 0n, max: 86_399_999_999_999n }).map(bytesOfInt64),
  timestamp: long,
  timeuuid: uuid.map((value) => {
    value[6] = (value[6]! & 0xf) | 0x10;
    return value;
  }),
  tinyint: fc.integer({ min: -128, max: 127 }).map(bytesOfInt8),
  uuid,
  varint: varint.map(encodeVarint),
};

export function arbitraryValue(type: CqlType): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'native':
      return natives[type.name];
    case 'list':
      return fc.array(arbitraryValue(type.element), { maxLength: 4 }).map(encodeList);
    case 'set':
      return fc
        .array(arbitraryValue(type.element), { maxLength: 4 })
        .map((elements) => encodeList(sortSet(type.element, elements)));
    case 'map':
      return fc
        .array(fc.tuple(arbitraryValue(type.key), arbitraryValue(type.value)), { maxLength: 3 })
        .map((entries) => encodeMap(sortMap(type.key, entries.flat())));
    case 'tuple':
    case 'udt': {
      const types = type.kind === 'tuple' ? type.elements : type.fields.map((field) => field.type);
      return fc
        .tuple(...types.map((one) => fc.option(arbitraryValue(one), { nil: undefined })))
        .map(encodeTuple);
    }
    case 'vector':
      return fc
        .array(arbitraryValue(type.element), { minLength: type.dimension, maxLength: type.dimension })
        .map((elements) => encodeVector(type, elements));
    case 'custom':
      return bytes;
  }
}

const nativeType = fc.constantFrom(...nativeNames).map(native);

/** Frozen, without durations and counters where there is an order. */
export function arbitraryType(depth = 2): fc.Arbitrary<CqlType> {
  if (depth === 0) return nativeType;
  const inner = arbitraryType(depth - 1);
  const identifier = fc.constantFrom('a', 'b_2', 'Upper', 'with "quotes"', 'select', 'ä');
  return fc.oneof(
    { weight: 3, arbitrary: nativeType },
    { weight: 1, arbitrary: inner.map((element) => ({ kind: 'list', element, frozen: true }) as const) },
    { weight: 1, arbitrary: inner.map((element) => ({ kind: 'set', element, frozen: true }) as const) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(inner, inner)
        .map(([key, value]) => ({ kind: 'map', key, value, frozen: true }) as const),
    },
    {
      weight: 1,
      arbitrary: fc
        .array(inner, { minLength: 1, maxLength: 3 })
        .map((elements) => ({ kind: 'tuple', elements }) as const),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(identifier, fc.uniqueArray(identifier, { minLength: 1, maxLength: 3 }), inner)
        .map(([name, fields, type]) => ({
          kind: 'udt' as const,
          keyspace: 'ks',
          name,
          fields: fields.map((field) => ({ name: field, type })),
          frozen: true,
        })),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(inner, fc.integer({ min: 1, max: 3 }))
        .map(([element, dimension]) => ({ kind: 'vector', element, dimension }) as const),
    },
  );
}

export const typeAndValue = arbitraryType().chain((type) =>
  fc.tuple(fc.constant(type), arbitraryValue(type)),
);
export const typeAndValues = arbitraryType().chain((type) =>
  fc.tuple(fc.constant(type), arbitraryValue(type), arbitraryValue(type)),
);

export function hex(value: Uint8Array | undefined): string {
  return value === undefined ? 'null' : Buffer.from(value).toString('hex');
}

export function fromHex(text: string): Uint8Array {
  return Buffer.from(text.replaceAll(/[ ·]/g, ''), 'hex');
}
