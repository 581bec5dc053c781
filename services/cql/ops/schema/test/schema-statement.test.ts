/** Statements of the schema, from their text to their result. */
import { beforeEach, expect, test } from 'vitest';
import type { AuthResource } from '../../../auth/resources.ts';
import { resourceName } from '../../../auth/resources.ts';
import { CqlError } from '../../../errors.ts';
import type { UserFunctions } from '../../../functions/user-functions.ts';
import { parse, type SchemaStatement } from '../../../parser/index.ts';
import type { Schema } from '../../../schema/model.ts';
import { pagingSeal } from '../../../session/paging-seal.ts';
import { JournalClock } from '../../../store/write-clock.ts';
import { memoryStorage } from '../../../test/support/open-server.ts';
import type { Executing, QueryOptions } from '../../api.ts';
import { statementFunctions } from '../../terms/functions.ts';
import type { ListenedSchema } from '../listened-schema.ts';
import { memorySchema } from '../memory-schema.ts';
import { prepareSchemaStatement } from '../schema-statement.ts';

const options: QueryOptions = {
  values: [],
  consistency: 1,
  serialConsistency: undefined,
  pageSize: undefined,
  pagingState: undefined,
  timestamp: undefined,
  nowSeconds: undefined,
};

const compiled: string[] = [];
/** Runs nothing, and does not want the language of nobody. */
const user: UserFunctions = {
  compile: ({ name, language }) => {
    if (language === 'nothing') throw new CqlError('invalid', "Language 'nothing' is not supported");
    compiled.push(name);
    return { isCalledWith: () => true, call: () => undefined };
  },
};

let schemas: ListenedSchema;
let granted: string[];
let dropped: string[];
let warnings: string[];

function names(resources: readonly AuthResource[]) {
  return resources.map(resourceName);
}

/** What it takes to be executed, once it is prepared. */
function prepare(text: string, keyspace: string | undefined = 'ks'): () => Promise<string> {
  const parsed = parse(text);
  const executing: Executing = {
    storage: memoryStorage(schemas),
    clock: new JournalClock(() => 1_700_000_000_000, 0n),
    now: () => 1_700_000_000_000,
    schema: () => schemas.schema,
    paging: pagingSeal(Buffer.alloc(32)),
    caller: { role: 'ann', isSuperuser: false },
    keyspace,
    warn: (warning) => warnings.push(warning),
  };
  const prepared = prepareSchemaStatement(
    parsed.statement as SchemaStatement,
    parsed,
    schemas.schema,
    keyspace,
    {
      schemas,
      functions: statementFunctions({ user }),
      grants: {
        grant: async (role, resource) => void granted.push(`${role} ${resourceName(resource)}`),
        dropResources: async (resources) => void dropped.push(...names(resources)),
      },
      permit: async (role, needs) => {
        for (const { permission, resource } of needs)
          throw new CqlError('unauthorized', `${role} lacks ${permission} on ${resourceName(resource)}`);
      },
    },
  );
  return async () => {
    const result = await prepared.execute(options, executing);
    if (result.kind !== 'schema-change') return result.kind;
    const { change, target, name = '', argumentTypes } = result.change;
    return `${change} ${target} ${result.change.keyspace} ${name}${argumentTypes === undefined ? '' : `(${argumentTypes})`}`.trim();
  };
}

