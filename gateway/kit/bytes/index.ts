/** Bytes of rows, messages and files, written and read in order. */
export { ByteReader, FormatError } from './byte-reader.ts';
export { ByteWriter } from './byte-writer.ts';
export { utf8 } from './latin1.ts';
