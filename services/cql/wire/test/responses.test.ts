/** Answers as cassandra-driver reads them. */
import { describe, expect, test } from 'vitest';
import { CqlError, type ErrorDetails, type ErrorName, errorCodes } from '../../errors.ts';
import { type CqlType, nativeNames } from '../../types/api.ts';
import type { ColumnSpec, ProtocolVersion } from '../api.ts';
import { ColumnMetadata } from '../column-metadata.ts';
import { writeError } from '../error-answers.ts';
import { FrameReader } from '../frame-reader.ts';
import { FrameWriter } from '../frame-writer.ts';
import {
  writeAuthChallenge,
  writeAuthenticate,
  writeAuthSuccess,
  writeEvent,
  writePrepared,
  writeReady,
  writeSchemaChange,
  writeSetKeyspace,
  writeSupported,
  writeVoid,
} from '../responses.ts';
import { RowsWriter } from '../rows-writer.ts';
import { driverReads, types } from './support/driver.ts';
import { int } from './support/frames.ts';

const head = { stream: 3 };
const native = (name: (typeof nativeNames)[number]): CqlType => ({ kind: 'native', name });
const column = (name: string, type: CqlType, table = 't'): ColumnSpec => ({
  keyspace: 'ks',
  table,
  name,
  type,
});
const people = new ColumnMetadata([column('id', native('int')), column('näme', native('text'))]);

