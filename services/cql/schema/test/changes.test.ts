/** Random statements against a plain model of what exists. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CqlError } from '../../errors.ts';
import {
  alterTable,
  type Changed,
  createIndex,
  createKeyspace,
  createTable,
  createType,
  createView,
  describe,
  dropIndex,
  dropKeyspace,
  dropTable,
  dropType,
  dropView,
  emptySchema,
  isStored,
  readKeyspace,
  type Schema,
  schemaWith,
  storeKeyspace,
  systemSchemaRows,
} from '../index.ts';
import { context, properties, simpleReplication, tableStatement, type, viewStatement } from './support.ts';

interface ModelTable {
  /** Regular columns with the user type they have, or none. */
  readonly columns: Map<string, string | undefined>;
  /** Columns that went, and whether they had a user type: something else does not come back under their name. */
  readonly dropped: Map<string, boolean>;
  readonly indexes: Map<string, string>;
  readonly views: Set<string>;
}

interface ModelKeyspace {
  readonly tables: Map<string, ModelTable>;
  readonly types: Set<string>;
}

type Model = Map<string, ModelKeyspace>;

/** What a statement does to both; the model says whether it may. */
interface Step {
  readonly run: (schema: Schema, id: number) => Changed;
  readonly apply: (model: Model) => boolean;
}

const names = fc.constantFrom('a', 'b');
const viewName = (name: string) => `view_${name}`;
const indexName = (name: string) => `index_${name}`;
const ifExists = false;

const hasIndex = (keyspace: ModelKeyspace, name: string) =>
  [...keyspace.tables.values()].some((table) => table.indexes.has(name));
const tableWithView = (keyspace: ModelKeyspace, name: string) =>
  [...keyspace.tables.values()].find((table) => table.views.has(name));

const newKeyspace = (keyspace: string): Step => ({
  run: (schema, id) =>
    createKeyspace(
      schema,
      { keyspace, properties: properties({ replication: simpleReplication }), ifNotExists: false },
      context(id),
    ),
  apply: (model) => {
    if (model.has(keyspace)) return false;
    model.set(keyspace, { tables: new Map(), types: new Set() });
    return true;
  },
});

const oldKeyspace = (keyspace: string): Step => ({
  run: (schema) => dropKeyspace(schema, { keyspace, ifExists }),
  apply: (model) => model.delete(keyspace),
});

const keyspaceStep = fc.oneof(names.map(newKeyspace), names.map(oldKeyspace));

const tableStep = fc.record({ keyspace: names, name: names, drop: fc.boolean() }).map(
  ({ keyspace, name, drop }): Step => ({
    run: (schema, id) =>
      drop
        ? dropTable(schema, { keyspace, name, ifExists })
        : createTable(
            schema,
            tableStatement(name, 'p int; c int; v int', 'p / c', { keyspace }),
            context(id),
          ),
    apply: (model) => {
      const tables = model.get(keyspace)?.tables;
      if (tables === undefined) return false;
      if (drop) return tables.get(name)?.views.size === 0 && tables.delete(name);
      if (tables.has(name)) return false;
      tables.set(name, {
        columns: new Map([['v', undefined]]),
        dropped: new Map(),
        indexes: new Map(),
        views: new Set(),
      });
      return true;
    },
  }),
);

const columnStep = fc
  .record({
    keyspace: names,
    table: names,
    column: names,
    userType: fc.option(names, { nil: undefined }),
    drop: fc.boolean(),
  })
  .map(
    ({ keyspace, table, column, userType, drop }): Step => ({
      run: (schema, id) =>
        alterTable(
          schema,
          {
            keyspace,
            name: table,
            ifExists,
            change: drop
              ? { kind: 'drop', ifExists, columns: [column], timestamp: undefined }
              : {
                  kind: 'add',
                  ifNotExists: false,
                  columns: [
                    {
                      name: column,
                      type: type(userType === undefined ? 'list<int>' : `map<int, frozen<${userType}>>`),
                      isStatic: false,
                    },
                  ],
                },
          },
          context(id),
        ),
      apply: (model) => {
        const found = model.get(keyspace)?.tables.get(table);
        if (found === undefined) return false;
        if (drop) {
          const indexed = [...found.indexes.values()].includes(column);
          if (indexed || found.views.size > 0 || !found.columns.has(column)) return false;
          found.dropped.set(column, found.columns.get(column) !== undefined);
          return found.columns.delete(column);
        }
        if (found.columns.has(column)) return false;
        if (userType !== undefined && !model.get(keyspace)!.types.has(userType)) return false;
        if ((found.dropped.get(column) ?? userType !== undefined) !== (userType !== undefined)) return false;
        found.columns.set(column, userType);
        return true;
      },
    }),
  );

