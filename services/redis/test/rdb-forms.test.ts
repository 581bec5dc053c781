/** RESTORE reads every form in which servers from 2.4 to 7.2 dump a value, and DUMP writes one that reads back the same. */
import { expect, test } from 'vitest';
import { RedisError } from '../engine/errors.ts';
import { crc64 } from '../engine/rdb/crc64.ts';
import { readPayload, writePayload } from '../engine/rdb/payload.ts';
import { neverActive, unknownEntriesRead } from '../engine/types/stream-group.ts';
import { maxId, StreamId, zeroId } from '../engine/types/stream-id.ts';
import { StreamValue } from '../engine/types/stream-value.ts';
import {
  count,
  double,
  intset,
  listpack,
  lzf,
  type Plain,
  payload,
  plainSource,
  plainTarget,
  serverPayloads,
  text,
  ziplist,
  zipmap,
} from './rdb-kit.ts';

const read = (bytes: string) => readPayload(bytes, plainTarget);
const items = (bytes: string) => (read(bytes) as unknown as Plain).items;
const refusal = (bytes: string) => {
  try {
    read(bytes);
  } catch (error) {
    if (error instanceof RedisError) return error.message;
    throw error;
  }
  return 'read';
};
const badData = 'ERR Bad data format';
const wrongFooter = 'ERR DUMP payload version or checksum are wrong';

test('the checksum is that of its definition', () => {
  const { high, low } = crc64(Buffer.from('123456789'));
  expect([high, low]).toEqual([0xe9c6d914, 0xc4b8d9ca]);
});

const words = [
  '',
  'a',
  '0',
  '12',
  '13',
  '-1',
  '127',
  '-129',
  '40000',
  '-8388609',
  '2147483648',
  '01',
  'x'.repeat(300),
  'y',
];
const hugeInteger = '-9223372036854775808';
const pairs = [
  ['f', 'v'],
  ['g', ''],
  ['long', 'w'.repeat(300)],
] as const;
const scores = [
  ['a', 1.5],
  ['b', Number.NEGATIVE_INFINITY],
  ['c', 3],
  ['d', 1e300],
] as const;
const scoreWords = ['a', '1.5', 'b', '-inf', 'c', '3', 'd', '1e+300'];

const forms: Record<string, readonly [bytes: string, items: readonly unknown[]]> = {
  'list 1': [payload([1, count(words.length), ...words.map(text)]), words],
  'list 10 (ziplist)': [payload([10, text(ziplist([...words, hugeInteger]))]), [...words, hugeInteger]],
  'list 14 (quicklist)': [
    payload([14, count(3), text(ziplist(['a', '1'])), text(ziplist([])), text(ziplist(words))]),
    ['a', '1', ...words],
  ],
  'list 18 (quicklist2)': [
    payload([
      18,
      count(3),
      count(2),
      text(listpack(words)),
      count(1),
      text('plain'),
      count(2),
      text(listpack(['z'])),
    ]),
    [...words, 'plain', 'z'],
  ],
  'list 18 of wide integers': [
    payload([18, count(1), count(2), text(listpack(['1', hugeInteger], true))]),
    ['1', hugeInteger],
  ],
  'set 2': [payload([2, count(words.length), ...words.map(text)]), words],
  'set 11 (intset)': [payload([11, text(intset([-3n, 0n, 500n], 2))]), ['-3', '0', '500']],
  'set 11 of 64 bits': [
    payload([11, text(intset([-(2n ** 63n), 2n ** 62n], 8))]),
    [hugeInteger, String(2n ** 62n)],
  ],
  'set 20 (listpack)': [payload([20, text(listpack(words))]), words],
  'hash 4': [payload([4, count(3), ...pairs.flat().map(text)]), pairs],
  'hash 9 (zipmap)': [payload([9, text(zipmap(pairs))]), pairs],
  'hash 13 (ziplist)': [payload([13, text(ziplist(pairs.flat()))]), pairs],
  'hash 16 (listpack)': [payload([16, text(listpack(pairs.flat()))]), pairs],
  'sorted set 3': [
    payload([
      3,
      count(4),
      text('a'),
      3,
      Buffer.from('1.5'),
      text('b'),
      255,
      text('e'),
      254,
      text('c'),
      1,
      Buffer.from('3'),
    ]),
    [
      ['a', 1.5],
      ['b', Number.NEGATIVE_INFINITY],
      ['e', Number.POSITIVE_INFINITY],
      ['c', 3],
    ],
  ],
  'sorted set 5': [
    payload([5, count(4), ...scores.flatMap(([member, score]) => [text(member), double(score)])]),
    scores,
  ],
  'sorted set 12 (ziplist)': [payload([12, text(ziplist(scoreWords))]), scores],
  'sorted set 17 (listpack)': [payload([17, text(listpack(scoreWords))]), scores],
};

