/**
 * The stored form of mutations in the journal and of what records hold. A version, then: of a mutation the table's id (16 bytes), the
 * partition key and the fragment; of a row its base stamp and the row (format/).
 */
import { type ByteReader, type ByteWriter, FormatError } from '@hypergate/kit/bytes';
import { readFragment, readRow } from './format/read-v1.ts';
import { readBase, writeBase } from './format/stamps.ts';
import { baseOfRow, writeFragment, writeRow } from './format/write-v1.ts';
import type { Mutation, Row } from './model.ts';

const version = 1;
const tableIdBytes = 16;

/** Appends a mutation, or what is known of a partition. */
export function encodeMutation(writer: ByteWriter, mutation: Mutation): void {
  const table = Buffer.from(mutation.table, 'hex');
  if (table.length !== tableIdBytes) throw new Error('a table id has 32 hexadecimal digits');
  writer.u8(version);
  writer.raw(table);
  writer.bytes(mutation.key);
  writeFragment(writer, mutation);
}

/**
 * Reads one mutation; its values are views of the reader's buffer.
 * @throws FormatError
 */
export function decodeMutation(reader: ByteReader): Mutation {
  checkVersion(reader);
  const table = reader.raw(tableIdBytes).toString('hex');
  const key = reader.bytes();
  return readFragment(reader, table, key);
}

/** Appends a row alone, as records hold it, whose key has the table and the partition. */
export function encodeRow(writer: ByteWriter, row: Row): void {
  const base = baseOfRow(row);
  writer.u8(version);
  writeBase(writer, base);
  writeRow(writer, row, base);
}

/** @throws FormatError */
export function decodeRow(reader: ByteReader): Row {
  checkVersion(reader);
  return readRow(reader, readBase(reader));
}

function checkVersion(reader: ByteReader): void {
  if (reader.u8() !== version) throw new FormatError('it has another version');
}
