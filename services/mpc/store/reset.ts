/** Developer mode: everything goes, circuit by circuit. */
import type { DomainWrite, IndexEntry } from '@hypergate/table';
import {
  circuitKey,
  circuitsByTime,
  circuitsTable,
  computationKey,
  computationsByCircuit,
  computationsTable,
  runKey,
  runsTable,
} from '../model/tables.ts';
import type { MpcContext } from './context.ts';

export async function emptyEverything(context: MpcContext): Promise<void> {
  for (;;) {
    const entry = await firstOf(circuitsByTime, Buffer.alloc(0), context);
    if (entry === undefined) return;
    // Time (8) ‖ commitment.
    await removeCircuit(entry.sort.subarray(8), context);
  }
}

async function removeCircuit(commitment: Uint8Array, context: MpcContext): Promise<void> {
  const { domain, tables } = context;
  for (;;) {
    const entry = await firstOf(computationsByCircuit, commitment, context);
    if (entry === undefined) break;
    await removeComputation(entry.projection, context);
  }
  const key = circuitKey(commitment);
  const stored = await domain.get(circuitsTable, key);
  const blob = stored?.row.encoding;
  const writes: DomainWrite[] = [{ kind: 'remove', domain, table: circuitsTable, key }];
  if (blob !== undefined) writes.push({ kind: 'remove-blob', domain, blob });
  await tables.transact(writes);
}

async function removeComputation(id: Uint8Array, { domain, tables }: MpcContext): Promise<void> {
  const key = computationKey(id);
  const stored = await domain.get(computationsTable, key);
  if (stored === undefined) return;
  await tables.transact([
    { kind: 'remove', domain, table: computationsTable, key },
    { kind: 'remove', domain, table: runsTable, key: runKey(stored.row.statement) },
  ]);
}

async function firstOf(
  index: string,
  partition: Uint8Array,
  { domain }: MpcContext,
): Promise<IndexEntry | undefined> {
  return await domain.cursorSecondary(index, partition, {}).next();
}
