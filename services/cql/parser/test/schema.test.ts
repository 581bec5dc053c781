import { describe, expect, test } from 'vitest';
import type { Statement, TableChange, TypeSyntax } from '../ast.ts';
import { errorOf, integerTerm, qualified, statementOf, statementOfKind } from './support.ts';

const int: TypeSyntax = { kind: 'native', name: 'int' };
const text: TypeSyntax = { kind: 'native', name: 'text' };
const noOptions = { properties: new Map(), clusteringOrder: [], compactStorage: false };

describe('keyspaces', () => {
  const replication = new Map([
    ['class', 'SimpleStrategy'],
    ['replication_factor', '1'],
  ]);
  test.each<[string, Statement]>([
    [
      "CREATE KEYSPACE IF NOT EXISTS \"Ks\" WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1} AND durable_writes = FALSE",
      {
        kind: 'createKeyspace',
        keyspace: 'Ks',
        ifNotExists: true,
        properties: new Map<string, string | ReadonlyMap<string, string>>([
          ['replication', replication],
          ['durable_writes', 'false'],
        ]),
      },
    ],
    [
      'CREATE SCHEMA ks WITH a = 1.5',
      { kind: 'createKeyspace', keyspace: 'ks', ifNotExists: false, properties: new Map([['a', '1.5']]) },
    ],
    [
      'ALTER KEYSPACE IF EXISTS ks WITH a = LIST',
      { kind: 'alterKeyspace', keyspace: 'ks', ifExists: true, properties: new Map([['a', 'LIST']]) },
    ],
    ['DROP KEYSPACE IF EXISTS ks', { kind: 'dropKeyspace', keyspace: 'ks', ifExists: true }],
    ['USE "Ks"', { kind: 'use', keyspace: 'Ks' }],
  ])('%s', (source, tree) => expect(statementOf(source)).toEqual(tree));

  test.each([
    ['a = 1 AND a = 2', "Multiple definition for property 'a'"],
    ["a = {'x': 1, 'x': 2}", 'Multiple definition for property x'],
    [
      "a = {'x': ?}",
      "Invalid property value: ? for property: 'x' (bind variables are not supported in DDL queries)",
    ],
    ['a = {?: 1}', 'Invalid property name: ? (bind variables are not supported in DDL queries)'],
    ["a = {'x': [1]}", "Invalid property value: [1] for property: 'x'"],
  ])('WITH %s: %s', (properties, message) => {
    expect(errorOf(`CREATE KEYSPACE ks WITH ${properties}`).message).toBe(message);
  });
});

describe('tables', () => {
  test('with keys and options', () => {
    const source =
      'CREATE TABLE IF NOT EXISTS ks.t (a int, b text STATIC, "C" frozen<u>, PRIMARY KEY ((a, b), "C"),) WITH CLUSTERING ORDER BY ("C" DESC, d ASC) AND COMPACT STORAGE AND comment = \'x\' AND compaction = {}';
    expect(statementOf(source)).toEqual({
      kind: 'createTable',
      table: qualified('t', 'ks'),
      ifNotExists: true,
      columns: [
        { name: 'a', type: int, isStatic: false },
        { name: 'b', type: text, isStatic: true },
        {
          name: 'C',
          type: { kind: 'frozen', type: { kind: 'user', name: qualified('u') } },
          isStatic: false,
        },
      ],
      primaryKeys: [{ partition: ['a', 'b'], clustering: ['C'] }],
      options: {
        properties: new Map<string, string | ReadonlyMap<string, string>>([
          ['comment', 'x'],
          ['compaction', new Map()],
        ]),
        clusteringOrder: [
          { column: 'C', descending: true },
          { column: 'd', descending: false },
        ],
        compactStorage: true,
      },
    });
  });
  test('tell each primary key that was written', () => {
    const { primaryKeys } = statementOfKind(
      'CREATE COLUMNFAMILY t (a int PRIMARY KEY, PRIMARY KEY (a, b))',
      'createTable',
    );
    expect(primaryKeys).toEqual([
      { partition: ['a'], clustering: [] },
      { partition: ['a'], clustering: ['b'] },
    ]);
  });
  test('may have properties named as words of the grammar', () => {
    const { options } = statementOfKind(
      'CREATE TABLE t (a int PRIMARY KEY) WITH compact = 1 AND clustering = 2',
      'createTable',
    );
    expect([...options.properties.keys()]).toEqual(['compact', 'clustering']);
  });
  test.each<[string, TableChange]>([
    [
      'ADD a int STATIC',
      { kind: 'add', ifNotExists: false, columns: [{ name: 'a', type: int, isStatic: true }] },
    ],
    [
      'ADD IF NOT EXISTS (a int, b text)',
      {
        kind: 'add',
        ifNotExists: true,
        columns: [
          { name: 'a', type: int, isStatic: false },
          { name: 'b', type: text, isStatic: false },
        ],
      },
    ],
    ['ALTER a TYPE text', { kind: 'alterType', column: 'a', type: text }],
    ['DROP a', { kind: 'drop', ifExists: false, columns: ['a'], timestamp: undefined }],
    ['DROP compact', { kind: 'drop', ifExists: false, columns: ['compact'], timestamp: undefined }],
    [
      'DROP IF EXISTS (a, b) USING TIMESTAMP -5',
      { kind: 'drop', ifExists: true, columns: ['a', 'b'], timestamp: -5n },
    ],
    ['DROP COMPACT STORAGE', { kind: 'dropCompactStorage' }],
    [
      'RENAME IF EXISTS a TO b AND c TO d',
      {
        kind: 'rename',
        ifExists: true,
        renames: [
          { from: 'a', to: 'b' },
          { from: 'c', to: 'd' },
        ],
      },
    ],
    ["WITH comment = 'x'", { kind: 'options', properties: new Map([['comment', 'x']]) }],
  ])('ALTER TABLE t %s', (change, tree) => {
    expect(statementOf(`ALTER TABLE IF EXISTS t ${change}`)).toEqual({
      kind: 'alterTable',
      table: qualified('t'),
      ifExists: true,
      change: tree,
    });
  });
  test('no time of a drop is longer than 64 bits', () => {
    expect(errorOf('ALTER TABLE t DROP a USING TIMESTAMP 9223372036854775808').message).toBe(
      'Invalid timestamp: 9223372036854775808',
    );
  });
  test('DROP TABLE', () =>
    expect(statementOf('DROP TABLE IF EXISTS ks.t')).toEqual({
      kind: 'dropTable',
      table: qualified('t', 'ks'),
      ifExists: true,
    }));
});

