/** Literals of lists, vectors, sets and maps. Markers are not allowed in them, other than in vectors. */
import { invalid } from '../../errors.ts';
import type { Elements, Entries, Term } from '../../parser/ast.ts';
import type { ListType, MapType, SetType, Value, VectorType } from '../../types/api.ts';
import { encodeList, encodeMap, encodeVector } from '../../types/collections.ts';
import { sortMap, sortSet } from '../../types/sort.ts';
import { typeText } from '../../types/type-text.ts';
import type { BoundValue, ColumnSpec } from '../api.ts';
import type { PreparedTerm, PrepareTerm, TermContext } from './api.ts';
import { termText, testTerm } from './assign.ts';
import { ConstantTerm, combined, wholeElements } from './prepared.ts';
import { listValueSpec, mapKeySpec, mapValueSpec, setValueSpec } from './specs.ts';

type Kind = 'list' | 'set' | 'map' | 'vector';

const wrongType = (kind: Kind, { name, type }: ColumnSpec) =>
  invalid(`Invalid ${kind} literal for ${name} of type ${typeText(type)}`);

/** @param part what messages call it */
function checkPart(
  kind: Kind,
  part: 'value' | 'key',
  term: Term,
  spec: ColumnSpec,
  receiver: ColumnSpec,
  context: TermContext,
): void {
  if (testTerm(term, spec, context) === 'none')
    throw invalid(
      `Invalid ${kind} literal for ${receiver.name}: ${part} ${termText(term)} is not of type ${typeText(spec.type)}`,
    );
}

function withoutMarkers(kind: Kind, parts: readonly PreparedTerm[], { name }: ColumnSpec): void {
  if (parts.some((part) => part.hasMarker))
    throw invalid(
      `Invalid ${kind} literal for ${name}: bind variables are not supported inside collection literals`,
    );
}

type Encode = (elements: readonly Value[]) => Value;

const encoded =
  (within: string, encode: Encode) =>
  (parts: readonly BoundValue[]): BoundValue => {
    const elements = wholeElements(parts, within);
    return elements === undefined ? 'unset' : encode(elements);
  };

function vector(
  term: Elements<Term>,
  receiver: ColumnSpec,
  type: VectorType,
  context: TermContext,
  prepare: PrepareTerm,
): PreparedTerm {
  const { elements } = term;
  if (elements.length !== type.dimension)
    throw invalid(
      `Invalid vector literal for ${receiver.name} of type ${typeText(type)}; ` +
        `expected ${type.dimension} elements, but given ${elements.length}`,
    );
  const spec = listValueSpec(receiver);
  for (const element of elements) checkPart('vector', 'value', element, spec, receiver, context);
  const parts = elements.map((element) => prepare(element, spec, context));
  return combined(type, parts, (bound) => {
    const values = wholeElements(bound, 'vectors');
    if (values === undefined) throw invalid('null is not supported inside vectors');
    return encodeVector(type, values);
  });
}

export function prepareElements(
  term: Elements<Term>,
  receiver: ColumnSpec,
  context: TermContext,
  prepare: PrepareTerm,
): PreparedTerm {
  const { kind, elements } = term;
  const { type } = receiver;
  if (kind === 'list' && type.kind === 'vector') return vector(term, receiver, type, context, prepare);
  if (kind === 'set' && type.kind === 'map' && elements.length === 0)
    return new ConstantTerm(type, encodeMap([]));
  if ((type.kind !== 'list' && type.kind !== 'set') || type.kind !== kind)
    throw wrongType(kind === 'list' ? 'list' : 'set', receiver);
  const spec = kind === 'list' ? listValueSpec(receiver) : setValueSpec(receiver);
  for (const element of elements) checkPart(kind, 'value', element, spec, receiver, context);
  const parts = elements.map((element) => prepare(element, spec, context));
  withoutMarkers(kind, parts, receiver);
  return combined(type, parts, encoded('collections', encoderOf(type)));
}

function encoderOf(type: ListType | SetType): Encode {
  return type.kind === 'list' ? encodeList : (elements) => encodeList(sortSet(type.element, elements));
}

export function prepareMap(
  term: Entries<Term>,
  receiver: ColumnSpec,
  context: TermContext,
  prepare: PrepareTerm,
): PreparedTerm {
  if (receiver.type.kind !== 'map') throw wrongType('map', receiver);
  const type: MapType = receiver.type;
  const keySpec = mapKeySpec(receiver);
  const valueSpec = mapValueSpec(receiver);
  for (const { key, value } of term.entries) {
    checkPart('map', 'key', key, keySpec, receiver, context);
    checkPart('map', 'value', value, valueSpec, receiver, context);
  }
  const parts = term.entries.flatMap(({ key, value }) => [
    prepare(key, keySpec, context),
    prepare(value, valueSpec, context),
  ]);
  withoutMarkers('map', parts, receiver);
  const encode = encoded('collections', (entries) => encodeMap(sortMap(type.key, entries)));
  return combined(type, parts, encode);
}
