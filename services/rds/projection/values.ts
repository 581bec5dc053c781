/** Texts of columns as they are kept in records, and the keys of rows. */
import { createHash } from 'node:crypto';
import { rowSort, type Value } from '../model/row-tables.ts';
import type { TableShape } from './catalog.ts';
import { projectionLimits } from './limits.ts';

export function keyOf(
  { keyColumns }: Pick<TableShape, 'keyColumns'>,
  texts: readonly (string | null)[],
): Buffer {
  return rowSort(keyColumns.length === 0 ? texts : keyColumns.map((column) => texts[column]!));
}

/** Long texts become their hashes, so that a record fits into a transaction whatever the row is. */
export function valuesOf(texts: readonly (string | null)[]): Value[] {
  const { valueBytesMax, rowBytesMax, shortValueBytes } = projectionLimits;
  const lengths = texts.map((text) => (text === null ? 0 : Buffer.byteLength(text)));
  const total = lengths.reduce((sum, length) => sum + (length > valueBytesMax ? 0 : length), 0);
  const max = total > rowBytesMax ? shortValueBytes : valueBytesMax;
  return texts.map((text, index): Value => {
    if (text === null) return { kind: 'null' };
    if (lengths[index]! <= max) return { kind: 'text', text };
    return { kind: 'long', bytes: lengths[index]!, sha256: createHash('sha256').update(text).digest() };
  });
}

export function sameValues(left: readonly Value[], right: readonly Value[]): boolean {
  return left.length === right.length && left.every((value, index) => sameValue(value, right[index]!));
}

function sameValue(left: Value, right: Value): boolean {
  if (left.kind === 'text') return right.kind === 'text' && left.text === right.text;
  if (left.kind === 'long') return right.kind === 'long' && left.sha256.equals(right.sha256);
  return right.kind === 'null';
}

/** About what a record with them takes. */
export function bytesOfValues(values: readonly Value[]): number {
  return values.reduce((sum, value) => sum + 40 + (value.kind === 'text' ? value.text.length : 0), 64);
}