describe('types', () => {
  test.each<[string, Statement]>([
    [
      'CREATE TYPE IF NOT EXISTS ks.u (a int, "B" text,)',
      {
        kind: 'createType',
        name: qualified('u', 'ks'),
        ifNotExists: true,
        fields: [
          { name: 'a', type: int },
          { name: 'B', type: text },
        ],
      },
    ],
    [
      'ALTER TYPE IF EXISTS u ADD IF NOT EXISTS a int',
      {
        kind: 'alterType',
        name: qualified('u'),
        ifExists: true,
        change: { kind: 'add', ifNotExists: true, field: { name: 'a', type: int } },
      },
    ],
    [
      'ALTER TYPE u ALTER a TYPE int',
      {
        kind: 'alterType',
        name: qualified('u'),
        ifExists: false,
        change: { kind: 'alterType', field: 'a', type: int },
      },
    ],
    [
      'ALTER TYPE u RENAME a TO b',
      {
        kind: 'alterType',
        name: qualified('u'),
        ifExists: false,
        change: { kind: 'rename', ifExists: false, renames: [{ from: 'a', to: 'b' }] },
      },
    ],
    ['DROP TYPE u', { kind: 'dropType', name: qualified('u'), ifExists: false }],
  ])('%s', (source, tree) => expect(statementOf(source)).toEqual(tree));
});

describe('indexes', () => {
  test.each<[string, string | undefined, object[]]>([
    ['i ON ks.t (a)', 'i', [{ kind: 'simple', column: 'a' }]],
    ['ON ks.t (values(a))', undefined, [{ kind: 'values', column: 'a' }]],
    [
      'ON ks.t (KEYS("A"), entries(b), FULL(c))',
      undefined,
      [
        { kind: 'keys', column: 'A' },
        { kind: 'entries', column: 'b' },
        { kind: 'full', column: 'c' },
      ],
    ],
    ['ON ks.t (values)', undefined, [{ kind: 'simple', column: 'values' }]],
    ['ON ks.t ()', undefined, []],
  ])('CREATE INDEX %s', (source, name, targets) => {
    expect(statementOf(`CREATE INDEX ${source}`)).toEqual({
      kind: 'createIndex',
      name,
      table: qualified('t', 'ks'),
      ifNotExists: false,
      isCustom: false,
      targets,
      className: undefined,
      properties: new Map(),
    });
  });
  test("of a class of one's own", () => {
    const source =
      "CREATE CUSTOM INDEX IF NOT EXISTS i ON t (a) USING 'org.X' WITH OPTIONS = {'mode': 'CONTAINS'}";
    expect(statementOf(source)).toMatchObject({
      ifNotExists: true,
      isCustom: true,
      className: 'org.X',
      properties: new Map([['options', new Map([['mode', 'CONTAINS']])]]),
    });
  });
  test('DROP INDEX', () =>
    expect(statementOf('DROP INDEX ks.i')).toEqual({
      kind: 'dropIndex',
      name: qualified('i', 'ks'),
      ifExists: false,
    }));
});