describe.each<ProtocolVersion>([3, 4])('v%i', (version) => {
  const out = new FrameWriter(version);
  const one = async (bytes: Buffer) => {
    const items = await driverReads(version, bytes);
    expect(items).toHaveLength(1);
    return items[0];
  };

  test('login', async () => {
    expect(await one(writeReady(out, head))).toMatchObject({ ready: true, header: { streamId: 3 } });
    const authenticator = 'org.apache.cassandra.auth.PasswordAuthenticator';
    expect(await one(writeAuthenticate(out, head, authenticator))).toMatchObject({
      authenticatorName: authenticator,
    });
    expect(await one(writeAuthChallenge(out, head, Buffer.from('x')))).toMatchObject({
      token: Buffer.from('x'),
    });
    expect(await one(writeAuthSuccess(out, head, undefined))).toMatchObject({ ready: true });
    const options = new Map([
      ['COMPRESSION', ['lz4', 'snappy']],
      ['CQL_VERSION', ['3.4.5']],
    ]);
    expect((await one(writeSupported(out, head, options))).supported).toEqual(Object.fromEntries(options));
  });

  test('results without rows', async () => {
    expect((await one(writeVoid(out, head))).error).toBeUndefined();
    expect(await one(writeSetKeyspace(out, head, 'ks'))).toMatchObject({ keyspaceSet: 'ks' });
  });

  test('changes of the schema, as results and as events', async () => {
    const change = { change: 'CREATED', target: 'TABLE', keyspace: 'ks', name: 't' } as const;
    const told = { schemaChangeType: 'CREATED', target: 'TABLE', keyspace: 'ks', table: 't' };
    expect((await one(writeSchemaChange(out, head, change))).schemaChange).toMatchObject(told);
    const event = await one(writeEvent(out, { type: 'SCHEMA_CHANGE', change }));
    expect(event.header.streamId).toBe(-1);
    expect(event.event).toMatchObject(told);
    const made = {
      change: 'DROPPED',
      target: 'FUNCTION',
      keyspace: 'ks',
      name: 'f',
      argumentTypes: ['int'],
    } as const;
    const { schemaChange } = await one(writeSchemaChange(out, head, made));
    // v3 has no functions.
    if (version === 3)
      expect(schemaChange).toMatchObject({ schemaChangeType: 'UPDATED', target: 'KEYSPACE' });
    else expect(schemaChange).toMatchObject({ target: 'FUNCTION', functionName: 'f', signature: ['int'] });
  });

  test('nodes that come and go', async () => {
    const node = { address: Buffer.from([127, 0, 0, 1]), port: 9042 };
    const up = await one(writeEvent(out, { type: 'STATUS_CHANGE', change: 'UP', node }));
    expect(up.event).toMatchObject({ up: true, inet: { port: 9042 } });
    expect(up.event.inet.address.toString()).toBe('127.0.0.1');
    const added = await one(writeEvent(out, { type: 'TOPOLOGY_CHANGE', change: 'NEW_NODE', node }));
    expect(added.event).toMatchObject({ added: true });
  });

  test('rows, with nulls and empty values', async () => {
    const rows = new RowsWriter(out, head, people);
    rows.row([int(1), Buffer.from('ä')]);
    rows.row([undefined, Buffer.alloc(0)]);
    const items = await driverReads(version, rows.finish());
    expect(items.map(({ row }) => ({ ...row }))).toEqual([
      { id: 1, näme: 'ä' },
      { id: null, näme: '' },
    ]);
    expect(items[0].meta).toMatchObject({ global_tables_spec: true, keyspace: 'ks', table: 't' });
  });

  test.each([1, 16, 508, 509, 3000])('a paging state of %i bytes is put before rows', async (length) => {
    const rows = new RowsWriter(out, head, people);
    for (let i = 0; i < 300; i++) rows.row([int(i), Buffer.alloc(i, 'x')]);
    expect(rows.rows).toBe(300);
    const items = await driverReads(version, rows.finish(Buffer.alloc(length, 7)));
    expect(items).toHaveLength(300);
    expect(items[0].meta.pageState).toEqual(Buffer.alloc(length, 7));
    expect(items.every(({ row }, i) => row.id === i && row.näme.length === i)).toBe(true);
  });

  test('no rows, and rows of several tables', async () => {
    expect((await one(new RowsWriter(out, head, people).finish())).result.rows).toEqual([]);
    const mixed = new ColumnMetadata([column('a', native('int')), column('b', native('int'), 'other')]);
    const rows = new RowsWriter(out, head, mixed);
    rows.value(int(1));
    rows.value(undefined);
    rows.endRow();
    const item = await one(rows.finish());
    expect(item.meta.columns.map(({ tablename }: { tablename: string }) => tablename)).toEqual([
      't',
      'other',
    ]);
  });

  test('rows without columns named, for who knows them', async () => {
    const rows = new RowsWriter(out, head, people, { skipsMetadata: true });
    rows.row([int(1), int(2)]);
    const bytes = rows.finish(Buffer.from([5]));
    // RESULT of rows, NO_METADATA and HAS_MORE_PAGES, two columns, the state, one row of two values.
    expect(bytes.subarray(9).toString('hex')).toBe(
      `${'00000002'}${'00000006'}${'00000002'}${'0000000105'}${'00000001'}${'0000000400000001'}${'0000000400000002'}`,
    );
  });

  test('an answer that was begun can be given up for an error', async () => {
    const rows = new RowsWriter(out, head, people);
    rows.row([int(1), int(2)]);
    const { error } = await one(writeError(out, head, new CqlError('invalid', 'no')));
    expect(error).toMatchObject({ code: 0x2200, message: 'no' });
  });

  test('prepared statements', async () => {
    const prepared = {
      id: Buffer.alloc(16, 3),
      markers: people,
      partitionKeyMarkers: [1, 0],
      result: people,
    };
    const { id, meta } = await one(writePrepared(out, head, prepared));
    expect(id).toEqual(prepared.id);
    expect(meta.columns.map(({ name }: { name: string }) => name)).toEqual(['id', 'näme']);
    if (version >= 4) expect(meta.partitionKeys).toEqual([1, 0]);
    const bare = await one(
      writePrepared(out, head, { ...prepared, partitionKeyMarkers: [], result: undefined }),
    );
    expect(bare.id).toEqual(prepared.id);
  });

  test('tracing id, warnings and payload stand in front', async () => {
    const rich = {
      stream: 3,
      tracingId: Buffer.alloc(16, 1),
      warnings: ['slow', 'x'.repeat(100_000)],
      payload: new Map([['k', Buffer.from('v')]]),
    };
    const { flags } = await one(writeSetKeyspace(out, rich, 'ks'));
    expect(flags.traceId.buffer).toEqual(rich.tracingId);
    if (version < 4) return expect(flags.warnings).toBeUndefined();
    expect(flags.warnings).toHaveLength(2);
    expect(flags.warnings[0]).toBe('slow');
    expect(flags.customPayload.k).toEqual(Buffer.from('v'));
  });

  test('every type has a form that the driver knows', async () => {
    const udt: CqlType = {
      kind: 'udt',
      keyspace: 'ks',
      name: 'addr',
      frozen: true,
      fields: [{ name: 'street', type: native('text') }],
    };
    const kinds: CqlType[] = [
      ...nativeNames.map(native),
      { kind: 'list', element: native('date'), frozen: false },
      { kind: 'set', element: udt, frozen: true },
      { kind: 'map', key: native('text'), value: native('duration'), frozen: false },
      { kind: 'tuple', elements: [native('int'), native('tinyint')] },
      udt,
      { kind: 'vector', element: native('float'), dimension: 3 },
      { kind: 'custom', className: 'com.example.Thing' },
    ];
    const metadata = new ColumnMetadata(kinds.map((type, i) => column(`c${i}`, type)));
    const rows = new RowsWriter(out, head, metadata);
    rows.row(kinds.map(() => undefined));
    const { meta } = await one(rows.finish());
    const told = meta.columns.map(({ type }: { type: { code: number; info: unknown } }) => type);
    const codes = told.map(({ code }: { code: number }) => code);
    const of = (name: (typeof nativeNames)[number]) => told[nativeNames.indexOf(name)];
    expect(codes[nativeNames.indexOf('text')]).toBe(types.dataTypes.varchar);
    // A number where the version has one; the driver itself turns names of classes that it knows into numbers.
    expect(of('smallint').code).toBe(version === 3 ? types.dataTypes.custom : types.dataTypes.smallint);
    expect(of('duration').info).toBe('org.apache.cassandra.db.marshal.DurationType');
    expect(codes.slice(nativeNames.length)).toEqual([0x20, 0x22, 0x21, 0x31, 0x30, 0, 0]);
    const vector = told[nativeNames.length + 5];
    expect(vector.info).toBe(
      'org.apache.cassandra.db.marshal.VectorType(org.apache.cassandra.db.marshal.FloatType , 3)',
    );
  });

  test.each<[ErrorName, ErrorDetails | undefined, object]>([
    ['syntax', undefined, { message: 'a sentence ä' }],
    ['alreadyExists', { kind: 'alreadyExists', keyspace: 'ks', table: 't' }, { keyspace: 'ks', table: 't' }],
    ['unprepared', { kind: 'unprepared', id: Buffer.from('id') }, { queryId: Buffer.from('id') }],
    [
      'unavailable',
      { kind: 'replicas', consistency: 4, received: 1, required: 2 },
      { consistencies: 4, required: 2, alive: 1 },
    ],
    [
      'writeTimeout',
      { kind: 'replicas', consistency: 6, received: 0, required: 1, writeType: 'BATCH' },
      { consistencies: 6, received: 0, blockFor: 1, writeType: 'BATCH' },
    ],
    [
      'readTimeout',
      { kind: 'replicas', consistency: 6, received: 0, required: 1, hasData: true },
      { received: 0, blockFor: 1, isDataPresent: 1 },
    ],
  ])('the error %s', async (code, details, told) => {
    const { error } = await one(writeError(out, head, new CqlError(code, 'a sentence ä', details)));
    expect(error).toMatchObject({ code: errorCodes[code], ...told });
  });

  test('errors that v3 has no code for', async () => {
    const details = {
      kind: 'functionFailure',
      keyspace: 'ks',
      function: 'f',
      argumentTypes: ['int'],
    } as const;
    const { error } = await one(writeError(out, head, new CqlError('functionFailure', 'no', details)));
    if (version === 3) expect(error.code).toBe(0x2200);
    else expect(error).toMatchObject({ code: 0x1400, keyspace: 'ks', functionName: 'f', argTypes: ['int'] });
    const failed = await one(writeError(out, head, new CqlError('readFailure', 'no')));
    expect(failed.error.code).toBe(version === 3 ? 0x1200 : 0x1300);
  });

  test('answers that were given away stay as they are', async () => {
    const answers = Array.from({ length: 3000 }, (_, i) =>
      writeSetKeyspace(out, { stream: i }, `keyspace${i}`),
    );
    for (const [i, bytes] of answers.entries()) expect(bytes.readInt16BE(2)).toBe(i);
    expect(
      (await driverReads(version, Buffer.concat(answers))).map(({ keyspaceSet }) => keyspaceSet),
    ).toEqual(answers.map((_, i) => `keyspace${i}`));
  });
});

