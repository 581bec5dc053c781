/** Terms of statements against the types that they are for. */
import { CqlError, invalid } from '../../errors.ts';
import type { Constant, Marker, Term } from '../../parser/ast.ts';
import type { CqlType, Value } from '../../types/api.ts';
import { int32At } from '../../types/binary.ts';
import { assignability, constantValue, invalidConstantText } from '../../types/literals.ts';
import { MarshalError } from '../../types/marshal-error.ts';
import { validate } from '../../types/validate.ts';
import type { BoundValue, ColumnSpec } from '../api.ts';
import type { PreparedTerm, PreparedTerms, TermContext } from './api.ts';
import { isCounter, typedConstant } from './assign.ts';
import { prepareCall, prepareTypeHint } from './call-terms.ts';
import { prepareElements, prepareMap } from './collection-terms.ts';
import { termLimits } from './limits.ts';
import { type Normalize, normalizerOf } from './normalize.ts';
import { ConstantTerm, MarkerTerm, markerValue } from './prepared.ts';
import { inSpec } from './specs.ts';
import { prepareTupleTerm, prepareUserType } from './tuple-terms.ts';

function prepareConstant(constant: Constant, { name, type }: ColumnSpec): PreparedTerm {
  const typed = typedConstant(constant);
  if (assignability(typed, type) === 'none') throw invalid(invalidConstantText(typed, name, type));
  return new ConstantTerm(type, constantValue(typed, type));
}

export function prepareTerm(term: Term, receiver: ColumnSpec, context: TermContext): PreparedTerm {
  switch (term.kind) {
    case 'constant':
      return prepareConstant(term, receiver);
    case 'null':
      if (isCounter(receiver.type)) throw invalid('Invalid null value for counter increment/decrement');
      return new ConstantTerm(receiver.type, null, true);
    case 'marker':
      context.variables.set(term, receiver);
      return new MarkerTerm(receiver.type, term.index);
    case 'list':
    case 'set':
      return prepareElements(term, receiver, context, prepareTerm);
    case 'map':
      return prepareMap(term, receiver, context, prepareTerm);
    case 'tuple':
      return prepareTupleTerm(term, receiver, context, prepareTerm);
    case 'userType':
      return prepareUserType(term, receiver, context, prepareTerm);
    case 'typeHint':
      return prepareTypeHint(term, receiver, context, prepareTerm);
    default:
      return prepareCall(term, receiver, context, prepareTerm);
  }
}

const endsEarly = () => new MarshalError('Not enough bytes to read a list');

/** Other than a list that is stored, one of values to compare with may have nulls in it. */
export function listOfNullable(value: Value): (Value | null)[] {
  if (value.length < 4) throw endsEarly();
  const count = int32At(value, 0);
  // Each takes four bytes at least.
  if (count < 0 || count > (value.length - 4) / 4) throw endsEarly();
  if (count > termLimits.inValuesMax)
    throw invalid(`A list of IN has ${count} values, but ${termLimits.inValuesMax} are the most`);
  const elements: (Value | null)[] = [];
  let at = 4;
  for (let index = 0; index < count; index += 1) {
    if (at + 4 > value.length) throw endsEarly();
    const size = int32At(value, at);
    at += 4;
    if (size > value.length - at) throw endsEarly();
    elements.push(size < 0 ? null : value.subarray(at, at + size));
    at += Math.max(size, 0);
  }
  if (at < value.length) throw new MarshalError('Unexpected extraneous bytes after list value');
  return elements;
}

function checked(type: CqlType, normalize: Normalize | undefined, value: Value | null): Value | null {
  if (value === null) return null;
  validate(type, value);
  return normalize === undefined ? value : normalize(value);
}

export function prepareIn(
  values: readonly Term[] | Marker,
  receiver: ColumnSpec,
  context: TermContext,
): PreparedTerms {
  if (!('kind' in values)) {
    const terms = values.map((term) => prepareTerm(term, receiver, context));
    return { terms, bind: (bound: readonly BoundValue[]) => terms.map((term) => term.bind(bound)) };
  }
  const { type } = receiver;
  const normalize = normalizerOf(type);
  context.variables.set(values, inSpec(receiver));
  return {
    terms: undefined,
    bind: (bound) => {
      const value = markerValue(bound, values.index);
      if (value === null || value === 'unset') return value;
      return listOfNullable(value).map((element) => checked(type, normalize, element));
    },
  };
}

/** A term without markers, of a text that is in the schema. @throws CqlError `invalid` */
export function constantBytes(term: Term, receiver: ColumnSpec, context: TermContext): Value | undefined {
  const value = prepareTerm(term, receiver, context).bind([]);
  if (value === 'unset') throw new CqlError('server', `A constant of ${receiver.name} is not set`);
  return value ?? undefined;
}
