import { expect, test } from 'vitest';
import { alterKeyspace, createKeyspace, dropKeyspace, emptySchema, type Schema } from '../index.ts';
import { context, problem, properties, simpleReplication, withTable, withTestKeyspace } from './support.ts';

type Options = Parameters<typeof properties>[0];
const create = (options: Options, keyspace = 'ks', schema: Schema = emptySchema) =>
  createKeyspace(schema, { keyspace, properties: properties(options), ifNotExists: false }, context());
const alter = (schema: Schema, options: Options, keyspace = 'ks') =>
  alterKeyspace(schema, { keyspace, properties: properties(options), ifExists: false }, context());
const replicationOf = (schema: Schema) => schema.keyspaces.get('ks')!.replication;
const nts = 'org.apache.cassandra.locator.NetworkTopologyStrategy';

test('a keyspace is there after it was made, and not after it was dropped', () => {
  const made = create({ replication: simpleReplication });
  expect(made.change).toEqual({ change: 'CREATED', target: 'KEYSPACE', keyspace: 'ks' });
  expect(made.warnings).toEqual([]);
  expect(replicationOf(made.schema)).toEqual({
    class: 'org.apache.cassandra.locator.SimpleStrategy',
    replication_factor: '1',
  });
  const dropped = dropKeyspace(made.schema, { keyspace: 'ks', ifExists: false });
  expect(dropped.schema.keyspaces.has('ks')).toBe(false);
  expect(dropped.schema.version).toBe(emptySchema.version);
  expect(problem(() => dropKeyspace(dropped.schema, { keyspace: 'ks', ifExists: false }))).toBe(
    "invalid: Keyspace 'ks' doesn't exist",
  );
  expect(dropKeyspace(dropped.schema, { keyspace: 'ks', ifExists: true }).change).toBeUndefined();
});

test('one that is there already is made again only on condition', () => {
  const { schema } = create({ replication: simpleReplication });
  expect(problem(() => create({ replication: simpleReplication }, 'ks', schema))).toBe(
    'alreadyExists: Cannot add existing keyspace "ks"',
  );
});

test('a factor for all stands for each data centre; what has none is left out', () => {
  const made = create({ replication: { class: 'NetworkTopologyStrategy', replication_factor: '1' } });
  expect(replicationOf(made.schema)).toEqual({ class: nts, datacenter1: '1' });
  const none = create({ replication: { class: 'NetworkTopologyStrategy', datacenter1: '0' } });
  expect(replicationOf(none.schema)).toEqual({ class: nts });
  const switched = alter(create({ replication: simpleReplication }).schema, {
    replication: { class: 'NetworkTopologyStrategy' },
  });
  expect(replicationOf(switched.schema)).toEqual({ class: nts, datacenter1: '1' });
});

test('more copies than nodes are warned of', () => {
  expect(create({ replication: { class: 'SimpleStrategy', replication_factor: '3' } }).warnings).toEqual([
    'Your replication factor 3 for keyspace ks is higher than the number of nodes 1',
  ]);
  const more = alter(withTestKeyspace(), {
    replication: { class: 'NetworkTopologyStrategy', datacenter1: '2' },
  });
  expect(more.warnings).toEqual([
    'Your replication factor 2 for keyspace ks is higher than the number of nodes 1 for datacenter datacenter1',
    'When increasing replication factor you need to run a full (-full) repair to distribute the data.',
  ]);
});

test.each<[Options, string]>([
  [{}, "invalid: Missing mandatory option 'replication'"],
  [{ replication: {} }, 'config: Missing replication strategy class'],
  [{ replication: 'x' }, "syntax: Invalid value for property 'replication'. It should be a map."],
  [{ replication: simpleReplication, other: '1' }, "syntax: Unknown property 'other'"],
  [
    { replication: { class: 'NoStrategy' } },
    "config: Unable to find replication strategy class 'org.apache.cassandra.locator.NoStrategy'",
  ],
  [
    { replication: { class: 'LocalStrategy' } },
    'invalid: Unable to use given strategy class: LocalStrategy is reserved for internal use.',
  ],
  [
    { replication: { class: 'SimpleStrategy' } },
    'config: SimpleStrategy requires a replication_factor strategy option.',
  ],
  [
    { replication: { class: 'SimpleStrategy', replication_factor: 'foo' } },
    'config: For input string: "foo"',
  ],
  [
    { replication: { class: 'SimpleStrategy', replication_factor: '-1' } },
    'config: Replication factor must be non-negative, found -1',
  ],
  [
    { replication: { class: 'NetworkTopologyStrategy', elsewhere: '1' } },
    'config: Unrecognized strategy option {elsewhere} passed to NetworkTopologyStrategy for keyspace ks',
  ],
  [
    { replication: simpleReplication, durable_writes: 'x' },
    "syntax: Invalid boolean value x for 'durable_writes'. Positive values can be '1', 'true' or 'yes'. Negative values can be '0', 'false' or 'no'.",
  ],
])('refused: %j', (options, message) => expect(problem(() => create(options))).toBe(message));

test('names are checked', () => {
  const message = (name: string) =>
    `invalid: Keyspace name must not be empty, more than 48 characters long, or contain non-alphanumeric-underscore characters (got '${name}')`;
  for (const name of ['', 'a-b', 'x'.repeat(49), 'ü'])
    expect(problem(() => create({ replication: simpleReplication }, name))).toBe(message(name));
});

test('altering leaves what it does not name, and what is in the keyspace', () => {
  const schema = withTable(withTestKeyspace(), 't', 'p int', 'p');
  const altered = alter(schema, { durable_writes: 'false' });
  expect(altered.change).toEqual({ change: 'UPDATED', target: 'KEYSPACE', keyspace: 'ks' });
  expect(altered.schema.keyspaces.get('ks')).toEqual({
    ...schema.keyspaces.get('ks')!,
    durableWrites: false,
  });
  expect(problem(() => alter(schema, { durable_writes: 'true' }, 'none'))).toBe(
    "invalid: Keyspace 'none' doesn't exist",
  );
});

test('of the system only the replication of shared keyspaces can be altered', () => {
  const replication = { class: 'NetworkTopologyStrategy', datacenter1: '1' };
  expect(problem(() => alter(emptySchema, { replication }, 'system'))).toBe(
    'unauthorized: system keyspace is not user-modifiable.',
  );
  expect(problem(() => dropKeyspace(emptySchema, { keyspace: 'system_auth', ifExists: false }))).toBe(
    'unauthorized: Cannot DROP <keyspace system_auth>',
  );
  const { schema } = alter(emptySchema, { replication }, 'system_auth');
  expect(schema.keyspaces.get('system_auth')!.replication).toEqual({ class: nts, datacenter1: '1' });
});
