/** What documents about rows are held to: every record, of that table, generation, key and keyspace, and nothing more. */
import { ProofRefused } from '@hypergate/node/verifier';
import {
  documentText,
  encodeDocument,
  type ProofDocument,
  type VerifiedAbsence,
  type VerifiedDocument,
  type VerifiedRecord,
  verifyDocument,
} from '@hypergate/table/verify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dropTable } from '../../schema/changes/index.ts';
import { withTable } from '../../schema/test/support.ts';
import { ProofWorld } from '../../test/support/proof-world.ts';
import { describeProof } from '../index.ts';
import { cqlDomain } from '../parts.ts';

const target = 'cql://ks/t/1/x';
let world: ProofWorld;
let document: VerifiedDocument;
let text: string;

beforeAll(async () => {
  world = await ProofWorld.open();
  await world.change((schema) =>
    withTable(schema, 't', 'a int; b text; c int; d set<int>; s text static', 'a / b'),
  );
  await world.change((schema) =>
    withTable(schema, 'u', 'a int; b text; c int; d set<int>; s text static', 'a / b'),
  );
  for (const table of ['t', 'u']) {
    for (const key of [
      ['1', 'x'],
      ['1', 'y'],
      ['2', 'x'],
    ])
      await world.write(table, {
        key,
        columns: { c: '5', d: '{1, 2}' },
        statics: { s: table },
        isInsert: true,
      });
  }
  text = await world.document(target, true);
  document = world.verified(text);
});

afterAll(() => world.close());

const verified = async (other: string, disclose = true) =>
  world.verified(await world.document(other, disclose));
const rowOf = ({ records }: VerifiedDocument): VerifiedRecord =>
  records.find(({ table, sort }) => table === 'cql.rows' && sort.at(-1) === 0x38)!;
const headOf = ({ records }: VerifiedDocument): VerifiedRecord =>
  records.find(({ table, sort }) => table === 'cql.rows' && sort.at(-1) === 0)!;
const of = ({ records }: VerifiedDocument, name: string): VerifiedRecord =>
  records.find(({ table }) => table === name)!;

/** With one record in the place of another. */
const replaced = (old: VerifiedRecord, ...by: readonly VerifiedRecord[]): VerifiedDocument => ({
  ...document,
  records: document.records.flatMap((record) => (record === old ? by : [record])),
});

function absence({ domain, table, partition, sort }: VerifiedRecord): VerifiedAbsence {
  return { domain, table, partition, sort };
}

function refused(changed: VerifiedDocument, why: string | RegExp): void {
  expect(() => describeProof(changed)).toThrow(ProofRefused);
  expect(() => describeProof(changed)).toThrow(why);
}

test('the whole document holds', () => {
  expect(document.records).toHaveLength(5);
  expect(describeProof(document).statement).toContain(
    "row (a = 1, b = 'x') of table ks.t holds: c = 5, d = {1, 2}",
  );
  expect(Buffer.from(cqlDomain)).toEqual(Buffer.from(world.domain.address));
});

