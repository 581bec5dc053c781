import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  alterKeyspace,
  alterTable,
  alterType,
  createAggregate,
  createFunction,
  createIndex,
  emptySchema,
  isStored,
  type KeyspaceSchema,
  readKeyspace,
  type Schema,
  StoredSchemaDamaged,
  schemaLimits,
  schemaWith,
  storeKeyspace,
} from '../index.ts';
import { context, properties, type, withTable, withTestKeyspace, withType, withView } from './support.ts';

/** Something of everything; types whose names are in another order than what they need. */
function full(): Schema {
  let schema = withType(withType(withTestKeyspace(), 'z', 'a int'), 'b', 'inner frozen<z>; l list<text>');
  schema = withTable(
    schema,
    't',
    'p int; c text; s frozen<b> static; v vector<float, 3>; m map<text, frozen<list<z>>>; x tuple<int, blob>; y frozen<z>',
    'p / c',
    {
      clusteringOrder: [{ column: 'c', descending: true }],
      properties: properties({ comment: "it's", compression: { enabled: 'false' } }),
    },
  );
  schema = withTable(schema, 'n', 'p int; n counter', 'p');
  schema = withView(schema, 'w', 't', 'c / p', {
    selected: ['p', 'c'].map((column) => ({ column, alias: undefined, text: column })),
  });
  schema = createIndex(schema, {
    keyspace: 'ks',
    table: 't',
    name: undefined,
    targets: [{ kind: 'keys', column: 'm' }],
    isCustom: false,
    className: undefined,
    properties: new Map(),
    ifNotExists: false,
  }).schema;
  schema = createFunction(schema, {
    keyspace: 'ks',
    name: 'f',
    args: [{ name: 'a', type: type('z') }],
    returns: type('z'),
    calledOnNull: true,
    language: 'javascript',
    body: 'return a',
    orReplace: false,
    ifNotExists: false,
  }).schema;
  return createAggregate(schema, {
    keyspace: 'ks',
    name: 'g',
    argumentTypes: [],
    stateFunction: 'f',
    stateType: type('z'),
    finalFunction: 'f',
    initialCondition: '{a: 1}',
    orReplace: false,
    ifNotExists: false,
  }).schema;
}

const keyspaceOf = (schema: Schema) => schema.keyspaces.get('ks')!;

test('what was stored comes back as it was', () => {
  const keyspace = keyspaceOf(full());
  const back = readKeyspace(storeKeyspace(keyspace));
  expect(back).toEqual({ ...keyspace, types: back.types });
  expect([...back.types].sort()).toEqual([...keyspace.types].sort());
  expect([...back.types.keys()]).toEqual(['z', 'b']);
});

test('columns that went come back as they were', () => {
  const schema = withTable(withTestKeyspace(), 't', 'p int; v text; w set<int>', 'p');
  const dropped = alterTable(
    schema,
    {
      keyspace: 'ks',
      name: 't',
      ifExists: false,
      change: { kind: 'drop', ifExists: false, columns: ['w'], timestamp: -5n },
    },
    context(),
  );
  expect(readKeyspace(storeKeyspace(keyspaceOf(dropped.schema)))).toEqual(keyspaceOf(dropped.schema));
});

test('version 1 is written as it always was', () => {
  const schema = withTable(withType(withTestKeyspace(), 'u', 'a int'), 't', 'p int; v list<frozen<u>>', 'p');
  const [table] = keyspaceOf(schema).tables.values();
  const keyspace = {
    ...keyspaceOf(schema),
    tables: new Map([
      [
        't',
        {
          ...table!,
          id: '0'.repeat(32),
          params: { comment: 'c', gc_grace_seconds: 1, cdc: false, caching: { keys: 'ALL' } },
        },
      ],
    ]),
  };
  expect(Buffer.from(storeKeyspace(keyspace)).toString()).toBe(
    '{"format":1,"name":"ks","durableWrites":true,"replication":{"class":"org.apache.cassandra.locator.SimpleStrategy",' +
      '"replication_factor":"1"},"types":[{"name":"u","fields":[{"name":"a","type":"int"}]}],"tables":[{"id":' +
      '"00000000000000000000000000000000","name":"t","kind":"table","columns":[{"name":"p","id":0,"type":"int","kind":' +
      '"partition_key","position":0,"order":"none"},{"name":"v","id":1,"type":["list",false,["udt",true,"u"]],"kind":"regular",' +
      '"position":-1,"order":"none"}],"isCounter":false,"isCompact":false,"params":{"caching":{"keys":"ALL"},"cdc":false,' +
      '"comment":"c","gc_grace_seconds":1},"indexes":[],"dropped":[],"nextColumnId":2}],"functions":[],"aggregates":[]}',
  );
});

