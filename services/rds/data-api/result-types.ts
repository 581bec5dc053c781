/** PostgreSQL's types as the Data API shows them: which member of a field holds a value, and JDBC's numbers of types. */
import { parseArray } from './array-text.ts';

export type Field =
  | { readonly isNull: true }
  | { readonly booleanValue: boolean }
  | { readonly longValue: number | bigint }
  | { readonly doubleValue: number }
  | { readonly stringValue: string }
  | { readonly blobValue: Uint8Array }
  | { readonly arrayValue: ArrayValue };

export interface ArrayValue {
  readonly booleanValues?: readonly (boolean | null)[];
  readonly longValues?: readonly (number | bigint | null)[];
  readonly doubleValues?: readonly (number | null)[];
  readonly stringValues?: readonly (string | null)[];
  readonly arrayValues?: readonly (ArrayValue | null)[];
}

export interface ResultOptions {
  /** `STRING` (the default) or `DOUBLE_OR_LONG`. */
  readonly decimals: 'STRING' | 'DOUBLE_OR_LONG';
  readonly longs: 'STRING' | 'LONG';
}

/** Numbers of java.sql.Types, and what is known of a type. */
interface TypeFacts {
  readonly jdbc: number;
  readonly kind: 'boolean' | 'long' | 'double' | 'decimal' | 'text' | 'blob';
  readonly precision?: number;
  readonly scale?: number;
  readonly signed?: true;
}

const types: Readonly<Record<string, TypeFacts>> = {
  bool: { jdbc: -7, kind: 'boolean', precision: 1 },
  int2: { jdbc: 5, kind: 'long', precision: 5, signed: true },
  int4: { jdbc: 4, kind: 'long', precision: 10, signed: true },
  int8: { jdbc: -5, kind: 'long', precision: 19, signed: true },
  oid: { jdbc: -5, kind: 'long', precision: 10 },
  float4: { jdbc: 7, kind: 'double', precision: 8, scale: 8, signed: true },
  float8: { jdbc: 8, kind: 'double', precision: 17, scale: 17, signed: true },
  numeric: { jdbc: 2, kind: 'decimal', signed: true },
  money: { jdbc: 8, kind: 'text', signed: true },
  bytea: { jdbc: -2, kind: 'blob', precision: 2147483647 },
  text: { jdbc: 12, kind: 'text', precision: 2147483647 },
  varchar: { jdbc: 12, kind: 'text', precision: 2147483647 },
  bpchar: { jdbc: 1, kind: 'text', precision: 2147483647 },
  name: { jdbc: 12, kind: 'text', precision: 63 },
  date: { jdbc: 91, kind: 'text', precision: 13 },
  time: { jdbc: 92, kind: 'text', precision: 15, scale: 6 },
  timetz: { jdbc: 92, kind: 'text', precision: 21, scale: 6 },
  timestamp: { jdbc: 93, kind: 'text', precision: 29, scale: 6 },
  timestamptz: { jdbc: 93, kind: 'text', precision: 35, scale: 6 },
  bit: { jdbc: -7, kind: 'text' },
};
const other: TypeFacts = { jdbc: 1111, kind: 'text', precision: 2147483647 };

export const factsOf = (typeName: string): TypeFacts => types[typeName] ?? other;

/** @param typeName of pg_type; one of an array begins with `_` */
export function fieldOf(typeName: string, text: string | null, options: ResultOptions): Field {
  if (text === null) return { isNull: true };
  if (typeName.startsWith('_'))
    return { arrayValue: arrayOf(factsOf(typeName.slice(1)).kind, parseArray(text)) };
  const { kind } = factsOf(typeName);
  switch (kind) {
    case 'boolean':
      return { booleanValue: text === 't' };
    case 'long':
      return options.longs === 'STRING' ? { stringValue: text } : { longValue: longOf(text) };
    case 'double':
      return { doubleValue: Number(text) };
    case 'decimal':
      return decimalOf(text, options);
    case 'blob':
      return { blobValue: Buffer.from(text.slice(2), 'hex') };
    case 'text':
      return { stringValue: typeName === 'timestamptz' ? inUtc(text) : text };
  }
}

function longOf(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

function decimalOf(text: string, { decimals }: ResultOptions): Field {
  if (decimals === 'STRING') return { stringValue: text };
  return text.includes('.') || !Number.isSafeInteger(Number(text))
    ? { doubleValue: Number(text) }
    : { longValue: Number(text) };
}

/** Sessions are in UTC, and the zone is left out. */
const inUtc = (text: string): string => text.replace(/\+00(?::00)?$/, '');

type Nested = readonly (string | null | Nested)[];

function arrayOf(kind: TypeFacts['kind'], items: Nested): ArrayValue {
  if (items.some(Array.isArray)) {
    return { arrayValues: items.map((item) => (Array.isArray(item) ? arrayOf(kind, item as Nested) : null)) };
  }
  const texts = items as readonly (string | null)[];
  const each = <Value>(read: (text: string) => Value) =>
    texts.map((text) => (text === null ? null : read(text)));
  switch (kind) {
    case 'boolean':
      return { booleanValues: each((text) => text === 't') };
    case 'long':
      return { longValues: each(longOf) };
    case 'double':
      return { doubleValues: each(Number) };
    default:
      return { stringValues: texts };
  }
}
