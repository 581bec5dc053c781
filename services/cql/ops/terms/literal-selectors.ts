/** Literals in a selection whose parts are selectors: lists, vectors, sets, maps, tuples, user-defined types. */
import { invalid } from '../../errors.ts';
import { worst } from '../../functions/compatibility.ts';
import type { Selector } from '../../parser/ast.ts';
import type { CqlType, UdtType, Value } from '../../types/api.ts';
import { encodeList, encodeMap, encodeTuple, encodeVector } from '../../types/collections.ts';
import { sortMap, sortSet } from '../../types/sort.ts';
import { freeze } from '../../types/type-shape.ts';
import { typeText } from '../../types/type-text.ts';
import type { ColumnSpec } from '../api.ts';
import { testElements } from './assign.ts';
import { CombinedNode, type CombineValues, type Node, RenamedNode } from './nodes.ts';
import { type Selectable, untyped } from './selectable.ts';
import { fieldSpec, mapKeySpec, mapValueSpec } from './specs.ts';

type Prepare = (selector: Selector) => Selectable;
type ElementsSelector = Extract<Selector, { kind: 'list' | 'set' | 'tuple' }>;
type MapSelector = Extract<Selector, { kind: 'map' }>;

function present(parts: readonly (Value | undefined)[], within: string): readonly Value[] {
  if (parts.includes(undefined)) throw invalid(`null is not supported inside ${within}`);
  return parts as readonly Value[];
}

const ofCollection =
  (encode: (parts: readonly Value[]) => Value): CombineValues =>
  (parts) =>
    encode(present(parts, 'collections'));

const brackets = { list: ['[', ']'], set: ['{', '}'], tuple: ['(', ')'] } as const;

const isDuration = (type: CqlType) => type.kind === 'native' && type.name === 'duration';

/** The type that the elements have by themselves. */
function exactType(kind: ElementsSelector['kind'], parts: readonly Selectable[]): CqlType | undefined {
  const types = parts.map((part) => part.exactType());
  if (kind === 'tuple') {
    // One element may just as well stand in parentheses.
    if (types.length === 1 || types.includes(undefined)) return undefined;
    return { kind: 'tuple', elements: (types as CqlType[]).map(freeze) };
  }
  const element = types.find((type) => type !== undefined);
  return element === undefined ? undefined : { kind, element: freeze(element), frozen: true };
}

export function elementsSelectable(selector: ElementsSelector, prepare: Prepare): Selectable {
  const { kind } = selector;
  const parts = selector.elements.map(prepare);
  const [open, close] = brackets[kind];
  const named = (names: readonly string[]) => `${open}${names.join(', ')}${close}`;
  const selectable = untyped(named(parts.map((part) => part.text)), {
    exactType: () => exactType(kind, parts),
    test: (receiver) => testElements({ kind, elements: parts }, receiver, (part, spec) => part.test(spec)),
    node: (type) => {
      if (kind === 'tuple') return tupleNode(parts, type, named);
      return collectionNode(kind, parts, type, named);
    },
  });
  if (kind !== 'list') return selectable;
  // A vector is only written where one is wanted: by itself it would be a list.
  const node = (expected: CqlType | undefined) =>
    expected?.kind === 'vector' ? collectionNode('list', parts, expected, named) : selectable.node(expected);
  return { ...selectable, node };
}

type Named = (names: readonly string[]) => string;

function tupleNode(parts: readonly Selectable[], type: CqlType, named: Named): Node {
  if (type.kind !== 'tuple') {
    const node = parts[0]!.node(type);
    return new RenamedNode(`(${node.name})`, node.type, node);
  }
  const nodes = parts.map((part, index) => part.node(type.elements[index]));
  return new CombinedNode(named(nodes.map((node) => node.name)), type, nodes, encodeTuple);
}

