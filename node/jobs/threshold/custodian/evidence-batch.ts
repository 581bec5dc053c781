/**
 * Finds one record in the body of a certified batch. The other transactions are stepped over by their lengths and not decoded: a batch
 * may hold thousands, and the node that certified it could not have applied a malformed one.
 */
import { type AddVertex, nodeLimits, type Transaction } from '../../../api/index.ts';
import { ByteReader, decodeTransaction, malformed, marker, sizes } from '../../../hypergraph/index.ts';
import { evidenceLimits } from './evidence-limits.ts';

/** An encoded transaction begins with a marker and its id. */
const idOffset = 1;

/**
 * The transaction at this place.
 * @throws NodeError `malformed`, also when its id came earlier in the batch: such a repeat is not applied
 */
export function transactionOf(body: Uint8Array, index: number): Transaction {
  if (body.length > evidenceLimits.batchBodyBytesMax) throw malformed('the batch is too large');
  const reader = new ByteReader(body);
  reader.marker(marker.batchBody, 'the batch');
  const count = reader.count16(nodeLimits.batchTransactionsMax, 'transactions');
  const encoded: Buffer[] = [];
  for (let at = 0; at < count; at += 1) {
    encoded.push(reader.bytes(reader.length32(nodeLimits.transactionBytesMax, 'transaction')));
  }
  reader.end('the batch');
  const found = encoded[index];
  if (found === undefined) throw malformed('the batch does not have so many transactions');
  const transaction = decodeTransaction(found);
  const id = found.subarray(idOffset, idOffset + sizes.id);
  const isRepeat = encoded.slice(0, index).some((earlier) => idOf(earlier).equals(id));
  if (isRepeat) throw malformed('the transaction repeats an earlier one of its batch');
  return transaction;
}

function idOf(encoded: Buffer): Buffer {
  return encoded.subarray(idOffset, idOffset + sizes.id);
}

/**
 * The vertex that an operation adds, if nothing else in the transaction touches its slot.
 * @throws NodeError `malformed`
 */
export function vertexOf({ operations }: Transaction, index: number): AddVertex {
  const vertex = operations[index];
  if (vertex?.kind !== 'add-vertex') throw malformed('the operation adds no record');
  const { domain, slot } = vertex;
  for (const [at, other] of operations.entries()) {
    if (at === index || !('slot' in other)) continue;
    if (Buffer.compare(other.slot, slot) === 0 && Buffer.compare(other.domain, domain) === 0)
      throw malformed('the transaction touches the record twice');
  }
  return vertex;
}
