/**
 * Evidence of a call between coordinator and custodian, version 1:
 *
 *   version (1) ‖ length (4), log record: certificate and signed batch (node/hypergraph/format/v1/batch.ts)
 *   ‖ transaction (2) ‖ operation (2) ‖ secret (32) ‖ length (4), call
 *
 * Canonical: what decodes is what would be encoded again.
 */
import { type CallEvidence, NodeError } from '../../../api/index.ts';
import { recordDisclosureBytes } from '../../../crypto/disclosure/record.ts';
import { decodeLogRecord, encodeLogRecord, type LogRecord } from '../../../hypergraph/index.ts';
import { ProofRefused } from '../../../proving/format/bytes.ts';
import { MessageWriter, readMessage } from '../codec.ts';
import { evidenceLimits } from '../custodian/evidence-limits.ts';

const version = 1;

/** @throws NodeError `malformed`, RangeError: it is no evidence */
export function encodeCallEvidence({ record, call }: CallEvidence): Uint8Array {
  const { certificate, batch, transaction, operation, secret } = record;
  if (secret.length !== recordDisclosureBytes) throw new RangeError('the key of a record has 32 bytes');
  if (!isU16(transaction) || !isU16(operation)) throw new RangeError('place in a batch');
  const logRecord = encodeLogRecord({ certificate, batch });
  checkLengths(logRecord.length, call.length);
  const writer = new MessageWriter().u8(version);
  writer.field(logRecord).u16(transaction).u16(operation).bytes(secret);
  return writer.field(call).done();
}

/**
 * Says that the bytes have the form, and nothing of what they prove.
 * @throws ThresholdAbort `malformed`
 */
export function decodeCallEvidence(bytes: Uint8Array): CallEvidence {
  return readMessage(bytes, undefined, (reader) => {
    if (reader.u8('evidence') !== version) throw new ProofRefused('unknown version of evidence');
    const logRecord = readLogRecord(reader.field(evidenceLimits.logRecordBytesMax, 'a log record'));
    const transaction = reader.u16('a transaction');
    const operation = reader.u16('an operation');
    const secret = reader.bytes(recordDisclosureBytes, 'the key of a record');
    const call = reader.field(evidenceLimits.callBytesMax, 'a call');
    return { record: { ...logRecord, transaction, operation, secret }, call };
  });
}

/** Bytes that evidence takes at most. */
export const callEvidenceBytesMax: number =
  1 + 4 + evidenceLimits.logRecordBytesMax + 2 + 2 + recordDisclosureBytes + 4 + evidenceLimits.callBytesMax;

/** @throws ProofRefused */
function readLogRecord(bytes: Uint8Array): LogRecord {
  try {
    return decodeLogRecord(bytes);
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
    throw new ProofRefused(error.message, { cause: error });
  }
}

function checkLengths(logRecord: number, call: number): void {
  if (logRecord > evidenceLimits.logRecordBytesMax || call > evidenceLimits.callBytesMax)
    throw new RangeError('evidence is too large');
}

function isU16(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffff;
}