test('two answers are written at the same time by two writers', () => {
  const out = new FrameWriter(5);
  out.startFraming(undefined);
  const slow = new RowsWriter(out.sibling(), { stream: 1 }, people);
  for (let i = 0; i < 3; i++) {
    slow.row([int(i), Buffer.alloc(20_000, 'x')]);
    const quick = new RowsWriter(out, { stream: 2 }, people);
    quick.row([int(i), Buffer.from('y')]);
    expect(quick.finish().length).toBeLessThan(100);
  }
  const bytes = slow.finish();
  expect(bytes.length).toBeGreaterThan(60_000);
  expect(() => slow.finish()).toThrow('no frame is being written');
  // RESULT in an outer frame of v5: six bytes, then version and stream.
  expect([...bytes.subarray(6, 10)]).toEqual([0x85, 0, 0, 1]);
});

test.each(['lz4', 'snappy'] as const)('long answers are packed with %s, short ones not', (compression) => {
  const out = new FrameWriter(4);
  out.startFraming(compression);
  const rows = new RowsWriter(out, head, people);
  for (let i = 0; i < 100; i++) rows.row([int(i), Buffer.from('the same name')]);
  const bytes = rows.finish();
  expect(bytes.length).toBeLessThan(1200);
  expect(bytes[1]! & 1).toBe(1);
  // The same layout as a request's, but for the direction.
  bytes[0] = 4;
  const reader = new FrameReader();
  reader.start(4, compression);
  reader.feed(bytes);
  expect(reader.next()?.body.readInt32BE(0)).toBe(2);
  expect(writeReady(out, head)[1]).toBe(0);
});

test('a client of v5 that remembers other columns is told the new ones', () => {
  const out = new FrameWriter(5);
  const answer = (knownMetadataId: Buffer) => {
    const rows = new RowsWriter(out, head, people, { skipsMetadata: true, knownMetadataId });
    return rows.finish().subarray(13);
  };
  expect(answer(people.id).toString('hex')).toBe('000000040000000200000000');
  const told = answer(Buffer.alloc(16));
  expect(told.readInt32BE(0)).toBe(0x01 | 0x08);
  expect(told.subarray(8, 26)).toEqual(Buffer.concat([Buffer.from([0, 16]), people.id]));
});

test('failures of v5 list addresses with reasons', () => {
  const out = new FrameWriter(5);
  const details = {
    kind: 'replicas',
    consistency: 1,
    received: 0,
    required: 1,
    failures: 2,
    hasData: true,
  } as const;
  const bytes = writeError(out, head, new CqlError('readFailure', '', details)).subarray(9 + 4 + 2);
  expect(bytes.toString('hex')).toBe(
    '0001' + '00000000' + '00000001' + '00000001' + '0400000000' + '0000' + '01',
  );
});
