/** Parts of what a selector gives: fields of user-defined types, elements and slices of sets and maps. */
import { invalid } from '../../errors.ts';
import { fit } from '../../functions/compatibility.ts';
import type { Selector, Term } from '../../parser/ast.ts';
import type { CqlType, MapType, SetType, Value } from '../../types/api.ts';
import { encodeList, encodeMap, mapEntries, setElements, tupleElements } from '../../types/collections.ts';
import { type Compare, comparatorOf } from '../../types/compare.ts';
import { typeText } from '../../types/type-text.ts';
import type { BoundValue } from '../api.ts';
import type { PreparedTerm } from './api.ts';
import { termText } from './assign.ts';
import { CombinedNode, type Node } from './nodes.ts';
import { type Selectable, type Selection, specOf } from './selectable.ts';
import { mapKeySpec, setValueSpec } from './specs.ts';
import { prepareTerm } from './terms.ts';

type FieldSelector = Extract<Selector, { kind: 'field' }>;
type ElementSelector = Extract<Selector, { kind: 'element' }>;
type SliceSelector = Extract<Selector, { kind: 'slice' }>;

/** Of something whose type follows from what it is a part of. */
function part(
  text: string,
  exactType: () => CqlType | undefined,
  node: (expected: CqlType | undefined) => Node,
): Selectable {
  return {
    text,
    isMarker: false,
    exactType,
    test: (receiver) => {
      const type = exactType();
      return type === undefined ? 'none' : fit(receiver.type, type);
    },
    node,
  };
}

/** @param expected type of what stands in parentheses: a single element that has fields is no tuple */
export function fieldSelectable(
  selector: FieldSelector,
  operand: Selectable,
  expected: CqlType | undefined,
): Selectable {
  const { field } = selector;
  const indexIn = (type: CqlType | undefined) =>
    type?.kind === 'udt' ? type.fields.findIndex(({ name }) => name === field) : -1;
  const exactType = () => {
    const type = operand.exactType();
    return type?.kind === 'udt' ? type.fields[indexIn(type)]?.type : undefined;
  };
  return part(`${operand.text}.${field}`, exactType, () => {
    const inner = operand.node(expected);
    const { type } = inner;
    if (type.kind !== 'udt')
      throw invalid(`Invalid field selection: ${operand.text} of type ${typeText(type)} is not a user type`);
    const index = indexIn(type);
    if (index === -1) throw invalid(`${operand.text} of type ${typeText(type)} has no field ${field}`);
    const count = type.fields.length;
    return new CombinedNode(`${inner.name}.${field}`, type.fields[index]!.type, [inner], ([value]) =>
      value === undefined ? undefined : tupleElements(value, count)[index],
    );
  });
}

type Ordered = SetType | MapType;

function keyTerm(
  selection: Selection,
  term: Term,
  operand: Selectable,
  inner: Node,
  what: 'Element' | 'Slice',
): PreparedTerm {
  const spec = specOf(selection, inner.name, inner.type);
  switch (inner.type.kind) {
    case 'set':
      return prepareTerm(term, setValueSpec(spec), selection.context);
    case 'map':
      return prepareTerm(term, mapKeySpec(spec), selection.context);
    default:
      throw invalid(`${what} selection is only allowed on sets and maps, but ${operand.text} is a list`);
  }
}

const isCollection = ({ kind }: CqlType) => kind === 'list' || kind === 'set' || kind === 'map';

const keyType = (type: Ordered) => (type.kind === 'set' ? type.element : type.key);

function bound(term: PreparedTerm, values: readonly BoundValue[], what: string, name: string): Value {
  const value = term.bind(values);
  if (value === null) throw invalid(`Invalid null value for ${what} selection on ${name}`);
  if (value === 'unset') throw invalid(`Invalid unset value for ${what} selection on ${name}`);
  return value;
}

/** First place among keys in order that is not before `key`; `step` values belong to each. */
function placeOf(values: readonly Value[], step: number, compare: Compare, key: Value): number {
  let low = 0;
  let high = values.length / step;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(values[middle * step]!, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low * step;
}

export function elementSelectable(
  selector: ElementSelector,
  operand: Selectable,
  selection: Selection,
): Selectable {
  const text = `${operand.text}[${termText(selector.key)}]`;
  const resultOf = (type: Ordered) => (type.kind === 'set' ? type.element : type.value);
  const exactType = () => {
    const type = operand.exactType();
    return type?.kind === 'set' || type?.kind === 'map' ? resultOf(type) : undefined;
  };
  return part(text, exactType, () => {
    const inner = operand.node(undefined);
    if (!isCollection(inner.type))
      throw invalid(
        `Invalid element selection: ${operand.text} is of type ${typeText(inner.type)} is not a collection`,
      );
    const key = keyTerm(selection, selector.key, operand, inner, 'Element');
    const type = inner.type as Ordered;
    const compare = comparatorOf(keyType(type));
    const step = type.kind === 'set' ? 1 : 2;
    return new CombinedNode(text, resultOf(type), [inner], ([value], values) => {
      const wanted = bound(key, values, 'element', inner.name);
      if (value === undefined) return undefined;
      const parts = step === 1 ? setElements(value) : mapEntries(value);
      const at = placeOf(parts, step, compare, wanted);
      return at < parts.length && compare(parts[at]!, wanted) === 0 ? parts[at + step - 1] : undefined;
    });
  });
}

export function sliceSelectable(
  selector: SliceSelector,
  operand: Selectable,
  selection: Selection,
): Selectable {
  const shown = (term: Term | undefined) => (term === undefined ? '' : termText(term));
  const text = `${operand.text}[${shown(selector.from)}..${shown(selector.to)}]`;
  const exactType = () => {
    const type = operand.exactType();
    return type !== undefined && isCollection(type) ? type : undefined;
  };
  return part(text, exactType, (expected) => {
    const inner = operand.node(expected);
    if (!isCollection(inner.type))
      throw invalid(
        `Invalid slice selection: ${operand.text} of type ${typeText(inner.type)} is not a collection`,
      );
    const end = (term: Term | undefined) => term && keyTerm(selection, term, operand, inner, 'Slice');
    const from = end(selector.from);
    const to = end(selector.to);
    // Without ends as well it has to be a set or a map.
    if (inner.type.kind === 'list')
      throw invalid(`Slice selection is only allowed on sets and maps, but ${operand.text} is a list`);
    const type = inner.type as Ordered;
    return new CombinedNode(text, type, [inner], ([value], values) => {
      const low = from && bound(from, values, 'slice', inner.name);
      const high = to && bound(to, values, 'slice', inner.name);
      return value === undefined ? undefined : slice(type, value, low, high);
    });
  });
}

/** Both ends included. Of a column of several cells nothing is null, as it is of one that is empty. */
function slice(
  type: Ordered,
  value: Value,
  low: Value | undefined,
  high: Value | undefined,
): Value | undefined {
  const step = type.kind === 'set' ? 1 : 2;
  const parts = step === 1 ? setElements(value) : mapEntries(value);
  const compare = comparatorOf(keyType(type));
  const first = low === undefined ? 0 : placeOf(parts, step, compare, low);
  let end = high === undefined ? parts.length : placeOf(parts, step, compare, high);
  if (high !== undefined && end < parts.length && compare(parts[end]!, high) === 0) end += step;
  const selected = parts.slice(first, end);
  if (selected.length === 0 && !type.frozen) return undefined;
  return step === 1 ? encodeList(selected) : encodeMap(selected);
}
