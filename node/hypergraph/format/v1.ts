/** Format v1 of everything that the hypergraph writes to a log, a store or a hash. Never changed once released. */
export * from './v1/batch.ts';
export { asBuffer, ByteReader, ByteWriter, malformed, readU64, writeU64 } from './v1/bytes.ts';
export { configBytes, exact, readConfig, writeConfig } from './v1/fields.ts';
export { context, marker, refusalCodes, refusalReasons, sizes } from './v1/layout.ts';
export * from './v1/position-record.ts';
export * from './v1/stored.ts';
export { decodeTransaction, encodeTransaction } from './v1/transaction.ts';
