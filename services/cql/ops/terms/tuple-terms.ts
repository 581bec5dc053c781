/** Literals of tuples and of user-defined types. */
import { invalid } from '../../errors.ts';
import type { Elements, Term } from '../../parser/ast.ts';
import type { UdtType, Value } from '../../types/api.ts';
import { encodeTuple } from '../../types/collections.ts';
import { typeText } from '../../types/type-text.ts';
import type { BoundValue, ColumnSpec } from '../api.ts';
import type { PreparedTerm, PrepareTerm, TermContext } from './api.ts';
import { testTerm } from './assign.ts';
import { ConstantTerm, combined } from './prepared.ts';
import { fieldSpec, partTypes, tupleElementSpec } from './specs.ts';

type UserTypeTerm = Extract<Term, { kind: 'userType' }>;

/** Tuples are written as a whole: what is not set has no value to keep. */
export function tupleParts(bound: readonly BoundValue[]): (Value | undefined)[] {
  return bound.map((part, index) => {
    if (part === 'unset') throw invalid(`Invalid unset value for tuple field number ${index}`);
    return part ?? undefined;
  });
}

function checkElements(
  { elements }: Elements<Term>,
  receiver: ColumnSpec,
  size: number,
  context: TermContext,
): void {
  for (const [index, element] of elements.entries()) {
    if (index >= size)
      throw invalid(
        `Invalid tuple literal for ${receiver.name}: too many elements. Type ${typeText(receiver.type)} ` +
          `expects ${size} but got ${elements.length}`,
      );
    const spec = tupleElementSpec(receiver, index);
    if (testTerm(element, spec, context) === 'none')
      throw invalid(
        `Invalid tuple literal for ${receiver.name}: component ${index} is not of type ${typeText(spec.type)}`,
      );
  }
}

/** One term in parentheses is itself, unless a tuple or a user-defined type, whose fields it gives in order, is asked for. */
export function prepareTupleTerm(
  term: Elements<Term>,
  receiver: ColumnSpec,
  context: TermContext,
  prepare: PrepareTerm,
): PreparedTerm {
  const { type } = receiver;
  const types = partTypes(type);
  if (types === undefined) {
    if (term.elements.length === 1) return prepare(term.elements[0]!, receiver, context);
    throw invalid(`Invalid tuple type literal for ${receiver.name} of type ${typeText(type)}`);
  }
  checkElements(term, receiver, types.length, context);
  const parts = term.elements.map((element, index) =>
    prepare(element, tupleElementSpec(receiver, index), context),
  );
  // Fields that are not given are null, as if they had been named.
  const absent = type.kind === 'udt' ? Array<undefined>(types.length - parts.length).fill(undefined) : [];
  return combined(type, parts, (bound) => encodeTuple([...tupleParts(bound), ...absent]));
}

function checkFields(
  term: UserTypeTerm,
  receiver: ColumnSpec,
  type: UdtType,
  given: ReadonlyMap<string, Term>,
  context: TermContext,
): void {
  for (const [index, { name }] of type.fields.entries()) {
    const value = given.get(name);
    const spec = fieldSpec(receiver, index);
    if (value !== undefined && testTerm(value, spec, context) === 'none')
      throw invalid(
        `Invalid user type literal for ${receiver.name}: field ${name} is not of type ${typeText(spec.type)}`,
      );
  }
  for (const { name } of term.fields)
    if (!type.fields.some((field) => field.name === name))
      throw invalid(`Unknown field '${name}' in value of user defined type ${type.name}`);
}

export function prepareUserType(
  term: UserTypeTerm,
  receiver: ColumnSpec,
  context: TermContext,
  prepare: PrepareTerm,
): PreparedTerm {
  const { type } = receiver;
  if (type.kind !== 'udt')
    throw invalid(`Invalid user type literal for ${receiver.name} of type ${typeText(type)}`);
  const given = new Map(term.fields.map(({ name, value }) => [name, value]));
  checkFields(term, receiver, type, given, context);
  const parts = type.fields.map((field, index) => {
    const value = given.get(field.name);
    return value === undefined
      ? new ConstantTerm(field.type, null, true)
      : prepare(value, fieldSpec(receiver, index), context);
  });
  return combined(type, parts, (bound) =>
    encodeTuple(bound.map((part, index) => fieldValue(part, type, index))),
  );
}

/** A type of several cells is written as a whole here too, so that a field which is not set is null. */
function fieldValue(part: BoundValue, type: UdtType, index: number): Value | undefined {
  if (part === 'unset' && type.frozen)
    throw invalid(
      `Invalid unset value for field '${type.fields[index]!.name}' of user defined type ${type.name}`,
    );
  return part === 'unset' ? undefined : (part ?? undefined);
}