test.each(Object.entries(forms))('%s', (_, [bytes, expected]) => {
  const value = read(bytes);
  expect((value as unknown as Plain).items).toEqual(expected);
  const again = read(writePayload(value, plainSource));
  expect(again).toEqual(value);
});

test('strings plain, as integers and compressed', () => {
  const strings = [
    '',
    'abc',
    '0',
    '-128',
    '127',
    '-32768',
    '65535',
    '2147483647',
    '-2147483648',
    '2147483648',
    '007',
  ];
  for (const string of strings) {
    expect(read(payload([0, text(string)])), string).toBe(string);
    expect(read(writePayload(string)), string).toBe(string);
  }
  expect(read(payload([0, lzf('abc', 20)]))).toBe('abc'.repeat(20));
  expect(items(payload([18, count(2), count(1), lzf('abc', 9), count(1), text('x')]))).toEqual([
    'abc'.repeat(9),
    'x',
  ]);
});

test('what redis-server 7.0 dumped', () => {
  const found = Object.fromEntries(
    Object.entries(serverPayloads).map(([name, hex]) => {
      const value = read(Buffer.from(hex, 'hex').toString('latin1'));
      return [
        name,
        typeof value === 'string'
          ? value
          : value instanceof StreamValue
            ? 'stream'
            : (value as unknown as Plain).items,
      ];
    }),
  );
  expect(found).toEqual({
    'hash as listpack': [
      ['f', 'v'],
      ['g', '7'],
    ],
    'hash as table': [
      ['a', '1'],
      ['c', '3'],
      ['b', '2'],
      ['d', '4'],
    ],
    'integer of one byte': '-5',
    'integer of two bytes': '3000',
    'integer of four bytes': '-70000',
    'list of two nodes': ['a', 'b', 'c', 'd', 'e', 'f', '123456'],
    'list of a node': ['a', '12', '-300', 'b'],
    'list compressed': ['x'.repeat(30), 'tail'],
    'string compressed': 'abc'.repeat(16),
    'plain string': 'hello',
    'set of small integers': ['-2', '1', '3000'],
    'set of large integers': ['1', '5000000000'],
    'set as table': ['a', 'b'],
    stream: 'stream',
    'sorted set as listpack': [
      ['b', Number.NEGATIVE_INFINITY],
      ['a', 1.5],
      ['c', 3],
    ],
    'sorted set as table': [
      ['d', Number.POSITIVE_INFINITY],
      ['c', 3],
      ['a', 1.5],
      ['b', Number.NEGATIVE_INFINITY],
    ],
  });
});

test('a stream of redis-server 7.0 with its groups', () => {
  const bytes = Buffer.from(serverPayloads.stream!, 'hex').toString('latin1');
  const stream = read(bytes) as StreamValue;
  expect(stream.range(zeroId, maxId, 0, false).map(({ id, fields }) => [id.toString(), ...fields])).toEqual([
    ['1-1', 'name', 'a', 'size', '10'],
    ['5-0', 'other', 'c'],
    ['6-0', 'name', 'd', 'size', '-5'],
  ]);
  expect([stream.entriesAdded, stream.lastId.toString(), stream.maxDeletedId.toString()]).toEqual([
    4,
    '6-0',
    '1-2',
  ]);
  const group = stream.groups.get('g')!;
  expect([group.lastId.toString(), group.entriesRead]).toEqual(['5-0', unknownEntriesRead]);
  const pending = [...group.pending].map((entry) => [
    entry.id.toString(),
    entry.consumer.name,
    entry.deliveries,
  ]);
  expect(pending).toEqual([
    ['1-1', 'one', 1],
    ['5-0', 'two', 9],
  ]);
  expect(group.pending.last!.deliveredAt).toBe(1_700_000_000_000);
  expect([...stream.groups.get('h')!.consumers.keys()]).toEqual(['idle']);
  // The same bytes again: 7.0's form is the one that is written.
  expect(Buffer.from(writePayload(stream), 'latin1').toString('hex')).toBe(serverPayloads.stream);
});

const time = (ms: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(ms));
  return bytes;
};
const rawId = (ms: number, seq: number) => {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64BE(BigInt(ms), 0);
  bytes.writeBigUInt64BE(BigInt(seq), 8);
  return bytes;
};
const id = (ms: number, seq: number) => Buffer.concat([count(ms), count(seq)]);
/** Entries 10-0 and 12-5, the second with other fields, and a deleted one between. */
const entries = [
  '2',
  '1',
  '1',
  'f',
  '0',
  '2',
  '0',
  '0',
  'v',
  '4',
  '3',
  '1',
  '7',
  'gone',
  '4',
  '0',
  '2',
  '5',
  '1',
  'g',
  'w',
  '6',
];
const block = (elements: readonly string[]) =>
  Buffer.concat([count(1), text(rawId(10, 0)), text(listpack(elements))]);