describe('a document is refused', () => {
  test('without one of its records', () => {
    refused(replaced(of(document, 'cql.keyspaces')), 'the schema of the keyspace is not proven');
    refused(replaced(of(document, 'cql.tables')), 'the generation of the table is not proven');
    refused(replaced(of(document, 'cql.domains')), 'where the rows of the keyspace are is not proven');
    refused(replaced(rowOf(document)), 'the row is not proven');
    const { facts } = describeProof(replaced(headOf(document)));
    expect(Object.fromEntries(facts)['static columns']).toBe('not part of this proof');
  });

  test('with a record too many, also with one twice', async () => {
    const other = await verified('cql://ks/t/1/y');
    const more = 'the document proves more than it is about';
    refused({ ...document, records: [...document.records, rowOf(other)] }, more);
    refused(
      { ...document, records: [...document.records, rowOf(document)].map((each) => ({ ...each })) },
      more,
    );
    const absent = await verified('cql://ks/t/1/none');
    refused({ ...document, absences: absent.absences }, more);
    refused({ ...document, absences: [absence(rowOf(document))] }, more);
  });

  test('with the row of another key, table, generation or domain', async () => {
    for (const other of ['cql://ks/t/1/y', 'cql://ks/t/2/x', 'cql://ks/u/1/x'])
      refused(replaced(rowOf(document), rowOf(await verified(other))), 'the row is not proven');
    const row = rowOf(document);
    const partition = Uint8Array.from(row.partition);
    partition[partition.length - 1] = 1;
    refused(replaced(row, { ...row, partition }), 'the row is not proven');
    refused(replaced(row, { ...row, domain: cqlDomain }), 'the row is not proven');
    refused(replaced(row, { ...row, table: 'cql.other' }), 'the row is not proven');
    refused(replaced(row, { ...row, rowVersion: 2 }), 'has a version that is not known');
  });

  test('with a record whose content is that of another', async () => {
    const row = rowOf(document);
    for (const other of ['cql://ks/t/1/y', 'cql://ks/t/2/x'])
      refused(replaced(row, { ...row, row: rowOf(await verified(other)).row }), 'another row is proven');
    const head = headOf(document);
    refused(replaced(head, { ...head, row: row.row }), 'another partition is proven');
    refused(replaced(row, { ...row, row: head.row }), 'another row is proven');
    for (const other of ['cql://ks/t/2/x', 'cql://ks/u/1/x'])
      refused(
        replaced(head, { ...head, row: headOf(await verified(other)).row }),
        'another partition is proven',
      );
  });

  test('with other records of the catalog', async () => {
    const generation = of(document, 'cql.tables');
    refused(replaced(generation, { ...generation, row: Uint8Array.of(99) }), 'the row is not proven');
    refused(replaced(generation, of(await verified('cql://ks/u/1/x'), 'cql.tables')), 'the generation');
    refused(replaced(generation, { ...generation, domain: rowOf(document).domain }), 'the generation');
    const domains = of(document, 'cql.domains');
    const elsewhere = Uint8Array.from(domains.row);
    elsewhere[0]! ^= 1;
    refused(replaced(domains, { ...domains, row: elsewhere }), 'the row is not proven');
    refused(replaced(domains, { ...domains, sort: Buffer.from('kt') }), 'where the rows of the keyspace are');
    const keyspaces = of(document, 'cql.keyspaces');
    refused(replaced(keyspaces, { ...keyspaces, sort: Buffer.from('kt') }), 'the schema of the keyspace');
    refused(
      replaced(keyspaces, { ...keyspaces, domain: rowOf(document).domain }),
      'the schema of the keyspace',
    );
  });

  test('with another subject', async () => {
    const absent = await verified('cql://ks/t/1/none');
    for (const subject of [
      'cql://ks/t/1/y',
      'cql://ks/t/2/x',
      'cql://ks/u/1/x',
      'cql://ks/t/1',
      'cql://kt/t/1/x',
      'cql://ks/t/01/x',
      'cql://ks/t/%31/x',
      'cql://ks/t/1/x/',
      'cql://ks/t/0x00000001/x',
      'redis://0/x',
    ]) {
      refused({ ...document, subject }, /./);
      refused({ ...absent, subject }, /./);
    }
  });

  test('when it says that there is none, but of another row or table', async () => {
    const absent = await verified('cql://ks/t/1/none');
    expect(describeProof(absent).statement).toContain('there is no row');
    refused(
      { ...document, records: absent.records, absences: [absence(rowOf(await verified('cql://ks/u/1/x')))] },
      'the row is not proven',
    );
    // Of a table whose generation is not shown, or with rows elsewhere.
    const domains = of(absent, 'cql.domains');
    const without = absent.records.filter((record) => record !== domains);
    refused(
      { ...absent, records: without, absences: [...absent.absences, absence(domains)] },
      'where the rows of the keyspace are is not proven',
    );
  });

  test('when it is about a table that was made again', async () => {
    await world.change((schema) => withTable(schema, 'again', 'a int; b int', 'a'));
    await world.write('again', { key: ['1'], columns: { b: '2' } });
    const before = await verified('cql://ks/again/1');
    await world.change((schema) => {
      const dropped = dropTable(schema, { keyspace: 'ks', name: 'again', ifExists: false }).schema;
      return withTable(dropped, 'again', 'a int; b int', 'a');
    });
    await world.write('again', { key: ['1'], columns: { b: '3' } });
    const after = await verified('cql://ks/again/1');
    const mixed = after.records.map((record) => (record === rowOf(after) ? rowOf(before) : record));
    refused({ ...after, records: mixed }, 'the row is not proven');
  });

  test('with any byte of a record changed, or it says something else', () => {
    const before = JSON.stringify(describeProof(document));
    /** Claims that stay the same, by the place of what was changed. */
    const unseen = (record: VerifiedRecord): number[] => {
      const places = new Set<number>();
      for (let at = 0; at < record.row.length; at++) {
        for (const change of [1, 0x80, 0xff]) {
          const row = Uint8Array.from(record.row);
          row[at]! ^= change;
          try {
            const changed = describeProof(replaced(record, { ...record, row }));
            if (JSON.stringify(changed) === before) places.add(at);
          } catch (error) {
            expect(error).toBeInstanceOf(ProofRefused);
          }
        }
      }
      return [...places];
    };
    // When the record is looked at again, and the local time of what neither expires nor was deleted.
    expect(unseen(rowOf(document))).toEqual([0, 20]);
    expect(unseen(of(document, 'cql.tables'))).toEqual([]);
    expect(unseen(of(document, 'cql.domains'))).toEqual([]);
    // The rest is of other tables, or says nothing about rows.
    expect(unseen(of(document, 'cql.keyspaces')).length).toBeGreaterThan(0);
    unseen(headOf(document));
  });

  test('with any byte of its text changed', () => {
    const bytes = Buffer.from(text);
    const step = Math.max(1, Math.floor(bytes.length / 600));
    for (let at = 0; at < bytes.length; at += step) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(() => {
        const { prover } = world;
        describeProof(verifyDocument(documentText(changed), prover.trustRoot, prover.verifier));
      }, `byte ${at}`).toThrow(ProofRefused);
    }
  });

  test('with a field of it taken from another one', async () => {
    const one = await world.parts(target, true);
    const two = await world.parts('cql://ks/t/1/none', true);
    const mixes: Partial<ProofDocument>[] = [
      { subject: two.subject },
      { secrets: two.secrets },
      { absences: two.absences },
      { proof: two.proof },
      { addresses: [], absences: two.absences, secrets: two.secrets, proof: two.proof },
      { secrets: one.secrets.toReversed() },
    ];
    for (const mix of mixes)
      expect(() => describeProof(world.verified(encodeDocument({ ...one, ...mix })))).toThrow(ProofRefused);
  });
});