const typeStep = fc.record({ keyspace: names, name: names, drop: fc.boolean() }).map(
  ({ keyspace, name, drop }): Step => ({
    run: (schema) =>
      drop
        ? dropType(schema, { keyspace, name, ifExists })
        : createType(schema, {
            keyspace,
            name,
            fields: [{ name: 'f', type: type('int') }],
            ifNotExists: false,
          }),
    apply: (model) => {
      const found = model.get(keyspace);
      if (found === undefined) return false;
      if (!drop) return !found.types.has(name) && found.types.add(name) !== undefined;
      const used = [...found.tables.values()].some((table) => [...table.columns.values()].includes(name));
      return !used && found.types.delete(name);
    },
  }),
);

const indexStep = fc.record({ keyspace: names, table: names, name: names, drop: fc.boolean() }).map(
  ({ keyspace, table, name, drop }): Step => ({
    run: (schema) =>
      drop
        ? dropIndex(schema, { keyspace, name: indexName(name), ifExists })
        : createIndex(schema, {
            keyspace,
            table,
            name: indexName(name),
            targets: [{ kind: 'simple', column: 'v' }],
            isCustom: false,
            className: undefined,
            properties: new Map(),
            ifNotExists: false,
          }),
    apply: (model) => {
      const found = model.get(keyspace);
      if (found === undefined) return false;
      if (drop) return [...found.tables.values()].some((each) => each.indexes.delete(indexName(name)));
      const target = found.tables.get(table);
      if (target === undefined || hasIndex(found, indexName(name)) || target.indexes.size > 0) return false;
      target.indexes.set(indexName(name), 'v');
      return true;
    },
  }),
);

const viewStep = fc.record({ keyspace: names, table: names, name: names, drop: fc.boolean() }).map(
  ({ keyspace, table, name, drop }): Step => ({
    run: (schema, id) =>
      drop
        ? dropView(schema, { keyspace, name: viewName(name), ifExists })
        : createView(schema, { ...viewStatement(viewName(name), table, 'v / p, c'), keyspace }, context(id)),
    apply: (model) => {
      const found = model.get(keyspace);
      if (found === undefined) return false;
      const owner = tableWithView(found, viewName(name));
      if (drop) return owner?.views.delete(viewName(name)) ?? false;
      const base = found.tables.get(table);
      if (base === undefined || owner !== undefined) return false;
      base.views.add(viewName(name));
      return true;
    },
  }),
);

function expectSame(schema: Schema, model: Model): void {
  const stored = [...schema.keyspaces.values()].filter(isStored);
  expect(stored.map(({ name }) => name).sort()).toEqual([...model.keys()].sort());
  for (const keyspace of stored) {
    const expected = model.get(keyspace.name)!;
    expect([...keyspace.types.keys()].sort()).toEqual([...expected.types].sort());
    const views = [...expected.tables.values()].flatMap((table) => [...table.views]);
    expect([...keyspace.tables.keys()].sort()).toEqual([...expected.tables.keys(), ...views].sort());
    for (const [name, table] of expected.tables) {
      const actual = keyspace.tables.get(name)!;
      expect([...actual.columns.keys()].sort()).toEqual(['c', 'p', ...table.columns.keys()].sort());
      expect(actual.indexes.map((index) => index.name)).toEqual([...table.indexes.keys()]);
      const ids = [...actual.columns.values()].map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const view of table.views)
        expect([...keyspace.tables.get(view)!.columns.keys()].sort()).toEqual(
          [...actual.columns.keys()].sort(),
        );
    }
  }
}

/** Everything that is made of a schema can be made of this one. */
function expectWhole(schema: Schema): void {
  const cluster = { keyspace: undefined, clusterName: 'c', ranges: new Map() };
  describe(schema, { target: { kind: 'schema', full: false }, withInternals: true }, cluster);
  for (const name of ['tables', 'columns', 'views', 'indexes', 'types', 'dropped_columns'])
    systemSchemaRows(schema, 'system_schema', name);
  const stored = [...schema.keyspaces.values()].filter(isStored);
  expect(schemaWith(stored.map((each) => readKeyspace(storeKeyspace(each)))).version).toBe(schema.version);
}

test('what a sequence of statements leaves is what a model says', () => {
  const often = (arbitrary: fc.Arbitrary<Step>) => ({ arbitrary, weight: 6 });
  const step = fc.oneof(
    { arbitrary: keyspaceStep, weight: 1 },
    ...[tableStep, columnStep, columnStep, typeStep, indexStep, viewStep].map(often),
  );
  // So that what follows finds something.
  const first = ['a', 'b'].map(newKeyspace);
  let done = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 30, maxLength: 80, size: 'max' }), (steps) => {
      let schema = emptySchema;
      const model: Model = new Map();
      for (const [at, { run, apply }] of [...first, ...steps].entries()) {
        const before = schema;
        let changed: Changed | undefined;
        try {
          changed = run(schema, at + 1);
        } catch (error) {
          expect(error).toBeInstanceOf(CqlError);
        }
        expect(changed !== undefined).toBe(apply(model));
        if (changed === undefined) continue;
        done += 1;
        schema = changed.schema;
        expect(changed.change).toBeDefined();
        expect(schema.version).not.toBe(before.version);
      }
      expectSame(schema, model);
      expectWhole(schema);
    }),
    { numRuns: 100 },
  );
  expect(done).toBeGreaterThan(1000);
});