describe('views', () => {
  test('CREATE MATERIALIZED VIEW', () => {
    const source =
      'CREATE MATERIALIZED VIEW IF NOT EXISTS ks.v AS SELECT a, b FROM ks.t WHERE a IS NOT NULL AND b > 1 PRIMARY KEY ((b), a) WITH CLUSTERING ORDER BY (a DESC)';
    expect(statementOf(source)).toEqual({
      kind: 'createView',
      view: qualified('v', 'ks'),
      table: qualified('t', 'ks'),
      ifNotExists: true,
      selectors: [
        { selector: { kind: 'column', name: 'a' }, alias: undefined },
        { selector: { kind: 'column', name: 'b' }, alias: undefined },
      ],
      where: [
        { kind: 'isNotNull', column: 'a' },
        { kind: 'column', column: 'b', operator: '>', value: integerTerm('1') },
      ],
      primaryKey: { partition: ['b'], clustering: ['a'] },
      options: { ...noOptions, clusteringOrder: [{ column: 'a', descending: true }] },
    });
  });
  test('are never compact', () => {
    const source = 'CREATE MATERIALIZED VIEW v AS SELECT * FROM t PRIMARY KEY (a) WITH COMPACT STORAGE';
    expect(errorOf(source).message).toBe('COMPACT STORAGE tables are not allowed starting with version 4.0');
  });
  test.each<[string, Statement]>([
    [
      'ALTER MATERIALIZED VIEW v WITH a = 1',
      { kind: 'alterView', view: qualified('v'), ifExists: false, properties: new Map([['a', '1']]) },
    ],
    ['DROP MATERIALIZED VIEW IF EXISTS v', { kind: 'dropView', view: qualified('v'), ifExists: true }],
  ])('%s', (source, tree) => expect(statementOf(source)).toEqual(tree));
});

describe('functions', () => {
  test.each<[string, Statement]>([
    [
      'CREATE OR REPLACE FUNCTION ks.f (a int, "B" text) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE Lua AS $$ return \'a\' $$',
      {
        kind: 'createFunction',
        name: qualified('f', 'ks'),
        orReplace: true,
        ifNotExists: false,
        args: [
          { name: 'a', type: int },
          { name: 'B', type: text },
        ],
        calledOnNull: false,
        returns: int,
        language: 'lua',
        body: " return 'a' ",
      },
    ],
    [
      "CREATE FUNCTION IF NOT EXISTS f () CALLED ON NULL INPUT RETURNS text LANGUAGE java AS 'x'",
      {
        kind: 'createFunction',
        name: qualified('f'),
        orReplace: false,
        ifNotExists: true,
        args: [],
        calledOnNull: true,
        returns: text,
        language: 'java',
        body: 'x',
      },
    ],
    [
      'CREATE AGGREGATE ks.g (int) SFUNC s STYPE int FINALFUNC f INITCOND 1',
      {
        kind: 'createAggregate',
        name: qualified('g', 'ks'),
        orReplace: false,
        ifNotExists: false,
        argumentTypes: [int],
        stateFunction: 's',
        stateType: int,
        finalFunction: 'f',
        initialCondition: integerTerm('1'),
      },
    ],
    [
      'CREATE OR REPLACE AGGREGATE g () SFUNC s STYPE text',
      {
        kind: 'createAggregate',
        name: qualified('g'),
        orReplace: true,
        ifNotExists: false,
        argumentTypes: [],
        stateFunction: 's',
        stateType: text,
        finalFunction: undefined,
        initialCondition: undefined,
      },
    ],
    [
      'DROP FUNCTION IF EXISTS ks.f',
      { kind: 'dropFunction', name: qualified('f', 'ks'), argumentTypes: undefined, ifExists: true },
    ],
    [
      'DROP AGGREGATE g (int, text)',
      { kind: 'dropAggregate', name: qualified('g'), argumentTypes: [int, text], ifExists: false },
    ],
    [
      "CREATE TRIGGER IF NOT EXISTS x ON ks.t USING 'org.X'",
      {
        kind: 'createTrigger',
        name: 'x',
        table: qualified('t', 'ks'),
        className: 'org.X',
        ifNotExists: true,
      },
    ],
    ['DROP TRIGGER x ON t', { kind: 'dropTrigger', name: 'x', table: qualified('t'), ifExists: false }],
  ])('%s', (source, tree) => expect(statementOf(source)).toEqual(tree));
});
