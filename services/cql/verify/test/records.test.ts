/** Records that the store writes, read by the verifier: it sees in them what the store sees. */
import { ByteWriter } from '@hypergate/kit/bytes';
import { ProofRefused } from '@hypergate/node/verifier';
import { writePieces } from '@hypergate/table';
import { StoredReader } from '@hypergate/table/verify';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyMutation } from '../../engine/test/support/histories.ts';
import { decodeBody, encodeHeadBody, encodeRowBody } from '../../model/row-body.ts';
import { rowsTable } from '../../model/rows.ts';
import type { TableSchema } from '../../schema/model.ts';
import { storeKeyspace } from '../../schema/stored.ts';
import { withTable, withTestKeyspace, withType } from '../../schema/test/support.ts';
import { readContent, readRecord } from '../row.ts';
import { readTable } from '../table.ts';

const partitionKey = Buffer.from('key');

function recordOf(body: Buffer): Buffer {
  const row = { due: 7, partitionKey, body: [{ kind: 'inline', bytes: body }] } as const;
  return Buffer.from(rowsTable.formats[0].encode(row));
}

describe('a record', () => {
  test('of a row or of a head is read as the store reads it', () => {
    fc.assert(
      fc.property(anyMutation, fc.boolean(), (mutation, isCounter) => {
        const bodies = mutation.rows.map((row) =>
          encodeRowBody(isCounter ? { ...row, countedTo: 300 } : row),
        );
        bodies.push(encodeHeadBody(mutation.table, mutation));
        for (const body of bodies) {
          const stored = decodeBody(body);
          const read = readRecord(1, recordOf(body));
          expect(Buffer.from(read.partitionKey)).toEqual(partitionKey);
          if (stored.kind === 'row' && read.body.kind === 'row') {
            const { countedTo: _, ...row } = stored.row;
            expect(plain(read.body.row)).toEqual(plain(row));
          } else expect(plain(read.body)).toEqual(plain({ ...stored, table: mutation.table }));
        }
      }),
    );
  });

  test('that is cut short, longer or of another version is refused', () => {
    fc.assert(
      fc.property(anyMutation, (mutation) => {
        const record = recordOf(encodeHeadBody(mutation.table, mutation));
        for (let at = 0; at < record.length; at++)
          expect(() => readRecord(1, record.subarray(0, at))).toThrow(ProofRefused);
        expect(() => readRecord(1, Buffer.concat([record, Buffer.of(0)]))).toThrow(ProofRefused);
        expect(() => readRecord(2, record)).toThrow(ProofRefused);
      }),
      { numRuns: 30 },
    );
  });

  test('whose content stands in chunks is refused', () => {
    const to = new ByteWriter();
    const chunk = { hash: Buffer.alloc(33), length: 70_000 };
    writePieces(to, [{ kind: 'data', data: { key: Buffer.alloc(32), length: 70_000, chunk } }]);
    expect(() => readContent(new StoredReader(to.take(), 'a record'), 'the row')).toThrow(
      'the row is too large to be part of the document',
    );
  });
});

/** Bytes in hexadecimal, whatever kind of array they are in. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof Map) return [...value].map(plain);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .map(([name, each]) => [name, plain(each)]),
  );
}

describe('the schema of a keyspace', () => {
  const schema = withTable(
    withTable(
      withType(
        withType(withTestKeyspace(), 'inner', 'x int; y list<text>'),
        'outer',
        'i frozen<inner>; "T" vector<float, 3>',
      ),
      'all',
      'p1 int; p2 frozen<outer>; c1 text; c2 tuple<int, text>; s map<int, blob> static; r1 set<uuid>; r2 outer; r3 varint',
      'p1, p2 / c1, c2',
      {
        clusteringOrder: [
          { column: 'c1', descending: true },
          { column: 'c2', descending: false },
        ],
      },
    ),
    'other',
    'k int; v int',
    'k',
  );
  const keyspace = schema.keyspaces.get('ks')!;
  const stored = storeKeyspace(keyspace);

  test('has the columns of a table with their types', () => {
    const kinds = ['partitionKey', 'clustering', 'statics', 'regulars'] as const;
    const columns = (table: Pick<TableSchema, (typeof kinds)[number]>) =>
      kinds.map((kind) => plain(table[kind]));
    for (const name of ['all', 'other']) {
      const table = readTable(stored, 'ks', name);
      expect(columns(table as TableSchema)).toEqual(columns(keyspace.tables.get(name)!));
      expect(table.id).toBe(keyspace.tables.get(name)!.id);
    }
  });

  test('of another name, without the table, or in another form is refused', () => {
    const changed = (change: (value: Record<string, unknown>) => void) => {
      const value = JSON.parse(Buffer.from(stored).toString());
      change(value);
      return Buffer.from(JSON.stringify(value));
    };
    const refused = (bytes: Uint8Array, name = 'all') =>
      expect(() => readTable(bytes, 'ks', name)).toThrow(ProofRefused);
    refused(stored, 'nothing');
    expect(() => readTable(stored, 'other', 'all')).toThrow(ProofRefused);
    refused(stored.subarray(1));
    refused(Buffer.from([0xff]));
    refused(changed((value) => void (value.format = 2)));
    refused(changed((value) => void (value.tables = {})));
    refused(changed((value) => void (value.types as unknown[]).shift()));
    const tableOf = (value: Record<string, unknown>) => (value.tables as Record<string, unknown>[])[0]!;
    const columnOf = (value: Record<string, unknown>) =>
      (tableOf(value).columns as Record<string, unknown>[])[0]!;
    refused(changed((value) => (value.tables as unknown[]).push(tableOf(value))));
    refused(changed((value) => void (tableOf(value).id = '..')));
    refused(changed((value) => void (columnOf(value).id = 2)));
    refused(changed((value) => void (columnOf(value).position = 2)));
    for (const type of [
      'nothing',
      ['list', true],
      ['udt', true, 'nothing'],
      ['vector', '2', 'int'],
      7,
      null,
    ]) {
      refused(changed((value) => void (columnOf(value).type = type)));
    }
  });

  test('whose types double with each step is refused before they are written out', () => {
    const types = Array.from({ length: 60 }, (_, index) => ({
      name: `t${index}`,
      fields: ['a', 'b'].map((name) => ({
        name,
        type: index === 0 ? 'int' : ['udt', true, `t${index - 1}`],
      })),
    }));
    const bytes = Buffer.from(JSON.stringify({ format: 1, name: 'ks', types, tables: [] }));
    expect(() => readTable(bytes, 'ks', 't')).toThrow('a type of the schema is too large');
    let deep: unknown = 'int';
    for (let depth = 0; depth < 100; depth++) deep = ['list', true, deep];
    const one = { name: 't', fields: [{ name: 'a', type: deep }] };
    const nested = Buffer.from(JSON.stringify({ format: 1, name: 'ks', types: [one], tables: [] }));
    expect(() => readTable(nested, 'ks', 't')).toThrow(ProofRefused);
  });
});
