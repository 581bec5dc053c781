/** Stored bytes of records and segments: never changed once released. */
import { ByteReader, ByteWriter } from '@hypergate/kit/bytes';
import type { TableDefinition } from '@hypergate/table';
import { describe, expect, test } from 'vitest';
import { type KeyRow, keyRecordKey, keysTable, type SegmentRef } from '../model/key-row.ts';
import { leftoversTable, segmentKey, segmentPlace, segmentsTable } from '../model/segment-rows.ts';
import { readKeyRow, readSegmentRow } from '../verify/index.ts';
import { connect, openEngine, testClock } from './support/engine-harness.ts';

const ref: SegmentRef = {
  id: 2 ** 51,
  version: 3,
  segments: 1,
  elements: 200,
  bytes: 4096,
  hash: Buffer.alloc(32, 0xab),
};
const refHex = `80808080808080 04 03 01 c801 8020 ${'ab'.repeat(32)}`;
const key = Buffer.from('a key');

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

function both<Row>(table: TableDefinition<Row>, row: Row, hex: string): void {
  const [format] = table.formats;
  expect(format.version).toBe(1);
  expect(Buffer.from(format.encode(row)).toString('hex')).toBe(bytesOf(hex).toString('hex'));
  expect(format.decode(bytesOf(hex))).toEqual(row);
}

describe('rows', () => {
  const common = { key, type: 3, expiresAt: 1_800_000_000_000, batch: 77 };
  const commonHex = '05 61206b6579 03 80a0f1c2b134 4d';

  test('of a key with its value', () => {
    const pieces = [{ kind: 'inline' as const, bytes: Buffer.from('value') }];
    const row: KeyRow = { ...common, content: { form: 'inline', valueBytes: 5, pieces } };
    const hex = `${commonHex} 00 05 01 00 05 76616c7565`;
    both(keysTable, row, hex);
    expect(readKeyRow(1, bytesOf(hex)).content).toMatchObject({ form: 'inline', valueBytes: 5 });
  });

  test('of a key whose value is in segments', () => {
    const row: KeyRow = {
      ...common,
      content: {
        form: 'segments',
        generation: 300,
        version: 3,
        size: 200,
        head: Buffer.from('head'),
        root: { depth: 1, refs: [ref] },
      },
    };
    const hex = `${commonHex} 01 ac02 03 c801 04 68656164 01 01 ${refHex}`;
    both(keysTable, row, hex);
    expect(readKeyRow(1, bytesOf(hex)).content).toMatchObject({
      form: 'segments',
      size: 200,
      depth: 1,
      refs: [{ id: 2 ** 51, segments: 1, elements: 200, bytes: 4096 }],
    });
  });

  test('of segments and pages', () => {
    both(
      segmentsTable,
      { level: 0, pieces: [{ kind: 'inline', bytes: Buffer.from('content') }] },
      '00 01 00 07 636f6e74656e74',
    );
    const page = `02 01 ${refHex}`;
    both(segmentsTable, { level: 2, refs: [ref] }, page);
    const facts = readSegmentRow(1, bytesOf(page));
    expect('content' in facts && Buffer.from(facts.content)).toEqual(bytesOf(page).subarray(1));
  });

  test('of notes', () => {
    const row = {
      database: 5,
      keyHash: Buffer.alloc(32, 0xcd),
      generation: 300,
      names: [{ level: 1, id: 128, version: 3, parts: 1 }],
    };
    both(leftoversTable, row, `05 ${'cd'.repeat(32)} ac02 01 01 8001 03 01`);
  });

  test('have these keys', () => {
    const hash = '8fa3aab2faa9b79e0a0398da5b5abd0780142442a5be80b9a64608d718cb1fcd';
    const place = segmentPlace(5, key, 300);
    const { partition, sort } = segmentKey(place, { level: 1, id: 2 ** 51, version: 3 }, 2);
    expect(Buffer.from(partition).toString('hex')).toBe(`05${hash}`);
    expect(Buffer.from(sort).toString('hex')).toBe(
      '000000000000012c' + '01' + '0008000000000000' + '0000000000000003' + '02',
    );
    expect(keyRecordKey(5, key)).toEqual({ partition: Buffer.of(5), sort: bytesOf('00 61206b6579') });
  });
});

