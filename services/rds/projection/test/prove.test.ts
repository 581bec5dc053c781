import { ProofRefused } from '@hypergate/node/verifier';
import { decodeDocument, encodeDocument, verifyDocument } from '@hypergate/table/verify';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { describeProof } from '../../verify/index.ts';
import { proveTarget } from '../index.ts';
import { openWorld, type ProjectionWorld } from './world.ts';

let world: ProjectionWorld;
beforeAll(async () => {
  world = await openWorld();
  await world.admin.query(`
    CREATE TABLE t (a int, "B b" text, c text, PRIMARY KEY (a, "B b"));
    INSERT INTO t SELECT g, 'x', 'value ' || g FROM generate_series(1, 200) g;
    INSERT INTO t VALUES (-7, 'a/b %é', null);
    CREATE SCHEMA "S.s"; CREATE TABLE "S.s"."t/u" (a text PRIMARY KEY, long text);
    INSERT INTO "S.s"."t/u" VALUES ('', repeat('x', 100000));
    CREATE TABLE copies (a int, b text); INSERT INTO copies VALUES (1, null), (1, null), (2, 'null')`);
  await world.settle();
});
afterAll(() => world.close());

async function prove(target: string, discloseAddressKeys = true): Promise<string> {
  await world.settle();
  return proveTarget({ target, discloseAddressKeys, delay: false }, world.projection);
}

function claimOf(document: string) {
  const { trustRoot, verifier } = world.store.prover;
  return describeProof(verifyDocument(document, trustRoot, verifier));
}

const factsOf = (document: string) => Object.fromEntries(claimOf(document).facts);

describe('a proof', () => {
  it('of a row says its values as of a position of the log', async () => {
    const document = await prove('pg://shop/postgres/t/5/x');
    const { statement } = claimOf(document);
    expect(statement).toBe(
      'there is this row of "public"."t" in the database "postgres" with "a" = "5", "B b" = "x"',
    );
    expect(factsOf(document)).toMatchObject({
      'column "a" (integer)': '"5"',
      'column "c" (text)': '"value 5"',
      'rows of the table': '201',
      'write-ahead log up to': expect.stringMatching(/^0\/[0-9A-F]+$/),
    });
  });

  it('shows what was committed before it was asked for', async () => {
    await world.admin.query("UPDATE t SET c = 'newer' WHERE a = 6");
    expect(factsOf(await prove('pg://shop/postgres/public.t/6/x'))).toMatchObject({
      'column "c" (text)': '"newer"',
    });
  });

  it.each([
    [
      'pg://shop/postgres/t/-7/a%2Fb %25é',
      'there is this row of "public"."t" in the database "postgres" with "a" = "-7", "B b" = "a/b %é"',
    ],
    [
      'pg://shop/postgres/S%2Es.t%2Fu/',
      'there is this row of "S.s"."t/u" in the database "postgres" with "a" = ""',
    ],
    [
      'pg://shop/postgres/copies/1/%00',
      'there are 2 of this row of "public"."copies" in the database "postgres" with "a" = "1", "b" = null',
    ],
    [
      'pg://shop/postgres/copies/2/null',
      'there is this row of "public"."copies" in the database "postgres" with "a" = "2", "b" = "null"',
    ],
    [
      'pg://shop/postgres/t/999/x',
      'there is no row of "public"."t" in the database "postgres" with "a" = "999", "B b" = "x"',
    ],
    [
      'pg://shop/postgres/copies/2/%00',
      'there is no row of "public"."copies" in the database "postgres" with "a" = "2", "b" = null',
    ],
    [
      'pg://shop/postgres/copies',
      'the table "public"."copies" in the database "postgres" has 2 columns and 3 rows',
    ],
    ['pg://shop/postgres/none/1', 'there is no table "public"."none" in the database "postgres"'],
  ])('%s', async (target, statement) => {
    expect(claimOf(await prove(target)).statement).toBe(statement);
  });

  it('of a long value has its hash', async () => {
    const facts = factsOf(await prove('pg://shop/postgres/S%2Es.t%2Fu/'));
    expect(facts['column "long" (text)']).toMatch(/^100000 bytes, sha256 [0-9a-f]{64}$/);
  });

  it('of a row can be made without giving address keys away, that there is none cannot', async () => {
    const document = await prove('pg://shop/postgres/t/5/x', false);
    expect(claimOf(document).statement).toMatch(/^there is this row/);
    await expect(prove('pg://shop/postgres/t/999/x', false)).rejects.toMatchObject({ status: 409 });
  });

  it.each([
    ['pg://shop/none/t/1/2', 404],
    ['pg://shop/postgres/t/1', 400],
    ['pg://shop/postgres/t/1/%00', 400],
    ['pg://shop/postgres/a.b.c/1', 400],
    ['pg://shop/postgres', 400],
    ['redis://0/a', 400],
    ['pg://shop/postgres/t/%ff/x', 400],
  ])('%s is not made', async (target, status) => {
    await expect(prove(target)).rejects.toMatchObject({ status });
  });
});

test('a document about another row, table or database, or with a part too few, is refused', async () => {
  const { trustRoot, verifier } = world.store.prover;
  const verified = verifyDocument(await prove('pg://shop/postgres/t/5/x'), trustRoot, verifier);
  const refused = [
    { subject: 'pg://shop/postgres/public.t/6/x' },
    { subject: 'pg://shop/postgres/public.t/5' },
    { subject: 'pg://shop/postgres/public.t' },
    { subject: 'pg://shop/postgres/public.u/5/x' },
    { subject: 'pg://shop/other/public.t/5/x' },
    { subject: 'pg://shop/postgres/t/5/x' },
    { subject: 'pg://shop/postgres/public.t/%35/x' },
    { records: verified.records.slice(1) },
    { records: verified.records.slice(0, -1) },
    { relations: [] },
    { relations: verified.relations.map((one) => ({ ...one, members: [] })) },
    { relations: [...verified.relations, ...verified.relations.map((one) => ({ ...one }))] },
    ...verified.records.map((record) => ({
      records: verified.records.map((one) =>
        one === record ? { ...one, domain: Uint8Array.from(one.domain, (byte) => byte ^ 1) } : one,
      ),
    })),
    // Its state is no longer `current`.
    ...verified.records.slice(0, 2).map((record) => ({
      records: verified.records.map((one) =>
        one === record ? { ...one, row: Uint8Array.from(one.row, (byte, at) => (at === 0 ? 1 : byte)) } : one,
      ),
    })),
  ];
  expect(describeProof(verified).statement).toMatch(/^there is this row/);
  for (const change of refused) expect(() => describeProof({ ...verified, ...change })).toThrow(ProofRefused);
});

test('rows do not change while a proof of them is made', async () => {
  const client = await world.engine.connect();
  let isOpen = true;
  const writing = (async () => {
    for (let round = 0; isOpen; round += 1)
      await client.query('UPDATE t SET c = $1 WHERE a = 9', [`round ${round}`]);
  })();
  for (let turn = 0; turn < 5; turn += 1) {
    const document = decodeDocument(await prove('pg://shop/postgres/t/9/x'));
    expect(claimOf(encodeDocument(document)).statement).toMatch(/^there is this row/);
  }
  isOpen = false;
  await writing;
  await client.end();
});
