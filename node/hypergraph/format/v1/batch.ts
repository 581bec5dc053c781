/**
 * Batches, certificates and log records as bytes:
 *
 *   batch body    u8 marker ‖ u16 n ‖ n times (u32 length ‖ transaction)
 *   signed batch  u8 marker ‖ writer 33 ‖ signature 65 ‖ u32 length ‖ body
 *   certificate   u8 marker ‖ log 32 ‖ u64 position ‖ u64 rank ‖ previous hash 33 ‖ batch hash 33
 *                 ‖ u8 n ‖ n times (key 33 ‖ signature 65)
 *   log record    u8 marker ‖ certificate ‖ signed batch
 *
 * Every position's statement names the hash of the one before, so one signature vouches for all that came earlier.
 */
import { hash } from 'node:crypto';
import type {
  CommitCertificate,
  SignedBatch,
  TaggedHash,
  TaggedSignature,
  Transaction,
} from '../../../api/index.ts';
import { nodeLimits, Tag } from '../../../api/index.ts';
import { ByteReader, ByteWriter, malformed } from './bytes.ts';
import { exact, safe, tagged } from './fields.ts';
import { context, marker, sizes } from './layout.ts';
import { decodeTransaction } from './transaction.ts';

const bodyHeadBytes = 1 + 2;
const statementBytes = sizes.log + 8 + 8 + sizes.taggedHash * 2;
const signerBytes = sizes.taggedKey + sizes.taggedSignature;

/** Bytes that an encoded transaction takes in a body. */
export function bodyShare(encodedTransaction: Uint8Array): number {
  return 4 + encodedTransaction.length;
}

/** Room for `bodyShare`s in one body. */
export const bodyRoom: number = nodeLimits.batchBytesMax + 4;

/** @param transactions encoded, at least one */
export function encodeBatchBody(transactions: readonly Uint8Array[]): Buffer {
  let size = bodyHeadBytes;
  for (const transaction of transactions) size += bodyShare(transaction);
  checkBody(transactions.length, size);
  const writer = new ByteWriter(size);
  writer.u8(marker.batchBody).u16(transactions.length);
  for (const transaction of transactions) writer.u32(transaction.length).bytes(transaction);
  return writer.done();
}

/** Views into `body`. @throws NodeError `malformed` */
export function decodeBatchBody(body: Uint8Array): Transaction[] {
  const reader = new ByteReader(body);
  reader.marker(marker.batchBody, 'batch');
  const count = reader.u16();
  checkBody(count, body.length);
  const transactions: Transaction[] = [];
  for (let index = 0; index < count; index++) {
    const length = reader.length32(nodeLimits.transactionBytesMax, 'transaction');
    transactions.push(decodeTransaction(reader.bytes(length)));
  }
  reader.end('batch');
  return transactions;
}

function checkBody(count: number, size: number): void {
  if (count < 1 || count > nodeLimits.batchTransactionsMax) throw malformed(`batch of ${count} transactions`);
  if (size > bodyHeadBytes + bodyRoom) throw malformed(`batch of ${size} bytes is too large`);
}

/** What the writer signs: `hypergate/batch/v1` ‖ log ‖ sha256(body). */
export function batchMessage(log: Uint8Array, bodyHash: Uint8Array): Buffer {
  return Buffer.concat([context.batch, log, bodyHash]);
}

/** What a position of the log names: writer, signature and body together. */
export function batchHash(log: Uint8Array, batch: SignedBatch, bodyHash: Uint8Array): TaggedHash {
  return taggedSha256(Buffer.concat([context.signedBatch, log, batch.writer, batch.signature, bodyHash]));
}

export function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}

export function taggedSha256(bytes: Uint8Array): Buffer {
  const result = Buffer.allocUnsafe(sizes.taggedHash);
  result[0] = Tag.sha256;
  result.set(sha256(bytes), 1);
  return result;
}

/** The previous hash of position 1. */
export const firstPreviousHash: TaggedHash = (() => {
  const value = Buffer.alloc(sizes.taggedHash);
  value[0] = Tag.sha256;
  return value;
})();

export type CommitStatement = Omit<CommitCertificate, 'signers'>;

/** What the members of a clique sign. Its hash is the log's head, and the next position's previous hash. */
export function certificateMessage(statement: CommitStatement): Buffer {
  const writer = new ByteWriter(context.certificate.length + statementBytes);
  return writeStatement(writer.bytes(context.certificate), statement).done();
}

