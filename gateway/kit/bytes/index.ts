/** Bytes of rows, messages and files, written and read in order. */
export { ByteReader } from './byte-reader.ts';
export { ByteWriter } from './byte-writer.ts';
export { CopyPool } from './copy-pool.ts';
export { FormatError } from './format-error.ts';
export { utf8 } from './latin1.ts';