/** Segments and head of what the commands make of `key`, as hex. */
function segmentsOf(...commands: string[][]): { readonly segments: string[]; readonly head: string } {
  const clock = testClock();
  const engine = openEngine(true, 1, clock);
  const { run } = connect(engine);
  for (const command of commands) expect(run(...command)).not.toMatch(/^-/);
  const value = engine.databases[0]!.peek('key')!;
  if (typeof value === 'string' || value.type === 'string') throw new Error('no collection');
  const type = engine.valueType(value);
  type.segments!.track(value);
  value.segments!.freeze();
  const to = new ByteWriter();
  expect(value.segments!.next(to, 1e9)).toBe(true);
  const from = new ByteReader(to.take());
  const segments: string[] = [];
  while (!from.done) {
    const id = from.varint();
    const content = from.raw(from.u32()).toString('hex');
    segments.push(`${id} ${content} ${from.varint()}`);
  }
  const head = new ByteWriter();
  type.segments!.saveHead?.(value, head);
  return { segments, head: head.take().toString('hex') };
}

/** id ‖ content ‖ elements, as `segmentsOf` shows them. */
const segment = (id: number, content: string, elements: number): string =>
  `${id} ${content.replaceAll(' ', '')} ${elements}`;
const idRange = 2 ** 50;

describe('contents', () => {
  test('of a hash', () => {
    const { segments } = segmentsOf(
      ['hset', 'key', 'a', 'b', 'c', 'd'],
      ['hpexpireat', 'key', '1800000001000', 'fields', '1', 'c'],
    );
    expect(segments).toEqual([segment(0, '02 0161 0162 0163 0164 01 01 00803ec585317a42', 2)]);
  });

  test('of a set', () => {
    const { segments, head } = segmentsOf(['sadd', 'key', 'one', 'two']);
    expect(segments).toEqual([segment(0, '02 036f6e65 0374776f', 2)]);
    expect(head).toBe('');
  });

  test('of a sorted set', () => {
    const { segments } = segmentsOf(['zadd', 'key', '2', 'b', '-1.5', 'a']);
    expect(segments).toEqual([segment(0, '02 0162 0000000000000040 0161 000000000000f8bf', 2)]);
  });

  test('of a list', () => {
    const { segments } = segmentsOf(['rpush', 'key', 'one', '', 'three']);
    expect(segments).toEqual([segment(2 ** 51, '03 036f6e65 00 057468726565', 3)]);
  });

  test('of a stream', () => {
    const { segments, head } = segmentsOf(
      ['xadd', 'key', '5-1', 'f', 'v'],
      ['xadd', 'key', '7-0', 'f', 'w'],
      ['xdel', 'key', '5-1'],
      ['xadd', 'key', '9-0', 'other', 'x'],
    );
    const entries = [
      // Deleted, with the block's fields; a difference of 0 to its id; v.
      '0301 0001 0001 817602 0401',
      '0201 0201 dfff02 817702 0401',
      // One field of its own.
      '0001 0401 dfff02 0101 856f7468657206 817802 0601',
    ];
    expect(segments).toEqual([segment(0, `00 05 01 01 0166 2c ${entries.join('')}`, 2)]);
    expect(head).toBe('00090000050103');
  });

  test('of the groups of a stream', () => {
    const { segments } = segmentsOf(
      ['xadd', 'key', '5-1', 'f', 'v'],
      ['xgroup', 'create', 'key', 'g', '0'],
      ['xreadgroup', 'group', 'g', 'c', 'streams', 'key', '>'],
    );
    const now = '0000c585317a42'.padStart(16, '0');
    expect(segments.slice(1)).toEqual([
      segment(idRange, '01 00 0167 00 05 01 02', 0),
      segment(3 * idRange, `00 01 00 05 01 00 ${now} 01`, 0),
      segment(2 * idRange, `01 00 00 0163 ${now} ${now}`, 0),
    ]);
  });
});
