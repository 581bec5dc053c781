/** What DESCRIBE says makes the same schema in an empty store, and the stored form reads as what was stored, whatever things are called. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CqlError } from '../../../errors.ts';
import type { UserFunctions } from '../../../functions/user-functions.ts';
import { CqlSyntaxError, parse, type SchemaStatement } from '../../../parser/index.ts';
import { keywords } from '../../../parser/keywords.ts';
import { describe, readKeyspace, type Schema, storeKeyspace } from '../../../schema/index.ts';
import { pagingSeal } from '../../../session/paging-seal.ts';
import { JournalClock } from '../../../store/write-clock.ts';
import { memoryStorage } from '../../../test/support/open-server.ts';
import { statementFunctions } from '../../terms/functions.ts';
import { memorySchema } from '../memory-schema.ts';
import { prepareSchemaStatement } from '../schema-statement.ts';

const user: UserFunctions = { compile: () => ({ isCalledWith: () => true, call: () => undefined }) };
const functions = statementFunctions({ user });
const now = 1_700_000_000_000;

function emptyStore() {
  const schemas = memorySchema();
  const clock = new JournalClock(() => now, 0n);
  const run = async (text: string): Promise<void> => {
    const parsed = parse(text);
    const statement = parsed.statement as SchemaStatement;
    const prepared = prepareSchemaStatement(statement, parsed, schemas.schema, undefined, {
      schemas,
      functions,
      grants: { grant: async () => undefined, dropResources: async () => undefined },
      permit: () => undefined,
    });
    await prepared.execute(
      {
        values: [],
        consistency: 1,
        serialConsistency: undefined,
        pageSize: undefined,
        pagingState: undefined,
        timestamp: undefined,
        nowSeconds: undefined,
      },
      {
        storage: memoryStorage(schemas),
        clock,
        now: () => now,
        schema: () => schemas.schema,
        paging: pagingSeal(Buffer.alloc(32)),
        caller: { role: 'ann', isSuperuser: true },
        keyspace: undefined,
        warn: () => undefined,
      },
    );
  };
  return { schemas, run };
}

function described(schema: Schema): string[] {
  const statement = { target: { kind: 'schema', full: false }, withInternals: false } as const;
  const { rows } = describe(schema, statement, { keyspace: undefined, clusterName: '', ranges: new Map() });
  return rows.map((row) => row[3] as string);
}

const keyspace = "CREATE KEYSPACE ks WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}";

/** Statements that are refused are passed over: not everything may be called anything. @returns how many were not */
async function checkAgain(statements: readonly string[]): Promise<number> {
  const first = emptyStore();
  let done = 0;
  for (const statement of [keyspace, ...statements])
    try {
      await first.run(statement);
      done++;
    } catch (error) {
      if (!(error instanceof CqlError || error instanceof CqlSyntaxError)) throw error;
    }
  const texts = described(first.schemas.schema);
  const second = emptyStore();
  for (const text of texts) await second.run(text);
  expect(described(second.schemas.schema)).toEqual(texts);
  for (const each of first.schemas.schema.keyspaces.values()) {
    if (each.isVirtual) continue;
    const stored = storeKeyspace(each);
    expect(Buffer.from(storeKeyspace(readKeyspace(stored)))).toEqual(Buffer.from(stored));
  }
  return done;
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

const words = [...keywords.keys()];
const odd = ['A', 'a"b', "it's", ' ', '--x', '/*', '$$', ';', '😀', '__proto__', '1', 'a, b', 'a^b', 'byte'];
const names = fc.oneof(
  fc.constantFrom(...words),
  fc.constantFrom(...odd),
  fc.string({ maxLength: 8 }).filter((name) => name !== ''),
);
const plain = fc.constantFrom(
  'int',
  'text',
  'frozen<list<int>>',
  'map<int, text>',
  'frozen<tuple<int, text>>',
);

test('DESCRIBE makes the same schema again', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(names, { minLength: 9, maxLength: 9 }),
      plain,
      fc.string({ maxLength: 12 }),
      async (picked, type, text) => {
        const [key, clustering, value, view, udt, field, func, argument, table] = picked.map(quoted);
        const body = text.replaceAll("'", "''");
        await checkAgain([
          `CREATE TYPE ks.${udt} (${field} ${type})`,
          `CREATE TABLE ks.${table} (${key} int, ${clustering} text, ${value} frozen<${udt}>, z_ int, u_ ${udt}, PRIMARY KEY (${key}, ${clustering})) WITH comment = '${body}'`,
          `CREATE INDEX ${view} ON ks.${table} (${value})`,
          `CREATE INDEX ON ks.${table} (z_)`,
          `CREATE MATERIALIZED VIEW ks.${view} AS SELECT ${key}, ${clustering}, ${value} FROM ks.${table} WHERE ${key} > 3 AND ${clustering} IS NOT NULL PRIMARY KEY (${clustering}, ${key}) WITH CLUSTERING ORDER BY (${key} DESC)`,
          `CREATE FUNCTION ks.${func} (${argument} ${udt}, x_ int) CALLED ON NULL INPUT RETURNS ${udt} LANGUAGE lua AS '${body}'`,
          `CREATE FUNCTION ks.${func} (x_ int, ${argument} text) RETURNS NULL ON NULL INPUT RETURNS int LANGUAGE lua AS '${body}'`,
          `CREATE AGGREGATE ks.a_ (int) SFUNC ${func} STYPE ${udt}`,
          `CREATE AGGREGATE ks.${func} (text) SFUNC ${func} STYPE int INITCOND 3`,
        ]);
      },
    ),
    { numRuns: 300 },
  );
});

test.each([...words, ...odd])('of things that are called %j, too', async (word) => {
  const name = quoted(word);
  const done = await checkAgain([
    `CREATE TABLE ks.t (k int PRIMARY KEY, ${name} int)`,
    `CREATE TABLE ks.${name} (k int PRIMARY KEY)`,
    `CREATE TYPE ks.${name} (${name} int)`,
    `CREATE TABLE ks.u (k int PRIMARY KEY, v frozen<${name}>)`,
    `CREATE FUNCTION ks.${name} (${name} int, x_ int) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS 'x'`,
    `CREATE AGGREGATE ks.${name} (int) SFUNC ${name} STYPE int`,
  ]);
  expect(done).toBeGreaterThan(1);
});

test.each(['a $$ b', 'a$', '$$', '$', 'it$s', "it's"])('a body may be %j', async (body) => {
  const done = await checkAgain([
    `CREATE FUNCTION ks.f (x int) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS '${body.replaceAll("'", "''")}'`,
  ]);
  expect(done).toBe(2);
});

test('a user type that is called as a native one is another type, also as an argument', async () => {
  const { run, schemas } = emptyStore();
  await run(keyspace);
  await run('CREATE TYPE ks."int" (a int)');
  const create = (type: string) =>
    `CREATE FUNCTION ks.f (x ${type}) CALLED ON NULL INPUT RETURNS int LANGUAGE lua AS 'x'`;
  await run(create('int'));
  await run(create('"int"'));
  expect(schemas.schema.keyspaces.get('ks')!.functions.get('f')).toHaveLength(2);
});
