/** What clients are told when a schema becomes another: one change for each thing that was made, changed or dropped. */
import { isDeepStrictEqual } from 'node:util';
import type {
  AggregateSchema,
  FunctionSchema,
  KeyspaceSchema,
  Schema,
  SchemaChange,
} from '../schema/model.ts';
import { signatureText } from '../schema/type-text.ts';
import { typeText } from '../types/type-text.ts';

type Target = 'TABLE' | 'TYPE' | 'FUNCTION' | 'AGGREGATE';
type Told = Pick<SchemaChange, 'name' | 'argumentTypes'>;

export function schemaDifference(before: Schema, after: Schema): SchemaChange[] {
  const changes: SchemaChange[] = [];
  for (const [name, old] of before.keyspaces) {
    const now = after.keyspaces.get(name);
    if (now === undefined) changes.push(...dropped(old));
    else if (now !== old) changes.push(...within(old, now));
  }
  for (const [name, made] of after.keyspaces) if (!before.keyspaces.has(name)) changes.push(...created(made));
  return changes;
}

const empty = (keyspace: KeyspaceSchema): KeyspaceSchema => ({
  ...keyspace,
  tables: new Map(),
  types: new Map(),
  functions: new Map(),
  aggregates: new Map(),
});

/** With the keyspace goes what is in it: nobody has to be told. */
function dropped({ name }: KeyspaceSchema): SchemaChange[] {
  return [{ change: 'DROPPED', target: 'KEYSPACE', keyspace: name }];
}

function created(keyspace: KeyspaceSchema): SchemaChange[] {
  const { name } = keyspace;
  return [{ change: 'CREATED', target: 'KEYSPACE', keyspace: name }, ...parts(empty(keyspace), keyspace)];
}

function within(old: KeyspaceSchema, now: KeyspaceSchema): SchemaChange[] {
  const isSame =
    old.durableWrites === now.durableWrites &&
    JSON.stringify(old.replication) === JSON.stringify(now.replication);
  const own: SchemaChange[] = isSame ? [] : [{ change: 'UPDATED', target: 'KEYSPACE', keyspace: now.name }];
  return [...own, ...parts(old, now)];
}

/** Types before tables that are made of them. */
function parts(old: KeyspaceSchema, now: KeyspaceSchema): SchemaChange[] {
  const { name } = now;
  const named = (each: { readonly name: string }): Told => ({ name: each.name });
  return [
    ...compared(name, 'TYPE', old.types, now.types, named),
    ...compared(name, 'TABLE', old.tables, now.tables, named),
    ...compared(name, 'FUNCTION', overloads(old.functions), overloads(now.functions), signature),
    ...compared(name, 'AGGREGATE', overloads(old.aggregates), overloads(now.aggregates), signature),
  ];
}

function compared<T>(
  keyspace: string,
  target: Target,
  old: ReadonlyMap<string, T>,
  now: ReadonlyMap<string, T>,
  told: (each: T) => Told,
): SchemaChange[] {
  const changes: SchemaChange[] = [];
  for (const [name, each] of old)
    if (!now.has(name)) changes.push({ change: 'DROPPED', target, keyspace, ...told(each) });
  for (const [name, each] of now) {
    const before = old.get(name);
    if (before === undefined) changes.push({ change: 'CREATED', target, keyspace, ...told(each) });
    else if (!isEqual(before, each)) changes.push({ change: 'UPDATED', target, keyspace, ...told(each) });
  }
  return changes;
}

type Overload = FunctionSchema | AggregateSchema;

function signature({ name, argumentTypes }: Overload): Told {
  return { name, argumentTypes: argumentTypes.map(typeText) };
}

function overloads<T extends Overload>(all: ReadonlyMap<string, readonly T[]>): Map<string, T> {
  return new Map(
    [...all.values()].flat().map((each) => [`${each.name}(${signatureText(each.argumentTypes)})`, each]),
  );
}

/** A keyspace that was read again from its stored form has other objects with the same in them. */
function isEqual(left: unknown, right: unknown): boolean {
  return left === right || isDeepStrictEqual(left, right);
}
