/**
 * Evidence that a record stands in the log: the signed batch that it was written with, the certificate of its position, and the key of
 * this one sealed record. node/jobs/threshold/custodian/evidence.ts checks it.
 */
import type { CommitResult, RecordEvidence } from '@hypergate/node/api';
import { Purpose } from '@hypergate/node/crypto';
import { discloseRecordKey } from '@hypergate/node/crypto/disclosure/owner';
import { TableMisuse } from './errors.ts';
import type { PreparedWrite } from './prepared-write.ts';
import type { TransactionPlan } from './transaction-plan.ts';

/** @throws TableMisuse */
export function checkEvidence(writes: readonly PreparedWrite[], index: number): void {
  if (writes[index]?.kind !== 'put') throw new TableMisuse('evidence is made of a record that is put');
}

/** @param index of the write; its record was applied as the plan says */
export function recordEvidence(
  writes: readonly PreparedWrite[],
  index: number,
  { transaction, operationWrites }: TransactionPlan,
  { certificate, batch, indexInBatch }: CommitResult,
): RecordEvidence {
  if (batch === undefined || indexInBatch === undefined)
    throw new Error('a new transaction was applied without its batch');
  // A put is one operation.
  const operation = operationWrites.indexOf(index);
  const vertex = transaction.operations[operation];
  if (vertex?.kind !== 'add-vertex') throw new Error('a put is planned as another operation');
  const { contentKeys } = writes[index]!.domain.keys;
  const secret = discloseRecordKey(contentKeys, Purpose.record, vertex, vertex.payload);
  return { certificate, batch, transaction: indexInBatch, operation, secret };
}
