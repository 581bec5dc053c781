/** Stored bytes of checkpoints: never changed once released. */
import type { TableDefinition } from '@hypergate/table';
import { describe, expect, it } from 'vitest';
import { checkpointsTable, layersTable, snapshotTable } from '../checkpoint-tables.ts';
import { decodeLayerIndex, encodeLayerIndex } from '../layer-format.ts';

const bytesOf = (hex: string): Buffer => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
const blob = { id: Buffer.alloc(16, 0xcd), length: 1_000_000, chunkBytes: 8_388_608 };
const blobHex = `${'cd'.repeat(16)} c0843d 80808004`;

function both<Row>(table: TableDefinition<Row>, row: Row, hex: string): void {
  const [format] = table.formats;
  expect(format.version).toBe(1);
  expect(Buffer.from(format.encode(row)).toString('hex')).toBe(bytesOf(hex).toString('hex'));
  expect(format.decode(bytesOf(hex))).toEqual(row);
  // Cut off anywhere, it is refused.
  for (let length = 0; length < bytesOf(hex).length; length++)
    expect(() => format.decode(bytesOf(hex).subarray(0, length))).toThrow('malformed');
}

describe('rows', () => {
  it('of a checkpoint', () => {
    both(
      checkpointsTable,
      {
        id: 7,
        kind: 'delta',
        reason: 'due',
        major: 15,
        timeline: 2,
        startLsn: 0x3000028,
        stopLsn: 0x3000100,
        timeMs: 1_800_000_000_000,
        layers: [4, 300],
        backupLabel: Buffer.from('LABEL'),
        files: 970,
        dataBytes: 22_000_000,
      },
      '07 01 03 647565 0f 02 a8808018 80828018 80a0f1c2b134 02 04 ac02 05 4c4142454c ca07 80e3be0a',
    );
  });

  it('of a layer', () => {
    both(
      layersTable,
      {
        id: 300,
        blob,
        packBytes: 990_000,
        hashBytes: 4800,
        indexBytes: 5200,
        indexRawBytes: 9000,
        pages: 300,
        rawBytes: 2_457_600,
      },
      `ac02 ${blobHex} b0b63c c025 d028 a846 ac02 80809601`,
    );
  });

  it('of a snapshot', () => {
    both(
      snapshotTable,
      {
        createdMs: 1_800_000_000_000,
        engineVersion: '17.10',
        timeline: 2,
        history: Buffer.from('1\t0/3000000\t'),
        fromLsn: 0x3000000,
        toLsn: 0x3000100,
        wal: blob,
      },
      `80a0f1c2b134 05 31372e3130 02 0c 3109302f3330303030303009 80808018 80828018 ${blobHex}`,
    );
  });

  it('a checkpoint of an unknown kind or with too many layers is refused', () => {
    const [format] = checkpointsTable.formats;
    expect(() => format.decode(bytesOf('07 02 00 0f 01 01 01 01 00 00 00 00'))).toThrow('unknown kind');
    expect(() => format.decode(bytesOf('07 01 00 0f 01 01 01 01 8108'))).toThrow('too many layers');
  });
});

describe("a layer's index", () => {
  const index = {
    packs: [300_000, 77],
    files: [
      {
        path: 'base/5/1259',
        size: 98_304,
        runs: [
          { first: 0, count: 2 },
          { first: 5, count: 1 },
        ],
      },
      { path: 'base/5/16384_fsm.1', size: 0, runs: [] },
      { path: 'PG_VERSION', size: 3, runs: [{ first: 0, count: 1 }] },
    ],
  };
  const hex = `01 02 e0a712 4d 03
    0b 626173652f352f31323539 808006 02 00 02 03 01
    12 626173652f352f31363338345f66736d2e31 00 00
    0a 50475f56455253494f4e 03 01 00 01`;

  it('is read and written', () => {
    expect(encodeLayerIndex(index).toString('hex')).toBe(bytesOf(hex).toString('hex'));
    expect(decodeLayerIndex(bytesOf(hex))).toEqual(index);
    for (let length = 0; length < bytesOf(hex).length; length++)
      expect(() => decodeLayerIndex(bytesOf(hex).subarray(0, length))).toThrow('malformed');
  });

  it.each(['/etc/passwd', '../up', 'base/../../up', 'base//5', '.hidden', 'base/5/', ''])(
    'refuses the path %j',
    (path) => {
      const bytes = encodeLayerIndex({ packs: [], files: [{ path, size: 0, runs: [] }] });
      expect(() => decodeLayerIndex(bytes)).toThrow('no path');
    },
  );

  it('refuses pages beyond the end of a file, other versions and counts without content', () => {
    const beyond = encodeLayerIndex({
      packs: [],
      files: [{ path: 'a', size: 8192, runs: [{ first: 1, count: 1 }] }],
    });
    expect(() => decodeLayerIndex(beyond)).toThrow('beyond the end of a file');
    expect(() => decodeLayerIndex(bytesOf('02 00 00'))).toThrow('unknown version');
    expect(() => decodeLayerIndex(bytesOf('01 ffffff7f'))).toThrow('count');
  });
});