async function told(work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CqlError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

const run = (text: string, keyspace?: string): Promise<string> =>
  told(async () => await prepare(text, keyspace)());

const replication = "{'class': 'SimpleStrategy', 'replication_factor': 1}";

beforeEach(async () => {
  schemas = memorySchema();
  [granted, dropped, warnings] = [[], [], []];
  compiled.length = 0;
  await run(`CREATE KEYSPACE ks WITH replication = ${replication}`);
  await run('CREATE TABLE t (k int, c text, v int, l list<text>, PRIMARY KEY (k, c))');
  granted.length = 0;
});

const table = (of: Schema, name: string) => of.keyspaces.get('ks')?.tables.get(name);

test('each kind of statement says what it changed', async () => {
  const all: readonly (readonly [statement: string, result: string])[] = [
    [`CREATE KEYSPACE other WITH replication = ${replication}`, 'CREATED KEYSPACE other'],
    ['ALTER KEYSPACE other WITH durable_writes = false', 'UPDATED KEYSPACE other'],
    ['DROP KEYSPACE other', 'DROPPED KEYSPACE other'],
    ['CREATE TYPE u (a int)', 'CREATED TYPE ks u'],
    ['ALTER TYPE u ADD b frozen<list<int>>', 'UPDATED TYPE ks u'],
    ['ALTER TYPE u RENAME a TO c', 'UPDATED TYPE ks u'],
    ['CREATE TABLE made (k frozen<u> PRIMARY KEY)', 'CREATED TABLE ks made'],
    ['DROP TABLE made', 'DROPPED TABLE ks made'],
    ['DROP TYPE u', 'DROPPED TYPE ks u'],
    ['ALTER TABLE t ADD w int', 'UPDATED TABLE ks t'],
    ["ALTER TABLE t WITH comment = 'x'", 'UPDATED TABLE ks t'],
    ['ALTER TABLE t DROP w', 'UPDATED TABLE ks t'],
    ['CREATE INDEX ON t (v)', 'UPDATED TABLE ks t'],
    ['DROP INDEX t_v_idx', 'UPDATED TABLE ks t'],
    [
      'CREATE MATERIALIZED VIEW mv AS SELECT * FROM t WHERE v IS NOT NULL AND k IS NOT NULL AND c IS NOT NULL PRIMARY KEY (v, k, c)',
      'CREATED TABLE ks mv',
    ],
    ["ALTER MATERIALIZED VIEW mv WITH comment = 'x'", 'UPDATED TABLE ks mv'],
    ['DROP MATERIALIZED VIEW mv', 'DROPPED TABLE ks mv'],
    [
      "CREATE FUNCTION f (s int, x int) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS 'return s'",
      'CREATED FUNCTION ks f(int,int)',
    ],
    ['CREATE AGGREGATE g (int) SFUNC f STYPE int INITCOND 0', 'CREATED AGGREGATE ks g(int)'],
    ['DROP AGGREGATE g', 'DROPPED AGGREGATE ks g(int)'],
    ['DROP FUNCTION f', 'DROPPED FUNCTION ks f(int,int)'],
  ];
  for (const [statement, result] of all)
    expect([statement, await run(statement)]).toEqual([statement, result]);
  expect(warnings).toEqual([
    'Materialized views are experimental and are not recommended for production use.',
  ]);
});

test.each([
  'CREATE TABLE IF NOT EXISTS t (k int PRIMARY KEY)',
  'DROP TABLE IF EXISTS none',
  'DROP KEYSPACE IF EXISTS none',
  'DROP INDEX IF EXISTS none',
  'DROP FUNCTION IF EXISTS f',
  'DROP TYPE IF EXISTS u',
  `CREATE KEYSPACE IF NOT EXISTS ks WITH replication = ${replication}`,
])('%s is void', async (statement) => expect(await run(statement)).toBe('void'));

test.each<[statement: string, problem: string]>([
  [
    'CREATE TABLE t (k int PRIMARY KEY)',
    'alreadyExists: Cannot add already existing table "t" to keyspace "ks"',
  ],
  [
    'CREATE MATERIALIZED VIEW other.mv AS SELECT * FROM ks.t WHERE v IS NOT NULL PRIMARY KEY (v, k, c)',
    'invalid: Cannot create a materialized view on a table in a different keyspace',
  ],
  [
    'CREATE MATERIALIZED VIEW mv AS SELECT * FROM t WHERE v = ? AND k IS NOT NULL AND c IS NOT NULL PRIMARY KEY (v, k, c)',
    'invalid: Bind variables are not allowed in CREATE MATERIALIZED VIEW statements',
  ],
  [
    "CREATE MATERIALIZED VIEW mv AS SELECT * FROM t WHERE v IS NOT NULL AND k = 'x' AND c IS NOT NULL PRIMARY KEY (v, k, c)",
    'invalid: Invalid STRING constant (x) for "k" of type int',
  ],
  [
    'CREATE MATERIALIZED VIEW mv AS SELECT k AS z FROM t WHERE v IS NOT NULL PRIMARY KEY (v, k, c)',
    'invalid: Cannot use aliases when defining a materialized view (got k AS z)',
  ],
  [
    "CREATE FUNCTION f (x int) CALLED ON NULL INPUT RETURNS int LANGUAGE nothing AS ''",
    "invalid: Language 'nothing' is not supported",
  ],
  ["CREATE TRIGGER tr ON t USING 'x'", 'invalid: Triggers are not supported: they are classes of Java'],
  ['CREATE TABLE system.x (k int PRIMARY KEY)', 'unauthorized: system keyspace is not user-modifiable.'],
  ['DROP TABLE system_auth.roles', 'unauthorized: Cannot DROP <table system_auth.roles>'],
])('%s is refused', async (statement, problem) => expect(await run(statement)).toBe(problem));

test('without a keyspace in use, names need one', async () => {
  schemas = memorySchema();
  const parsed = parse('DROP TABLE x');
  const unnamed = () =>
    prepareSchemaStatement(parsed.statement as SchemaStatement, parsed, schemas.schema, undefined, {
      schemas,
      functions: statementFunctions(),
      grants: { grant: async () => undefined, dropResources: async () => undefined },
      permit: () => undefined,
    });
  expect(unnamed).toThrow(
    'No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename',
  );
});

test('whoever makes something is given it, and what is dropped is taken from all', async () => {
  await run(
    "CREATE FUNCTION f (a tuple<int, text>) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS 'return 1'",
  );
  await run(`CREATE KEYSPACE other WITH replication = ${replication}`);
  expect(granted).toEqual(['ann functions/ks/f[tuple<int, text>]', 'ann data/other', 'ann functions/other']);
  dropped.length = 0;
  await run('DROP KEYSPACE ks');
  expect(dropped).toEqual([
    'data/ks',
    'functions/ks',
    'data/ks/*',
    'data/ks/t',
    'functions/ks/f[tuple<int, text>]',
  ]);
});

test('what is made again before permissions of the old one are taken away keeps its own', async () => {
  const drop = prepare('DROP TABLE t');
  // As another gateway would.
  const stop = schemas.onChange((before) => {
    stop();
    void schemas.change(() => ({ schema: before, change: undefined, warnings: [] }));
  });
  dropped.length = 0;
  expect(await told(drop)).toBe('DROPPED TABLE ks t');
  expect(table(schemas.schema, 't')).toBeDefined();
  expect(dropped).toEqual([]);
});

test('what others made behind the look at permissions is not dropped or replaced without one', async () => {
  const create = "FUNCTION f (a int) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS 'return 1'";
  const drop = prepare('DROP FUNCTION IF EXISTS f(int)');
  const replace = prepare(`CREATE OR REPLACE ${create}`);
  const dropIndex = prepare('DROP INDEX IF EXISTS i');
  await run(`CREATE ${create}`);
  await run('CREATE INDEX i ON t (v)');
  expect(await told(drop)).toBe('unauthorized: ann lacks DROP on functions/ks/f[int]');
  expect(await told(replace)).toBe('unauthorized: ann lacks ALTER on functions/ks/f[int]');
  expect(await told(dropIndex)).toBe('unauthorized: ann lacks ALTER on data/ks/t');
  expect(await run('DROP FUNCTION f')).toBe('DROPPED FUNCTION ks f(int)');
});

test('a statement whose needs stay the same is executed on a schema that others changed meanwhile', async () => {
  const add = prepare('ALTER TABLE t ADD w int');
  await run('ALTER TABLE t ADD x int');
  expect(await told(add)).toBe('UPDATED TABLE ks t');
});

test('a function is compiled when it is made, and not when it is there already', async () => {
  const create = "FUNCTION f (a int) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS 'return 1'";
  await run(`CREATE ${create}`);
  await run(`CREATE ${create.replace('FUNCTION', 'FUNCTION IF NOT EXISTS')}`);
  expect(compiled).toEqual(['f']);
  await run(`CREATE OR REPLACE ${create}`);
  expect(compiled).toEqual(['f', 'f']);
});

test('the first state of an aggregate is kept as CQL writes it', async () => {
  await run("CREATE FUNCTION f (s text, x int) CALLED ON NULL INPUT RETURNS text LANGUAGE lua AS 'return s'");
  await run("CREATE AGGREGATE g (int) SFUNC f STYPE text INITCOND 'it''s'");
  await run('CREATE AGGREGATE h (int) SFUNC f STYPE text INITCOND null');
  const { aggregates } = schemas.schema.keyspaces.get('ks')!;
  expect(aggregates.get('g')![0]!.initialCondition).toBe("'it''s'");
  expect(aggregates.get('h')![0]!.initialCondition).toBeUndefined();
});

test('a view whose condition could not be judged of rows is refused before there is one', async () => {
  await run("CREATE FUNCTION f (x int) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS 'return x'");
  const view = (where: string) =>
    run(`CREATE MATERIALIZED VIEW mv AS SELECT * FROM t WHERE ${where} AND c IS NOT NULL PRIMARY KEY (k, c)`);
  expect(await view('k = ks.f(1)')).toBe(
    'invalid: A materialized view cannot be restricted by a value that changes (k)',
  );
  expect(await view('k != 1')).toBe('invalid: Unsupported restriction: k != 1');
  expect(table(schemas.schema, 'mv')).toBeUndefined();
});

test('a field that the condition of a view names keeps its name', async () => {
  await run('CREATE TYPE u (x int)');
  await run('CREATE TABLE w (a int, b frozen<u>, PRIMARY KEY (a, b))');
  const view = 'SELECT * FROM w WHERE a IS NOT NULL AND b > {x: 1} PRIMARY KEY (a, b)';
  expect(await run(`CREATE MATERIALIZED VIEW mv AS ${view}`)).toBe('CREATED TABLE ks mv');
  expect(await run('ALTER TYPE u RENAME x TO z')).toBe(
    'invalid: Cannot alter user type ks.u as it is still used in the condition of view mv',
  );
  expect(await run('ALTER TYPE u ADD y int')).toBe('UPDATED TYPE ks u');
  await run('DROP MATERIALIZED VIEW mv');
  expect(await run('ALTER TYPE u RENAME x TO z')).toBe('UPDATED TYPE ks u');
});

test('the name of a class means the type that CQL has for it', async () => {
  await run(
    "CREATE TABLE classes (k 'org.apache.cassandra.db.marshal.Int32Type' PRIMARY KEY, v 'EmptyType')",
  );
  const { columns } = table(schemas.schema, 'classes')!;
  expect(columns.get('k')!.type).toEqual({ kind: 'native', name: 'int' });
  expect(columns.get('v')!.type).toMatchObject({ kind: 'custom' });
});
