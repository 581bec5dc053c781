/**
 * A type as a statement names it, before it is known what user types it means: where `frozen` stands is still seen. Resolved into a
 * `CqlType` against the user types of one keyspace. Specification: CQL 3.4.5, "Data types".
 */
import { invalid } from '../errors.ts';
import { type CqlType, type NativeName, nativeNames } from '../types/api.ts';
import { quoteText } from '../types/quoting.ts';
import { typeText } from '../types/type-text.ts';
import { schemaLimits } from './limits.ts';
import type { UserType } from './model.ts';
import { qualifiedName } from './names.ts';
import { freeze, typeNodes } from './type-facts.ts';

export type RawType =
  /** In lower case; also `varchar`. */
  | { readonly kind: 'native'; readonly name: string }
  | { readonly kind: 'list' | 'set'; readonly element: RawType }
  | { readonly kind: 'map'; readonly key: RawType; readonly value: RawType }
  | { readonly kind: 'tuple'; readonly elements: readonly RawType[] }
  | { readonly kind: 'vector'; readonly element: RawType; readonly dimension: number }
  | { readonly kind: 'user'; readonly name: RawName }
  | { readonly kind: 'frozen'; readonly type: RawType }
  | { readonly kind: 'custom'; readonly className: string };

export interface RawName {
  readonly keyspace?: string | undefined;
  readonly name: string;
}

export type UserTypes = ReadonlyMap<string, UserType>;

const natives: ReadonlySet<string> = new Set(nativeNames);

function nativeName(name: string): NativeName {
  if (name === 'varchar') return 'text';
  if (!natives.has(name)) throw invalid(`Unknown type ${name}`);
  return name as NativeName;
}

export function rawTypeText(raw: RawType): string {
  switch (raw.kind) {
    case 'native':
      return nativeName(raw.name);
    case 'list':
    case 'set':
      return `${raw.kind}<${rawTypeText(raw.element)}>`;
    case 'map':
      return `map<${rawTypeText(raw.key)}, ${rawTypeText(raw.value)}>`;
    case 'tuple':
      return `tuple<${raw.elements.map(rawTypeText).join(', ')}>`;
    case 'vector':
      return `vector<${rawTypeText(raw.element)}, ${raw.dimension}>`;
    case 'user':
      return raw.name.keyspace === undefined ? raw.name.name : `${raw.name.keyspace}.${raw.name.name}`;
    case 'frozen':
      return raw.type.kind === 'tuple' ? rawTypeText(raw.type) : `frozen<${rawTypeText(raw.type)}>`;
    case 'custom':
      return quoteText(raw.className);
  }
}

export const isRawCounter = (raw: RawType): boolean => raw.kind === 'native' && raw.name === 'counter';

/** `frozen<…>` that was written though it may not be: tuples are frozen in any case. */
export const isExplicitlyFrozen = (raw: RawType): boolean =>
  raw.kind === 'frozen' && raw.type.kind !== 'tuple';

const isRawDuration = (raw: RawType) => raw.kind === 'native' && raw.name === 'duration';
const isRawCollection = (raw: RawType) => raw.kind === 'list' || raw.kind === 'set' || raw.kind === 'map';

export function resolveType(raw: RawType, keyspace: string, types: UserTypes): CqlType {
  const type = resolve(raw, keyspace, types, false, 0);
  if (typeNodes(type, schemaLimits.typeNodes) > schemaLimits.typeNodes)
    throw invalid(
      `Type ${typeText(type)} is too large: it has more than ${schemaLimits.typeNodes} parts with its user types`,
    );
  return type;
}

