/** Checking proofs of records and blobs, without a node and in browsers. */
export { blobAddressName, relationAddressName } from './addresses.ts';
export * from './blob.ts';
export * from './document.ts';
export * from './record.ts';
export * from './stored-reader.ts';
export * from './verified.ts';
export * from './verify-document.ts';
