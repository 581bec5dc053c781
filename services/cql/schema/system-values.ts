/** Values of system_schema's columns in their binary form: just the few types that it has. Specification: native protocol v5, section 6. */
import type { Value } from '../types/api.ts';

export const textValue = (text: string): Value => Buffer.from(text);
export const booleanValue = (value: boolean): Value => Uint8Array.of(value ? 1 : 0);
export const uuidValue = (hex: string): Value => Buffer.from(hex, 'hex');

export function intValue(value: number): Value {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function doubleValue(value: number): Value {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
}

export function timestampValue(milliseconds: bigint): Value {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(milliseconds);
  return bytes;
}

function withLengths(count: number, values: readonly Value[]): Value {
  return Buffer.concat([intValue(count), ...values.flatMap((value) => [intValue(value.length), value])]);
}

export const listValue = (texts: readonly string[]): Value => withLengths(texts.length, texts.map(textValue));

export const setValue = (texts: readonly string[]): Value =>
  withLengths(texts.length, texts.map(textValue).sort(Buffer.compare));

export function mapValue(map: Readonly<Record<string, string>>): Value {
  const entries = Object.entries(map)
    .map(([key, value]) => [textValue(key), textValue(value)] as const)
    .sort(([a], [b]) => Buffer.compare(a, b));
  return withLengths(entries.length, entries.flat());
}
