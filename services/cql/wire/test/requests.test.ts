/** Requests that cassandra-driver writes, and what only others write, by hand. */
import { describe, expect, test } from 'vitest';
import { type Frame, opcodes, type Request, unset } from '../api.ts';
import { FrameReader } from '../frame-reader.ts';
import { isTraced, readRequest } from '../requests.ts';
import { driverEncoder, executionOptions, requests, types } from './support/driver.ts';
import { allFrames, bytes, int, longString, requestFrame, short, string } from './support/frames.ts';
import { randomBytes, seed, seededRandom } from './support/seeded.ts';

function frameOf(wire: Buffer): Frame {
  const [frame] = allFrames(new FrameReader(), [wire]);
  return frame!;
}

const read = (wire: Buffer): Request => readRequest(frameOf(wire));
const byHand = (version: number, opcode: number, ...parts: Buffer[]) =>
  read(requestFrame(version, opcode, Buffer.concat(parts)));

describe.each([3, 4])('cassandra-driver, v%i', (version) => {
  const encoder = driverEncoder(version);
  const write = (request: { write(encoder: unknown, stream: number): Buffer }) => request.write(encoder, 5);

  test('STARTUP and OPTIONS', () => {
    const startup = read(write(new requests.StartupRequest({ noCompact: true })));
    expect(startup.kind).toBe('startup');
    if (startup.kind === 'startup') expect(startup.options.get('CQL_VERSION')).toBe('3.0.0');
    expect(read(write(requests.options))).toEqual({ kind: 'options', payload: undefined });
  });

  test('AUTH_RESPONSE', () => {
    const token = Buffer.from('\0user\0password');
    expect(read(write(new requests.AuthResponseRequest(token)))).toMatchObject({
      kind: 'authResponse',
      token,
    });
  });

  test('REGISTER', () => {
    const register = read(write(new requests.RegisterRequest(['SCHEMA_CHANGE', 'STATUS_CHANGE'])));
    expect(register).toMatchObject({ kind: 'register', events: ['SCHEMA_CHANGE', 'STATUS_CHANGE'] });
  });

  test('PREPARE', () => {
    const prepare = read(write(new requests.PrepareRequest('SELECT ä FROM t')));
    expect(prepare).toMatchObject({ kind: 'prepare', query: 'SELECT ä FROM t', keyspace: undefined });
  });

  test('QUERY with everything', () => {
    const options = executionOptions({
      consistency: types.consistencies.localQuorum,
      serialConsistency: types.consistencies.localSerial,
      fetchSize: 77,
      pageState: Buffer.from('0102', 'hex'),
      timestamp: types.Long.fromNumber(1234567890123456),
      traceQuery: true,
      ...(version >= 4 ? { customPayload: { key: Buffer.from('value') } } : {}),
    });
    const frame = frameOf(write(new requests.QueryRequest('SELECT 1', [12, null, 'x'], options)));
    expect(isTraced(frame)).toBe(true);
    const request = readRequest(frame);
    expect(request).toMatchObject({
      kind: 'query',
      query: 'SELECT 1',
      parameters: {
        consistency: 'LOCAL_QUORUM',
        serialConsistency: 'LOCAL_SERIAL',
        pageSize: 77,
        pagingState: Buffer.from('0102', 'hex'),
        timestamp: 1234567890123456n,
        names: undefined,
        skipsMetadata: false,
      },
    });
    if (request.kind !== 'query') throw new Error('not a query');
    expect(request.parameters.values).toEqual([encoder.encode(12), undefined, Buffer.from('x')]);
    if (version >= 4) expect(request.payload?.get('key')).toEqual(Buffer.from('value'));
  });

  test('QUERY with names', () => {
    const params = [
      { name: 'a', value: 'one' },
      { name: 'b', value: 'two' },
    ];
    const request = read(write(new requests.QueryRequest('SELECT 1', params, executionOptions(), true)));
    expect(request).toMatchObject({
      parameters: { names: ['a', 'b'], values: [Buffer.from('one'), Buffer.from('two')] },
    });
  });

  test('EXECUTE', () => {
    const id = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
    const meta = {
      columns: [{ type: { code: types.dataTypes.int } }, { type: { code: types.dataTypes.text } }],
    };
    const params = [7, version >= 4 ? types.unset : null];
    const request = read(write(new requests.ExecuteRequest('', id, params, executionOptions(), meta)));
    expect(request).toMatchObject({ kind: 'execute', id, resultMetadataId: undefined });
    if (request.kind !== 'execute') throw new Error('not an execute');
    expect(request.parameters.values).toEqual([int(7), version >= 4 ? unset : undefined]);
  });

  test('BATCH of texts and prepared statements', () => {
    const id = Buffer.alloc(16, 9);
    const queries = [
      { query: 'INSERT 1', params: ['a'] },
      { queryId: id, params: [5], meta: { columns: [{ type: { code: types.dataTypes.int } }] } },
      { query: 'INSERT 2' },
    ];
    const options = executionOptions({ logged: false, timestamp: types.Long.fromNumber(42), consistency: 4 });
    expect(read(write(new requests.BatchRequest(queries, options)))).toMatchObject({
      kind: 'batch',
      batchKind: 'UNLOGGED',
      items: [
        { statement: 'INSERT 1', values: [Buffer.from('a')] },
        { statement: id, values: [int(5)] },
        { statement: 'INSERT 2', values: [] },
      ],
      parameters: { consistency: 'QUORUM', timestamp: 42n },
    });
  });
});

