/** Values for several columns at once: `(a, b) > (1, ?)`, `(a, b) IN ?`. */
import { invalid } from '../../errors.ts';
import type { Marker, Term } from '../../parser/ast.ts';
import type { TupleType, Value } from '../../types/api.ts';
import { tupleElements } from '../../types/collections.ts';
import { isMultiCell } from '../../types/type-shape.ts';
import { validate } from '../../types/validate.ts';
import type { BoundValue, ColumnSpec } from '../api.ts';
import type { PreparedTuple, PreparedTuples, TermContext } from './api.ts';
import { termText } from './assign.ts';
import { type Normalize, normalizerOf } from './normalize.ts';
import { markerValue } from './prepared.ts';
import { renamed } from './specs.ts';
import { listOfNullable, prepareTerm } from './terms.ts';
import { tupleParts } from './tuple-terms.ts';

function tupleSpec(receivers: readonly ColumnSpec[]): ColumnSpec & { readonly type: TupleType } {
  const type: TupleType = { kind: 'tuple', elements: receivers.map((receiver) => receiver.type) };
  const name = `(${receivers.map((receiver) => receiver.name).join(',')})`;
  return { ...renamed(receivers[0]!, name, type), type };
}

/** A tuple as bytes in its parts, those that are missing included. */
function splitter(type: TupleType): (value: Value) => readonly (Value | null)[] {
  const normalizers: readonly (Normalize | undefined)[] = type.elements.map(normalizerOf);
  const { length } = type.elements;
  return (value) => {
    validate(type, value);
    const parts = tupleElements(value, length);
    return Array.from({ length }, (_, index) => {
      const part = parts[index];
      if (part === undefined) return null;
      return normalizers[index]?.(part) ?? part;
    });
  };
}

function ofMarker(marker: Marker, receivers: readonly ColumnSpec[], context: TermContext): PreparedTuple {
  const spec = tupleSpec(receivers);
  const split = splitter(spec.type);
  context.variables.set(marker, spec);
  return {
    terms: undefined,
    bind: (values) => {
      const value = markerValue(values, marker.index);
      if (value === 'unset') throw invalid(`Invalid unset value for tuple ${spec.name}`);
      if (value === null) throw invalid(`Invalid null value in condition for columns ${spec.name}`);
      return split(value);
    },
  };
}

export function prepareTuple(
  term: Term,
  receivers: readonly ColumnSpec[],
  context: TermContext,
): PreparedTuple {
  if (term.kind === 'marker') return ofMarker(term, receivers, context);
  const elements = term.kind === 'tuple' ? term.elements : [term];
  if (elements.length !== receivers.length)
    throw invalid(
      `Expected ${receivers.length} elements in value tuple, but got ${elements.length}: ${termText(term)}`,
    );
  const terms = elements.map((element, index) => prepareTerm(element, receivers[index]!, context));
  const bind = (values: readonly BoundValue[]) =>
    tupleParts(terms.map((each) => each.bind(values))).map((part) => part ?? null);
  return { terms, bind };
}

export function prepareTuplesIn(
  values: readonly Term[] | Marker,
  receivers: readonly ColumnSpec[],
  context: TermContext,
): PreparedTuples {
  if (!('kind' in values)) {
    const tuples = values.map((term) => prepareTuple(term, receivers, context));
    return { bind: (bound) => tuples.map((tuple) => tuple.bind(bound)) };
  }
  if (receivers.some(({ type }) => type.kind !== 'udt' && isMultiCell(type)))
    throw invalid('Non-frozen collection columns do not support IN relations');
  const tuple = tupleSpec(receivers);
  const name = `in${tuple.name}`;
  const split = splitter(tuple.type);
  context.variables.set(values, renamed(tuple, name, { kind: 'list', element: tuple.type, frozen: true }));
  return {
    bind: (bound) => {
      const value = markerValue(bound, values.index);
      if (value === 'unset') throw invalid(`Invalid unset value for ${name}`);
      if (value === null) throw invalid('Invalid null value for IN restriction');
      return listOfNullable(value).map((element) => {
        if (element === null) throw invalid(`Invalid null value in condition for columns ${tuple.name}`);
        return split(element);
      });
    },
  };
}
