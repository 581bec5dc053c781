import { describe, expect, it } from 'vitest';
import {
  formatLsn,
  historyFileName,
  parseLsn,
  readLsn,
  walFileName,
  walFileStart,
  walSegmentBytes,
  writeLsn,
} from '../lsn.ts';

describe('positions of the write-ahead log', () => {
  it.each([
    ['0/0', 0],
    ['0/1A2B3C4', 0x1a2b3c4],
    ['1/0', 2 ** 32],
    ['1F/FFFFFFFF', 0x1f * 2 ** 32 + 0xffffffff],
  ])('%s is read and written as PostgreSQL does', (text, lsn) => {
    expect(parseLsn(text)).toBe(lsn);
    expect(formatLsn(lsn)).toBe(text);
    const bytes = Buffer.alloc(10);
    writeLsn(bytes, lsn, 1);
    expect(readLsn(bytes, 1)).toBe(lsn);
  });

  it.each(['', '1', '1/', '/1', '1/2/3', '0/123456789', 'G/0', 'FFFFFFFF/0'])('refuses %j', (text) => {
    expect(() => parseLsn(text)).toThrow(RangeError);
  });

  it('refuses eight bytes beyond a safe integer', () => {
    expect(() => readLsn(Buffer.alloc(8, 0xff), 0)).toThrow(RangeError);
  });

  it('names files as pg_walfile_name does', () => {
    expect(walFileName(1, 0x1000000)).toBe('000000010000000000000001');
    expect(walFileName(0x1b, parseLsn('2/FF000000'))).toBe('0000001B00000002000000FF');
    expect(historyFileName(0x1b)).toBe('0000001B.history');
    expect(walFileStart(parseLsn('2/FF00ABCD'))).toBe(parseLsn('2/FF000000'));
    expect(walFileStart(walSegmentBytes)).toBe(walSegmentBytes);
  });
});