const figures = { 15: [], 19: [id(10, 0), id(11, 7), count(3)], 21: [id(10, 0), id(11, 7), count(3)] };
const groupOf = (type: 15 | 19 | 21) => [
  count(1),
  text('g'),
  id(12, 5),
  ...(type === 15 ? [] : [count(3)]),
  count(1),
  rawId(12, 5),
  time(77),
  count(4),
  count(1),
  text('c'),
  time(88),
  ...(type === 21 ? [time(-1)] : []),
  count(1),
  rawId(12, 5),
];
const streamOf = (type: 15 | 19 | 21, elements = entries, size = 2) =>
  payload([type, block(elements), count(size), id(12, 5), ...figures[type], ...groupOf(type)]);

test.each([15, 19, 21] as const)('stream %i', (type) => {
  const stream = read(streamOf(type)) as StreamValue;
  expect(stream.range(zeroId, maxId, 0, false)).toEqual([
    { id: new StreamId(10, 0), fields: ['f', 'v'] },
    { id: new StreamId(12, 5), fields: ['g', 'w'] },
  ]);
  const group = stream.groups.get('g')!;
  const consumer = group.consumers.get('c')!;
  expect(consumer.pending.first).toMatchObject({ deliveredAt: 77, deliveries: 4 });
  expect([stream.entriesAdded, group.entriesRead]).toEqual(type === 15 ? [2, 2] : [3, 3]);
  expect([consumer.seenAt, consumer.activeAt]).toEqual([88, type === 21 ? neverActive : 88]);
});

test('streams that contradict themselves are refused', () => {
  const change = (at: number, to: string) => entries.map((element, i) => (i === at ? to : element));
  const wrong = {
    'another number of entries': streamOf(19, change(0, '3')),
    'another number of deleted ones': streamOf(19, change(1, '0')),
    'no end of the head': streamOf(19, change(4, '1')),
    'another size': streamOf(19, entries, 3),
    'unknown flags': streamOf(19, change(5, '4')),
    'ids in disorder': streamOf(19, change(11, '3')),
    'a string as an id': streamOf(19, change(6, 'x')),
    'another number of elements': streamOf(19, change(9, '5')),
    'an odd number of fields': streamOf(19, change(18, '2')),
    'an entry cut off': streamOf(19, entries.slice(0, -1)),
    'another type': payload([22, block(entries), count(2), id(12, 5), ...figures[19], ...groupOf(19)]),
    'an id above the last': payload([19, block(entries), count(2), id(12, 4), ...figures[19], count(0)]),
    'blocks in disorder': payload([19, count(2), block(entries).subarray(5), block(entries).subarray(5)]),
    'bytes that follow': payload([19, block(entries), count(2), id(12, 5), ...figures[19], count(0), 0]),
  };
  for (const [name, bytes] of Object.entries(wrong)) expect(refusal(bytes), name).toBe(badData);
});

test('payloads that cannot be are refused', () => {
  const long = Buffer.from([0x81, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
  const wrong = {
    nothing: payload([]),
    'no value': payload([0]),
    'a string longer than the payload': payload([0, long]),
    'a list of more than there is': payload([1, long]),
    'an empty list': payload([1, count(0)]),
    'an empty quicklist': payload([14, count(1), text(ziplist([]))]),
    'an empty set': payload([20, text(listpack([]))]),
    'a member twice': payload([20, text(listpack(['a', 'a']))]),
    'a field twice': payload([13, text(ziplist(['a', '1', 'a', '2']))]),
    'a field without value': payload([16, text(listpack(['a', '1', 'b']))]),
    'a score that is none': payload([17, text(listpack(['a', 'x']))]),
    'a score that is no number': payload([5, count(1), text('a'), double(Number.NaN)]),
    'an intset in disorder': payload([11, text(intset([2n, 1n], 2))]),
    'an intset cut off': payload([11, text(intset([1n, 2n], 2).subarray(0, 11))]),
    'a compressed string of another length': payload([0, lzf('abc', 20).fill(59, 10, 11)]),
    'a compressed string that grows beyond reason': payload([
      0,
      0xc3,
      count(3),
      count(500),
      Buffer.from([0xe0, 0, 0]),
    ]),
    'a reference before the beginning': payload([0, 0xc3, count(3), count(4), Buffer.from([0x40, 0x05, 0])]),
    'a string of an unknown form': payload([0, 0xc4]),
    'a module': payload([7, count(1)]),
  };
  for (const [name, bytes] of Object.entries(wrong)) expect(refusal(bytes), name).toBe(badData);
});

test('the footer is checked first', () => {
  const good = payload([0, text('x')]);
  expect(refusal(good)).toBe('read');
  expect(refusal(payload([0, text('x')], 12))).toBe(wrongFooter);
  expect(refusal(good.slice(0, 9))).toBe(wrongFooter);
  expect(refusal(`${good.slice(0, -1)}\x00`)).toBe(wrongFooter);
  expect(refusal(`\x01${good.slice(1)}`)).toBe(wrongFooter);
});
