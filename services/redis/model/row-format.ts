/** Formats of rows: version 1 of each, written and read with the engine's bytes. */
import type { RowFormat } from '@hypergate/table';
import { ByteReader, FormatError } from '../engine/effects/byte-reader.ts';
import { ByteWriter } from '../engine/effects/byte-writer.ts';

export function format<Row>(
  write: (to: ByteWriter, row: Row) => void,
  read: (from: ByteReader) => Row,
): RowFormat<Row> {
  return {
    version: 1,
    encode(row) {
      const to = new ByteWriter(256);
      write(to, row);
      return to.take();
    },
    decode(bytes) {
      const from = new ByteReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      const row = read(from);
      if (!from.done) throw new FormatError('a row is longer than its content');
      return row;
    },
  };
}

export function numberBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
