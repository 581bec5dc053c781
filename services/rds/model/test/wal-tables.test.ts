/** Stored bytes: never changed once released. */
import type { TableDefinition } from '@hypergate/table';
import { describe, expect, it } from 'vitest';
import {
  placeKey,
  readPlace,
  readStretch,
  readTimeline,
  segmentsTable,
  stretchKey,
  timelineKey,
  timelinesTable,
  walTable,
} from '../wal-tables.ts';

const prevHash = Buffer.alloc(32, 0xaa);
const hash = Buffer.alloc(32, 0xbb);
const pieces = [{ kind: 'inline' as const, bytes: Buffer.from('wal') }];
const data = {
  kind: 'data' as const,
  data: { key: Buffer.alloc(32, 1), length: 300_000, chunk: { hash: Buffer.alloc(33, 2), length: 300_100 } },
};

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

function both<Row>(table: TableDefinition<Row>, row: Row, hex: string): void {
  const [format] = table.formats;
  expect(format.version).toBe(1);
  expect(Buffer.from(format.encode(row)).toString('hex')).toBe(bytesOf(hex).toString('hex'));
  expect(format.decode(bytesOf(hex))).toEqual(row);
}

describe('rows', () => {
  const links = `${'aa'.repeat(32)} ${'bb'.repeat(32)}`;

  it('of a batch', () => {
    const row = {
      timeline: 1,
      startLsn: 0x1000000,
      term: 7,
      endLsn: 0x1000003,
      prevHash,
      hash,
      receivedMs: 1_800_000_000_000,
      pieces,
    };
    both(walTable, row, `01 80808008 07 83808008 ${links} 80a0f1c2b134 01 00 03 77616c`);
    const key = placeKey(258);
    expect(Buffer.from(key.sort).toString('hex')).toBe('00000102');
    const projection = walTable.index!(row, key)!;
    expect(readPlace({ sort: key.sort, projection })).toEqual({
      place: 258,
      timeline: 1,
      start: 0x1000000,
      end: 0x1000003,
      hash,
      receivedMs: 1_800_000_000_000,
    });
    expect(walTable.chunks!({ ...row, pieces: [data] })).toEqual([data.data.chunk]);
  });

  it('of a segment', () => {
    const blob = { id: Buffer.alloc(16, 3), length: 5_000_000, chunkBytes: 8_388_608 };
    const row = { endLsn: 6_000_000, prevHash, hash, firstMs: 5, lastMs: 300, blob, batches: [data] };
    const batches = `01 01 ${'01'.repeat(32)} e0a712 ${'02'.repeat(33)} c4a812`;
    both(segmentsTable, row, `809bee02 ${links} 05 ac02 ${'03'.repeat(16)} c096b102 80808004 ${batches}`);
    const key = stretchKey(2, 1_000_000);
    expect(readStretch(2, { sort: key.sort, projection: segmentsTable.index!(row, key)! })).toEqual({
      timeline: 2,
      start: 1_000_000,
      end: 6_000_000,
      hash,
      receivedMs: 300,
    });
    expect(segmentsTable.chunks!(row)).toEqual([data.data.chunk]);
  });

  it('of a timeline', () => {
    const row = { parent: 1, switchLsn: 2 ** 40, createdMs: 1000 };
    both(timelinesTable, row, '01 808080808020 e807');
    const key = timelineKey(2);
    expect(readTimeline({ sort: key.sort, projection: timelinesTable.index!(row, key)! })).toEqual({
      timeline: 2,
      ...row,
    });
  });
});

it('keys sort as timelines and positions do', () => {
  const keys = [stretchKey(1, 255), stretchKey(1, 256), stretchKey(1, 2 ** 40)].map(({ sort }) => sort);
  expect([...keys].sort(Buffer.compare as never)).toEqual(keys);
  expect(Buffer.from(stretchKey(258, 0).partition).toString('hex')).toBe('00000102');
});
