/**
 * Values of a primary key as they stand in subjects: as CQL writes them, but texts, dates and addresses without quotes. What does not come
 * back from its text, such as an empty number within a tuple, is its binary form: `0x…`. Runs in browsers.
 */
import { sameBytes } from '@hypergate/node/verifier';
import { CqlError } from '../errors.ts';
import type { CqlType, Value } from '../types/api.ts';
import { bytesOfText, hexOf } from '../types/binary.ts';
import { fromText } from '../types/literals.ts';
import { literalText, nativeText } from '../types/to-text.ts';
import { asWritten, hexValue, type LiteralOrder, readLiteral } from './literal.ts';
import { validate } from './values.ts';

/** @throws MarshalError */
export function keyValue(type: CqlType, text: string, order: LiteralOrder = asWritten): Value {
  const value = read(type, text, order);
  validate(type, value);
  return value;
}

function read(type: CqlType, text: string, order: LiteralOrder): Value {
  if (type.kind === 'native' && (type.name === 'text' || type.name === 'ascii')) return bytesOfText(text);
  if (text.startsWith('0x') || type.kind === 'custom') return hexValue(text);
  if (type.kind !== 'native') return readLiteral(type, text, order);
  return type.name === 'blob' ? hexValue(text) : fromText(type.name, text);
}

/** The one text of a validated value. */
export function keyText(type: CqlType, value: Value): string {
  const text = likelyText(type, value);
  return comesBack(type, text, value) ? text : `0x${hexOf(value)}`;
}

function likelyText(type: CqlType, value: Value): string {
  if (type.kind !== 'native') return literalText(type, value);
  return value.length === 0 && type.name !== 'blob' ? '' : nativeText(type.name, value);
}

function comesBack(type: CqlType, text: string, value: Value): boolean {
  try {
    return sameBytes(keyValue(type, text), value);
  } catch (error) {
    if (error instanceof CqlError) return false;
    throw error;
  }
}