function collectionNode(
  kind: 'list' | 'set',
  parts: readonly Selectable[],
  type: CqlType,
  named: Named,
): Node {
  // Braces with nothing in them are read as a set.
  if (type.kind === 'map' && parts.length === 0) return new CombinedNode('{}', type, [], () => encodeMap([]));
  if (type.kind !== kind && !(kind === 'list' && type.kind === 'vector'))
    throw invalid(`Invalid ${kind} literal in selection clause of type ${typeText(type)}`);
  const { element } = type as Extract<CqlType, { kind: 'list' | 'set' | 'vector' }>;
  if (type.kind === 'set' && isDuration(element))
    throw invalid(`Durations are not allowed inside sets: ${typeText(type)}`);
  const nodes = parts.map((part) => part.node(element));
  const name = named(nodes.map((node) => node.name));
  if (type.kind === 'vector')
    return new CombinedNode(name, type, nodes, (values) => encodeVector(type, present(values, 'vectors')));
  const encode =
    kind === 'list' ? encodeList : (values: readonly Value[]) => encodeList(sortSet(element, values));
  return new CombinedNode(name, type, nodes, ofCollection(encode));
}

/** In the keys of a user-defined type's literal, which look like columns. */
function fieldName(selector: Selector, type: UdtType, shown: string): string {
  if (selector.kind === 'column') return selector.name;
  throw invalid(`${shown} is not a valid field identifier of type ${type.name} `);
}

function fieldIndex(name: string, type: UdtType): number {
  const index = type.fields.findIndex((field) => field.name === name);
  if (index === -1) throw invalid(`Unknown field '${name}' in value of user defined type ${type.name}`);
  return index;
}

/** A map, or a value of a user-defined type: only the type that is wanted says which. */
export function mapSelectable({ entries }: MapSelector, prepare: Prepare): Selectable {
  const textOf = (key: Selector) => (key.kind === 'column' ? key.name : prepare(key).text);
  const text = `{${entries.map(({ key, value }) => `${textOf(key)}: ${prepare(value).text}`).join(', ')}}`;
  const fieldsOf = (type: UdtType) =>
    entries.map(({ key, value }) => ({
      index: fieldIndex(fieldName(key, type, textOf(key)), type),
      value: prepare(value),
    }));
  const testFields = (receiver: ColumnSpec, type: UdtType) => {
    const fits = fieldsOf(type).every(
      ({ index, value }) => value.test(fieldSpec(receiver, index)) !== 'none',
    );
    return fits ? 'weak' : 'none';
  };
  return untyped(text, {
    exactType: () => undefined,
    test: (receiver) => {
      if (receiver.type.kind === 'udt') return testFields(receiver, receiver.type);
      if (receiver.type.kind !== 'map') return 'none';
      return worst(
        entries.flatMap(({ key, value }) => [
          prepare(key).test(mapKeySpec(receiver)),
          prepare(value).test(mapValueSpec(receiver)),
        ]),
      );
    },
    node: (type) => {
      if (type.kind === 'udt') return userTypeNode(type, fieldsOf(type));
      if (type.kind !== 'map')
        throw invalid(`Invalid map literal in selection clause of type ${typeText(type)}`);
      if (isDuration(type.key)) throw invalid(`Durations are not allowed as map keys: ${typeText(type)}`);
      const nodes = entries.flatMap(({ key, value }) => [
        prepare(key).node(type.key),
        prepare(value).node(type.value),
      ]);
      const pairs = nodes.flatMap((node, index) =>
        index % 2 === 0 ? [`${node.name}: ${nodes[index + 1]!.name}`] : [],
      );
      const encode = ofCollection((parts) => encodeMap(sortMap(type.key, parts)));
      return new CombinedNode(`{${pairs.join(', ')}}`, type, nodes, encode);
    },
  });
}

function userTypeNode(
  type: UdtType,
  fields: readonly { readonly index: number; readonly value: Selectable }[],
): Node {
  const nodes = fields.map(({ index, value }) => value.node(type.fields[index]!.type));
  const shown = nodes.map((node, at) => `${type.fields[fields[at]!.index]!.name}: ${node.name}`);
  return new CombinedNode(`{${shown.join(', ')}}`, type, nodes, (parts) => {
    const values: (Value | undefined)[] = type.fields.map(() => undefined);
    for (const [at, part] of parts.entries()) values[fields[at]!.index] = part;
    return encodeTuple(values);
  });
}