/** `frozen`: within something frozen, which makes all within frozen too. */
function resolve(raw: RawType, keyspace: string, types: UserTypes, frozen: boolean, depth: number): CqlType {
  if (depth > schemaLimits.typeDepth) throw invalid('A type is nested too deeply');
  const inner = (next: RawType, isFrozen: boolean) => resolve(next, keyspace, types, isFrozen, depth + 1);
  switch (raw.kind) {
    case 'native':
      return { kind: 'native', name: nativeName(raw.name) };
    case 'custom':
      return { kind: 'custom', className: raw.className };
    case 'frozen':
      checkFreezable(raw.type);
      return inner(raw.type, true);
    case 'list':
    case 'set':
      checkElement(raw, raw.element, frozen);
      if (raw.kind === 'set' && isRawDuration(raw.element))
        throw invalid(`Durations are not allowed inside sets: ${collectionText(raw, frozen)}`);
      return { kind: raw.kind, element: inner(raw.element, frozen), frozen };
    case 'map':
      checkElement(raw, raw.value, frozen);
      checkElement(raw, raw.key, frozen);
      if (isRawDuration(raw.key))
        throw invalid(`Durations are not allowed as map keys: ${collectionText(raw, frozen)}`);
      return { kind: 'map', key: inner(raw.key, frozen), value: inner(raw.value, frozen), frozen };
    case 'tuple':
      if (raw.elements.some(isRawCounter)) throw invalid('Counters are not allowed inside tuples');
      return { kind: 'tuple', elements: raw.elements.map((element) => inner(element, true)) };
    case 'vector':
      return resolveVector(raw, inner(raw.element, true));
    case 'user':
      return resolveUserType(raw, keyspace, types, frozen);
  }
}

function checkFreezable(raw: RawType): void {
  if (raw.kind === 'native' || raw.kind === 'vector' || raw.kind === 'custom')
    throw invalid(
      `frozen<> is only allowed on collections, tuples, and user-defined types (got ${rawTypeText(raw)})`,
    );
}

const collectionText = (raw: RawType, frozen: boolean) =>
  frozen ? `frozen<${rawTypeText(raw)}>` : rawTypeText(raw);

/** Tuples are frozen by nature, so nothing is asked of them. */
function checkElement(collection: RawType, element: RawType, frozen: boolean): void {
  const text = () => collectionText(collection, frozen);
  if (!frozen && isRawCollection(element))
    throw invalid(`Non-frozen collections are not allowed inside collections: ${text()}`);
  if (!frozen && element.kind === 'user')
    throw invalid(`Non-frozen UDTs are not allowed inside collections: ${text()}`);
  if (isRawCounter(element)) throw invalid(`Counters are not allowed inside collections: ${text()}`);
}

function resolveVector(raw: RawType & { kind: 'vector' }, element: CqlType): CqlType {
  if (!Number.isSafeInteger(raw.dimension) || raw.dimension < 1)
    throw invalid(`vectors may only have positive dimensions; given ${raw.dimension}`);
  if (raw.dimension > schemaLimits.vectorDimension)
    throw invalid(
      `vectors may have no more than ${schemaLimits.vectorDimension} dimensions; given ${raw.dimension}`,
    );
  if (isRawCounter(raw.element)) throw invalid('Counters are not allowed inside vectors');
  return { kind: 'vector', element, dimension: raw.dimension };
}

function resolveUserType(
  { name }: RawType & { kind: 'user' },
  keyspace: string,
  types: UserTypes,
  frozen: boolean,
): CqlType {
  if (name.keyspace !== undefined && name.keyspace !== keyspace)
    throw invalid(
      `Statement on keyspace ${keyspace} cannot refer to a user type in keyspace ${name.keyspace}; ` +
        'user types can only be used in the keyspace they are defined in',
    );
  const found = types.get(name.name);
  if (found === undefined) throw invalid(`Unknown type ${keyspace}.${name.name}`);
  return userTypeOf(found, frozen);
}

/** A user type as a type of values. */
export function userTypeOf(type: UserType, frozen: boolean): CqlType & { kind: 'udt' } {
  const fields = frozen
    ? type.fields.map((field) => ({ name: field.name, type: freeze(field.type) }))
    : type.fields;
  return { kind: 'udt', keyspace: type.keyspace, name: type.name, fields, frozen };
}

/** `ks.type`, in quotes where needed. */
export const userTypeName = (type: { readonly keyspace: string; readonly name: string }) =>
  qualifiedName(type.keyspace, type.name);