describe('v5, by hand', () => {
  test('QUERY with wide flags, keyspace and now', () => {
    const flags = 0x01 | 0x80 | 0x100;
    const parts = [
      longString('SELECT 1'),
      short(1),
      int(flags),
      short(1),
      bytes(Buffer.from('v')),
      string('ks'),
      int(99),
    ];
    expect(byHand(5, opcodes.query, ...parts)).toMatchObject({
      parameters: { consistency: 'ONE', keyspace: 'ks', nowInSeconds: 99, values: [Buffer.from('v')] },
    });
  });

  test('EXECUTE with the id of the columns that the client knows', () => {
    const parts = [short(2), Buffer.from('id'), short(3), Buffer.from('res'), short(10), int(2)];
    expect(byHand(5, opcodes.execute, ...parts)).toMatchObject({
      id: Buffer.from('id'),
      resultMetadataId: Buffer.from('res'),
      parameters: { consistency: 'LOCAL_ONE', skipsMetadata: true },
    });
  });

  test('PREPARE with and without a keyspace', () => {
    expect(byHand(5, opcodes.prepare, longString('X'), int(1), string('ks'))).toMatchObject({
      keyspace: 'ks',
    });
    expect(byHand(5, opcodes.prepare, longString('X'), int(0))).toMatchObject({ keyspace: undefined });
  });

  test('BATCH with a keyspace', () => {
    const parts = [Buffer.from([2]), short(0), short(1), int(0x80), string('ks')];
    expect(byHand(5, opcodes.batch, ...parts)).toMatchObject({
      batchKind: 'COUNTER',
      parameters: { keyspace: 'ks' },
    });
  });
});

describe('what makes no sense is a protocol error', () => {
  const query = longString('Q');
  const one = Buffer.from([1]);
  test.each<[string, number, number, Buffer[], string]>([
    ['CREDENTIALS', 4, opcodes.credentials, [short(0)], 'Unsupported message'],
    ['an unknown opcode', 4, 0x7f, [], 'Unknown opcode 127'],
    ['an opcode of answers', 4, opcodes.authSuccess, [], 'for opcode 16 (AUTH_SUCCESS)'],
    [
      'a short text',
      4,
      opcodes.query,
      [int(10), Buffer.from('abc')],
      'UTF8 serialized string preceded by its 4 bytes',
    ],
    [
      'a negative length of a text',
      4,
      opcodes.query,
      [int(-1)],
      'UTF8 serialized string preceded by its 4 bytes',
    ],
    [
      'text that is not UTF-8',
      4,
      opcodes.query,
      [int(2), Buffer.from([0xc3, 0x28])],
      'Cannot decode string as UTF8',
    ],
    [
      'an unknown consistency',
      4,
      opcodes.query,
      [query, short(11), Buffer.from([0])],
      'Unknown code 11 for a consistency level',
    ],
    [
      'bytes behind the message',
      4,
      opcodes.query,
      [query, short(1), Buffer.from([0, 0])],
      'Unexpected 1 bytes',
    ],
    [
      'a value of length -3',
      4,
      opcodes.query,
      [query, short(1), one, short(1), int(-3)],
      'Invalid ByteBuf length -3',
    ],
    [
      'an unset value in v3',
      3,
      opcodes.query,
      [query, short(1), one, short(1), int(-2)],
      'Invalid ByteBuf length -2',
    ],
    [
      'more values than there is room for',
      4,
      opcodes.query,
      [query, short(1), one, short(65_535)],
      'Not enough bytes',
    ],
    ['a kind of batch', 4, opcodes.batch, [Buffer.from([3]), short(0)], 'Invalid BATCH message type 3'],
    [
      'a kind of statement in a batch',
      4,
      opcodes.batch,
      [Buffer.from([0]), short(1), Buffer.from([2]), int(0), short(0)],
      'Invalid query kind in BATCH messages. Must be 0 or 1 but got 2',
    ],
    [
      'names in a batch',
      4,
      opcodes.batch,
      [Buffer.from([0]), short(0), short(1), Buffer.from([0x41]), short(0)],
      'CASSANDRA-10246',
    ],
    [
      'an unknown event',
      4,
      opcodes.register,
      [short(1), string('WEATHER')],
      "Invalid value 'WEATHER' for Type",
    ],
    [
      'the smallest time',
      4,
      opcodes.query,
      [query, short(1), Buffer.from([0x20]), int(-0x80000000), int(0)],
      'Out of bound timestamp, must be in [-9223372036854775807, 9223372036854775807] (got -9223372036854775808)',
    ],
  ])('%s', (_name, version, opcode, parts, message) => {
    expect(() => byHand(version, opcode, ...parts)).toThrow(message);
  });

  test('a custom payload in v3', () => {
    const wire = requestFrame(3, opcodes.options, short(0), 1, 4);
    expect(() => read(wire)).toThrow(
      'Received frame with CUSTOM_PAYLOAD flag for native protocol version < 4',
    );
  });

  test('random bodies give a request or the protocol error', () => {
    const random = seededRandom(seed);
    let refused = 0;
    for (let round = 0; round < 20_000; round++) {
      const body = randomBytes(random, Math.floor(random() * 60));
      // Small lengths are likelier to make some sense.
      for (let i = 0; i < body.length; i++) if (random() < 0.7) body[i] = body[i]! % 4;
      const version = ([3, 4, 5] as const)[Math.floor(random() * 3)]!;
      const frame: Frame = { version, flags: random() * 8, stream: 0, opcode: random() * 17, body };
      try {
        readRequest({ ...frame, opcode: Math.floor(frame.opcode) });
      } catch (error) {
        expect(error, `seed ${seed}`).toMatchObject({ name: 'CqlError', code: 'protocol' });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1000);
    expect(refused).toBeLessThan(20_000);
  });
});
