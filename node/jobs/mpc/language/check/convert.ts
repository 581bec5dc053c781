/** Where a value of one type becomes one of another, and what is said when it cannot. */
import type { Span } from '../errors.ts';
import {
  holds,
  type IntegerType,
  isConvertible,
  rangeOf,
  type StructType,
  sameType,
  sizeOf,
  type Type,
  typeText,
} from '../types.ts';
import type { Context } from './context.ts';
import type { Expression } from './tree.ts';

/** @throws CompileError when it takes a cast, or cannot be */
export function convert(context: Context, value: Expression, to: Type): Expression {
  context.budget.step(value, sizeOf(to).types);
  if (sameType(value.type, to)) return value;
  if (value.kind === 'constant' && typeof value.value === 'bigint' && to.kind === 'integer') {
    if (value.type.kind === 'number') {
      checkRange(context, value, value.value, to);
      return { ...value, type: to };
    }
  }
  if (!isConvertible(value.type, to)) {
    throw context.error('type-mismatch', value, mismatchText(value.type, to));
  }
  return { kind: 'convert', type: to, operand: value, ...aboutValue(value) };
}

/** Span and whether it is known. */
export function aboutValue({ start, end, isKnown }: Expression): Span & { readonly isKnown: boolean } {
  return { start, end, isKnown };
}

export function checkRange(context: Context, span: Span, value: bigint, type: IntegerType): void {
  if (!holds(type, value)) throw context.error('out-of-range', span, rangeText(value, type));
}

export function rangeText(value: bigint, type: IntegerType): string {
  const [least, greatest] = rangeOf(type);
  return `${shortNumber(value)} does not fit into ${typeText(type)}, which holds ${shortNumber(least)} to ${shortNumber(greatest)}`;
}

function shortNumber(value: bigint): string {
  const text = value.toString();
  if (text.length <= 40) return text;
  const bits = (value < 0n ? -value : value + 1n).toString(2).length - 1;
  return `${value < 0n ? '-' : ''}2^${bits}${value < 0n ? '' : ' - 1'} or so`;
}

/** Both become the type of one of them. */
export function unify(context: Context, values: readonly Expression[]): Expression[] {
  const type = commonType(values);
  return values.map((value) => convert(context, value, type));
}

function commonType(values: readonly Expression[]): Type {
  return values
    .slice(1)
    .reduce((type, value) => (isConvertible(type, value.type) ? value.type : type), values[0]!.type);
}

export function mismatchText(from: Type, to: Type): string {
  const text = `${typeText(from)} where ${typeText(to)} has to be`;
  if (from.kind === 'integer' && to.kind === 'integer') {
    const change =
      to.bits < from.bits ? 'cuts it' : to.bits > from.bits ? 'extends it' : 'takes its bits as they are';
    return `${text}: ${castText(to)} ${change}`;
  }
  if (from.kind === 'bool' && to.kind === 'integer') return `${text}: ${castText(to)} makes it 0 or 1`;
  if (from.kind === 'integer' && to.kind === 'bool') return `${text}: compare it, as in x !== 0`;
  if (from.kind === 'integer' && to.kind === 'number') {
    return `${text}: a number is known while compiling, and this depends on an input or is a variable of the circuit`;
  }
  if (from.kind === 'struct' && to.kind === 'struct') return `${text}${fieldsText(from, to)}`;
  return text;
}

function castText(type: Type): string {
  return `${typeText(type)}(x)`;
}

function fieldsText(from: StructType, to: StructType): string {
  const missing = to.fields.find(({ name }) => !from.fields.some((each) => each.name === name));
  if (missing !== undefined) return `: the field ${missing.name} is missing`;
  for (const { name, type } of from.fields) {
    const field = to.fields.find((each) => each.name === name);
    if (field === undefined) return `: it has no field ${name}`;
    if (!isConvertible(type, field.type)) return `: field ${name}: ${mismatchText(type, field.type)}`;
  }
  return '';
}
