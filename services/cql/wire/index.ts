/** The server's side of the CQL native protocol: bytes to requests, answers to bytes. Pure and synchronous. */
export * from './api.ts';
export { ColumnMetadata } from './column-metadata.ts';
export { agreedCompression, type Compression, compressions } from './compression.ts';
export { writeError, writeFrameError } from './error-answers.ts';
export { FrameError, protocolError } from './frame-error.ts';
export { FrameReader } from './frame-reader.ts';
export { FrameWriter } from './frame-writer.ts';
export { wireLimits } from './limits.ts';
export { preparedId, preparedIdBytes } from './prepared-id.ts';
export { isTraced, readRequest } from './requests.ts';
export * from './responses.ts';
export { type RowsOptions, RowsWriter } from './rows-writer.ts';
