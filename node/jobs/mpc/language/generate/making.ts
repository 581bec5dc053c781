/** What the parts of the generator share, and values while gates are made. */
import { type Bit, CircuitBuilder, FALSE, TRUE, type Word } from '../../circuit/builder.ts';
import { constantWord, muxWord } from '../../circuit/words/index.ts';
import type { Budget } from '../budget.ts';
import { rangeText } from '../check/convert.ts';
import type { CompileError, CompileErrorCode, SourceText, Span } from '../errors.ts';
import { holds, sameType, sizeOf, type Type } from '../types.ts';

/**
 * By type: a number is a bigint, a boolean a bit, an integer a word; an array, a tuple and a struct are the values of their parts
 * in order. Never changed once made, so that what is equal can be shared.
 */
export type Value = bigint | Bit | readonly Value[];

export class Making {
  readonly builder = new CircuitBuilder();
  readonly source: SourceText;
  readonly budget: Budget;
  /** Values of the constants at the top level. */
  readonly globals: Value[] = [];
  /** What gates are being made for. */
  at: Span = { start: 0, end: 0 };
  private ands = 0;

  constructor(source: SourceText, budget: Budget) {
    this.source = source;
    this.budget = budget;
  }

  error(code: CompileErrorCode, span: Span, text: string): CompileError {
    return this.source.error(code, span, text);
  }

  /** Counts what was done for a part of the source: gates, and values that were visited. */
  count(span: Span, values: number): void {
    const { ands } = this.builder;
    this.budget.step(span, values + ands - this.ands);
    this.ands = ands;
    if (ands > this.budget.limits.andGatesMax) {
      throw this.budget.limit(span, `more than ${this.budget.limits.andGatesMax} AND gates`);
    }
  }
}

export const asWord = (value: Value): Word => value as Word;
export const asBit = (value: Value): Bit => value as Bit;
export const asParts = (value: Value): readonly Value[] => value as readonly Value[];
export const asNumber = (value: Value): bigint => value as bigint;

export function bitOf(value: boolean): Bit {
  return value ? TRUE : FALSE;
}

/** All bits zero. Of types without numbers. */
export function zeroValue(type: Type): Value {
  switch (type.kind) {
    case 'integer':
      return constantWord(0, type.bits);
    case 'bool':
      return FALSE;
    case 'number':
      return 0n;
    case 'array':
      return Array<Value>(type.length).fill(zeroValue(type.element));
    case 'tuple':
      return type.elements.map(zeroValue);
    case 'struct':
      return type.fields.map((each) => zeroValue(each.type));
  }
}

/** The value as one of a type that it can be taken for: see `isConvertible`. */
export function convertValue(making: Making, value: Value, from: Type, to: Type, span: Span): Value {
  if (sameType(from, to)) return value;
  making.count(span, sizeOf(to).values);
  return convertParts(making, value, from, to, span);
}

function convertParts(making: Making, value: Value, from: Type, to: Type, span: Span): Value {
  if (from.kind === 'number' && to.kind === 'integer') {
    const number = asNumber(value);
    if (!holds(to, number)) throw making.error('out-of-range', span, rangeText(number, to));
    return constantWord(number, to.bits);
  }
  if (from.kind === 'array' && to.kind === 'array') {
    return asParts(value).map((each) => convertParts(making, each, from.element, to.element, span));
  }
  if (from.kind === 'tuple' && to.kind === 'tuple') {
    return asParts(value).map((each, i) =>
      convertParts(making, each, from.elements[i]!, to.elements[i]!, span),
    );
  }
  if (from.kind === 'struct' && to.kind === 'struct') {
    return to.fields.map(({ name, type }) => {
      const index = from.fields.findIndex((each) => each.name === name);
      return convertParts(making, asParts(value)[index]!, from.fields[index]!.type, type, span);
    });
  }
  return value;
}

/**
 * One of two values of a type, by a condition. What is the same in both costs nothing.
 * @param whatNumber says which number a condition would change
 */
export function choose(
  making: Making,
  condition: Bit,
  whenTrue: Value,
  whenFalse: Value,
  type: Type,
  whatNumber: () => CompileError,
): Value {
  if (whenTrue === whenFalse || condition === TRUE) return whenTrue;
  if (condition === FALSE) return whenFalse;
  // Parts that are the same cost a look.
  making.count(making.at, 1 + (Array.isArray(whenTrue) ? whenTrue.length >> 2 : 0));
  switch (type.kind) {
    case 'integer':
      return muxWord(making.builder, condition, asWord(whenTrue), asWord(whenFalse));
    case 'bool':
      return making.builder.mux(condition, asBit(whenTrue), asBit(whenFalse));
    case 'number':
      // Equal ones were found above.
      throw whatNumber();
    case 'array':
      return asParts(whenTrue).map((each, i) =>
        choose(making, condition, each, asParts(whenFalse)[i]!, type.element, whatNumber),
      );
    case 'tuple':
    case 'struct':
      return asParts(whenTrue).map((each, i) =>
        choose(making, condition, each, asParts(whenFalse)[i]!, partType(type, i), whatNumber),
      );
  }
}

export function partType(type: Type, index: number): Type {
  switch (type.kind) {
    case 'array':
      return type.element;
    case 'tuple':
      return type.elements[index]!;
    case 'struct':
      return type.fields[index]!.type;
    default:
      throw new Error(`a ${type.kind} has no parts`);
  }
}

/** Bits in the order in which an input or output has them. */
export function toBits(type: Type, value: Value): Bit[] {
  const bits: Bit[] = [];
  append(bits, type, value);
  return bits;
}

function append(bits: Bit[], type: Type, value: Value): void {
  if (type.kind === 'bool') bits.push(asBit(value));
  else if (type.kind === 'integer') for (const bit of asWord(value)) bits.push(bit);
  else for (const [i, part] of asParts(value).entries()) append(bits, partType(type, i), part);
}

export function fromBits(type: Type, bits: readonly Bit[]): Value {
  let at = 0;
  const read = (part: Type): Value => {
    switch (part.kind) {
      case 'integer':
        at += part.bits;
        return bits.slice(at - part.bits, at);
      case 'bool':
        return bits[at++]!;
      case 'array':
        return Array.from({ length: part.length }, () => read(part.element));
      case 'tuple':
        return part.elements.map(read);
      case 'struct':
        return part.fields.map((each) => read(each.type));
      case 'number':
        throw new Error('a number has no bits');
    }
  };
  return read(type);
}