export function logHead(message: Uint8Array): TaggedHash {
  return taggedSha256(message);
}

function writeStatement(writer: ByteWriter, statement: CommitStatement): ByteWriter {
  return writer
    .bytes(statement.log)
    .u64(statement.position)
    .u64(statement.rank)
    .bytes(statement.previousHash)
    .bytes(statement.batchHash);
}

function certificateBytes(certificate: CommitCertificate): number {
  exact(certificate.log, sizes.log, 'log');
  safe(certificate.position, 'position');
  safe(certificate.rank, 'rank');
  tagged(certificate.previousHash, Tag.sha256, 'previous hash');
  tagged(certificate.batchHash, Tag.sha256, 'batch hash');
  if (certificate.signers.length > 0xff) throw malformed('too many signers');
  for (const signer of certificate.signers) {
    tagged(signer.key, Tag.ed25519PublicKey, 'signer');
    checkSignature(signer.signature);
  }
  return 1 + statementBytes + 1 + certificate.signers.length * signerBytes;
}

function writeCertificate(writer: ByteWriter, certificate: CommitCertificate): ByteWriter {
  writeStatement(writer.u8(marker.certificate), certificate).u8(certificate.signers.length);
  for (const signer of certificate.signers) writer.bytes(signer.key).bytes(signer.signature);
  return writer;
}

export function encodeCertificate(certificate: CommitCertificate): Buffer {
  return writeCertificate(new ByteWriter(certificateBytes(certificate)), certificate).done();
}

function readCertificate(reader: ByteReader): CommitCertificate {
  reader.marker(marker.certificate, 'certificate');
  const log = reader.bytes(sizes.log);
  const position = reader.u64();
  const rank = reader.u64();
  const previousHash = reader.tagged(Tag.sha256, sizes.taggedHash, 'previous hash');
  const batch = reader.tagged(Tag.sha256, sizes.taggedHash, 'batch hash');
  const count = reader.u8();
  if (count * signerBytes > reader.left) throw malformed('bytes end inside the signers');
  const signers: { key: Buffer; signature: Buffer }[] = [];
  for (let index = 0; index < count; index++) {
    const key = reader.tagged(Tag.ed25519PublicKey, sizes.taggedKey, 'signer');
    signers.push({ key, signature: readSignature(reader) });
  }
  return { log, position, rank, previousHash, batchHash: batch, signers };
}

/** @throws NodeError `malformed` */
export function decodeCertificate(bytes: Uint8Array): CommitCertificate {
  const reader = new ByteReader(bytes);
  const certificate = readCertificate(reader);
  reader.end('certificate');
  return certificate;
}

export interface LogRecord {
  readonly certificate: CommitCertificate;
  readonly batch: SignedBatch;
}

export function encodeLogRecord(record: LogRecord): Buffer {
  const { certificate, batch } = record;
  tagged(batch.writer, Tag.ed25519PublicKey, 'writer');
  checkSignature(batch.signature);
  const size = 1 + certificateBytes(certificate) + 1 + signerBytes + 4 + batch.body.length;
  const writer = new ByteWriter(size).u8(marker.logRecord);
  writeCertificate(writer, certificate).u8(marker.signedBatch).bytes(batch.writer).bytes(batch.signature);
  return writer.u32(batch.body.length).bytes(batch.body).done();
}

/** Views into `bytes`; the body is not decoded. @throws NodeError `malformed` */
export function decodeLogRecord(bytes: Uint8Array): LogRecord {
  const reader = new ByteReader(bytes);
  reader.marker(marker.logRecord, 'log record');
  const certificate = readCertificate(reader);
  reader.marker(marker.signedBatch, 'signed batch');
  const writer = reader.tagged(Tag.ed25519PublicKey, sizes.taggedKey, 'writer');
  const signature = readSignature(reader);
  const body = reader.bytes(reader.length32(bodyHeadBytes + bodyRoom, 'batch body'));
  reader.end('log record');
  return { certificate, batch: { writer, body, signature } };
}

function readSignature(reader: ByteReader): Buffer {
  return reader.tagged(Tag.ed25519Signature, sizes.taggedSignature, 'signature');
}

function checkSignature(signature: TaggedSignature): void {
  exact(signature, sizes.taggedSignature, 'signature');
  if (signature[0] !== Tag.ed25519Signature) throw malformed('signature has another type tag');
}