test('the version follows from what is there alone', () => {
  const { schema } = { schema: full() };
  const reloaded = schemaWith([readKeyspace(storeKeyspace(keyspaceOf(schema)))]);
  expect(reloaded.version).toBe(schema.version);
  expect(schema.version).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-3[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const [one, other] = [withTestKeyspace(emptySchema, 'a'), withTestKeyspace(emptySchema, 'b')];
  expect(withTestKeyspace(one, 'b').version).toBe(withTestKeyspace(other, 'a').version);
});

test('each change has another version', () => {
  const schema = full();
  const versions = [emptySchema.version, withTestKeyspace().version, schema.version];
  versions.push(
    alterType(schema, {
      keyspace: 'ks',
      name: 'b',
      ifExists: false,
      change: { kind: 'add', ifNotExists: false, field: { name: 'n', type: type('int') } },
    }).schema.version,
    alterKeyspace(
      schema,
      { keyspace: 'ks', ifExists: false, properties: properties({ durable_writes: 'no' }) },
      context(),
    ).schema.version,
  );
  expect(new Set(versions).size).toBe(versions.length);
});

test('of the system’s keyspaces only what was altered is stored, and only that comes back', () => {
  const { schema } = alterKeyspace(
    emptySchema,
    {
      keyspace: 'system_auth',
      ifExists: false,
      properties: properties({ replication: { class: 'NetworkTopologyStrategy', datacenter1: '1' } }),
    },
    context(),
  );
  const stored = [...withTestKeyspace(schema).keyspaces.values()].filter(isStored);
  expect(stored.map(({ name }) => name)).toEqual(['system_auth', 'ks']);
  const empty: KeyspaceSchema = { ...stored[0]!, tables: new Map() };
  const back = schemaWith([readKeyspace(storeKeyspace(empty))]).keyspaces.get('system_auth')!;
  expect(back.replication).toEqual(stored[0]!.replication);
  expect(back.tables.size).toBeGreaterThan(0);
});

/** A value somewhere within, replaced or with something beside it. */
function damage(value: unknown, path: readonly number[], put: unknown): unknown {
  const [at, ...rest] = path;
  if (at === undefined || typeof value !== 'object' || value === null) return put;
  const keys = Object.keys(value);
  if (keys.length === 0) return put;
  const key = keys[at % keys.length]!;
  const inner = (value as Record<string, unknown>)[key];
  const next = Array.isArray(value) ? [...value] : { ...value };
  (next as Record<string, unknown>)[key] = damage(inner, rest, put);
  return next;
}

test('damaged bytes are refused, or are a keyspace that is stored the same way', () => {
  const good = JSON.parse(Buffer.from(storeKeyspace(keyspaceOf(full()))).toString());
  fc.assert(
    fc.property(
      fc.array(fc.nat(20), { maxLength: 8 }),
      fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('int', 'list', -1, 1.5, true)),
      (path, put) => {
        const bytes = Buffer.from(JSON.stringify(damage(good, path, put)));
        let read: KeyspaceSchema;
        try {
          read = readKeyspace(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(StoredSchemaDamaged);
          return;
        }
        expect(readKeyspace(storeKeyspace(read))).toEqual(read);
      },
    ),
    { numRuns: 1000 },
  );
});

test('members that are not known are refused', () => {
  const good = JSON.parse(Buffer.from(storeKeyspace(keyspaceOf(full()))).toString());
  const read = (value: unknown) => () => readKeyspace(Buffer.from(JSON.stringify(value)));
  expect(read(good)).not.toThrow();
  expect(read({ ...good, more: 1 })).toThrow('the keyspace has unknown members: more');
  expect(read({ ...good, format: 2 })).toThrow('its format is unknown');
  expect(read({ ...good, tables: [{ ...good.tables[0], more: 1 }] })).toThrow(StoredSchemaDamaged);
  const type = `${'["list",true,'.repeat(5000)}"int"${']'.repeat(5000)}`;
  const deep = JSON.stringify({ ...good, types: [{ name: 'x', fields: [{ name: 'f', type: 0 }] }] });
  expect(() => readKeyspace(Buffer.from(deep.replace('"type":0', `"type":${type}`)))).toThrow('too deeply');
  expect(() => readKeyspace(Uint8Array.of(0xff, 0xfe))).toThrow(StoredSchemaDamaged);
});

test('a keyspace that would be too large to be read again is not made so', () => {
  const { identifierBytes, fieldsPerType, storedBytes } = schemaLimits;
  const fields = Array.from(
    { length: fieldsPerType },
    (_, at) => `${String(at).padEnd(identifierBytes, 'x')} int`,
  ).join(';');
  let schema = withTestKeyspace();
  const most = Math.floor(storedBytes / (identifierBytes * fieldsPerType)) - 1;
  for (let made = 0; made < most; made++) schema = withType(schema, `t${made}`, fields);
  expect(readKeyspace(storeKeyspace(keyspaceOf(schema))).types.size).toBe(most);
  expect(() => withType(schema, 'more', fields)).toThrow(
    `The schema of keyspace 'ks' would be too large: more than ${storedBytes} bytes`,
  );
});
