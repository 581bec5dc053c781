/** The batch of an earlier position, from the log, for whoever repeats a transaction and asks for its batch. */
import type { CommitResult, TransactionId } from '../api/index.ts';
import { asBuffer, decodeBatchBody, decodeLogRecord } from '../hypergraph/index.ts';
import type { CommitLog } from '../store/commit-log-port.ts';

/** @returns the result with its batch; without one when the log no longer keeps the position */
export async function withOrderedBatch(
  result: CommitResult,
  id: TransactionId,
  log: CommitLog,
): Promise<CommitResult> {
  if (result.position < log.first) return result;
  for await (const { position, record } of log.read(result.position)) {
    if (position !== result.position) break;
    const { batch } = decodeLogRecord(record);
    const wanted = asBuffer(id);
    const indexInBatch = decodeBatchBody(batch.body).findIndex((one) => wanted.equals(one.id));
    if (indexInBatch < 0)
      throw new Error(`position ${position} does not hold the transaction of its outcome`);
    return { ...result, batch, indexInBatch };
  }
  return result;
}
