/** Formats of rows, version 1 of each, written and read field by field. For services: tables themselves know only bytes. */
import { ByteReader, ByteWriter, FormatError } from '@hypergate/kit/bytes';
import type { RowFormat } from './api.ts';

/** @param sizeOf at least the bytes of a row, where they are many: else memory that grows is copied */
export function rowFormat<Row>(
  write: (to: ByteWriter, row: Row) => void,
  read: (from: ByteReader) => Row,
  sizeOf: (row: Row) => number = () => 256,
): RowFormat<Row> {
  return {
    version: 1,
    encode(row) {
      const to = new ByteWriter(sizeOf(row));
      write(to, row);
      return to.buffer.subarray(0, to.length);
    },
    decode(bytes) {
      const from = new ByteReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      const row = read(from);
      if (!from.done) throw new FormatError('a row is longer than its content');
      return row;
    },
  };
}

/** A number as a key: eight bytes that sort as it does. */
export function numberBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
