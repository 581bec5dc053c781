/** Records of keys: what proofs are about. Written a short while behind, from the state the engine gives. */
import type { Fence } from '@hypergate/node/api';
import type { DomainWrite, TableDomain, TableStore } from '@hypergate/table';
import { inlineBytesMax, pieceRowBytesMax, stagePieces } from '../model/pieces.ts';
import { type KeyRow, keyRecordKey, keysTable } from '../model/tables.ts';
import type { KeyState } from '../process/key-states.ts';

export interface KeyRecordModules {
  readonly tables: TableStore;
  readonly domain: TableDomain;
  readonly fence: Fence;
}

/** Writes and removes records in one transaction for all but very long values. */
export async function writeKeyRecords(states: readonly KeyState[], modules: KeyRecordModules): Promise<void> {
  const { tables, fence } = modules;
  const writes: DomainWrite[] = [];
  for (const state of states) writes.push(...(await writesOf(state, modules)));
  for (const part of partsOf(writes)) await tables.transact(part, { fence });
}

async function writesOf(state: KeyState, { tables, domain }: KeyRecordModules): Promise<DomainWrite[]> {
  const key = Buffer.from(state.key, 'latin1');
  const { database, present } = state;
  const parts = present === undefined ? 0 : Math.max(1, Math.ceil(present.value.length / pieceRowBytesMax));
  const writes: DomainWrite[] = [];
  for (let part = 0; part < parts; part++) {
    const { value, type, expiresAt, batch } = present!;
    const bytes = value.subarray(part * pieceRowBytesMax, (part + 1) * pieceRowBytesMax);
    const pieces =
      bytes.length <= inlineBytesMax
        ? [{ kind: 'inline' as const, bytes }]
        : await stagePieces(tables, bytes);
    const row: KeyRow = { key, type, expiresAt, batch: Math.ceil(batch), valueBytes: value.length, pieces };
    writes.push({ kind: 'put', domain, table: keysTable, key: keyRecordKey(database, key, part), row });
  }
  // Rows of a longer value that stood there before.
  for (let part = parts; state.wasLong; part++) {
    const recordKey = keyRecordKey(database, key, part);
    if (part > 0 && (await domain.get(keysTable, recordKey)) === undefined) break;
    writes.push({ kind: 'remove', domain, table: keysTable, key: recordKey });
  }
  return writes;
}

const transactionBytes = 3 * 1024 * 1024;
const overheadBytes = 400;

/** Transactions that are not too large. */
function* partsOf(writes: readonly DomainWrite[]): Generator<DomainWrite[]> {
  let part: DomainWrite[] = [];
  let bytes = 0;
  for (const write of writes) {
    const size = overheadBytes + sizeOf(write);
    if (part.length > 0 && bytes + size > transactionBytes) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(write);
    bytes += size;
  }
  if (part.length > 0) yield part;
}

function sizeOf(write: DomainWrite): number {
  if (write.kind !== 'put') return 0;
  const { key, pieces } = write.row as KeyRow;
  let bytes = key.length * 2;
  for (const piece of pieces) if (piece.kind === 'inline') bytes += piece.bytes.length;
  return bytes;
}
