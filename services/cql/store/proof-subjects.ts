/** Which records a proof of a row, or of a partition's head, is made of, and whether they still are at the frame that shows them. */
import { ProofUnavailable } from '@hypergate/kit';
import { inlineBytesMax, type Piece, type ProofSubject, type TableDomain } from '@hypergate/table';
import { clusteringParts, headSort, type RowRecord, recordKey, rowSort, rowsTable } from '../model/rows.ts';
import {
  type DomainRow,
  domainsTable,
  type KeyspaceRow,
  keyspaceKey,
  keyspacesTable,
  type TableRow,
  tableKey,
  tablesTable,
} from '../model/tables.ts';
import type { KeyspaceSchema, TableSchema } from '../schema/model.ts';
import { storeKeyspace } from '../schema/stored.ts';
import type { Value } from '../types/api.ts';
import type { RowsPlace } from './records.ts';

export interface ProofPlan {
  readonly subjects: readonly ProofSubject[];
  /** What they have to show, for the others to be those that are meant. */
  readonly schema: Uint8Array;
  readonly place: RowsPlace;
}

export interface PlannedKey {
  readonly partition: Value;
  /** Undefined: the partition's head. */
  readonly clustering: readonly Value[] | undefined;
}

/** In this order, and behind them rows. */
const catalogSubjects = 3;

/**
 * @param domain of everything but rows
 * @param discloses whether absence can be proven: without it static columns of a partition that has none are left out
 * @throws ProofUnavailable
 */
export async function planProof(
  keyspace: KeyspaceSchema,
  table: TableSchema,
  key: PlannedKey,
  { domain, place, discloses }: { domain: TableDomain; place: RowsPlace; discloses: boolean },
): Promise<ProofPlan> {
  const schema = storeKeyspace(keyspace);
  if (schema.length > inlineBytesMax) throw tooLarge('the schema of the keyspace', schema.length);
  const subjects: ProofSubject[] = [
    { kind: 'record', domain, table: keyspacesTable, key: keyspaceKey(keyspace.name) },
    { kind: 'record', domain, table: tablesTable, key: tableKey(table.id) },
    { kind: 'record', domain, table: domainsTable, key: keyspaceKey(keyspace.name) },
  ];
  const rows = { kind: 'record', domain: place.domain, table: rowsTable } as const;
  const head = recordKey(place.partition, headSort(key.partition));
  if (key.clustering === undefined) return { subjects: [...subjects, { ...rows, key: head }], schema, place };
  const row = rowSort(key.partition, clusteringParts(table), key.clustering);
  subjects.push({ ...rows, key: recordKey(place.partition, row) });
  const hasHead =
    table.statics.length > 0 && (discloses || (await place.domain.get(rowsTable, head)) !== undefined);
  if (hasHead) subjects.push({ ...rows, key: head });
  return { subjects, schema, place };
}

/**
 * Whether the rows of a proof are those that were planned; otherwise something changed meanwhile.
 * @throws ProofUnavailable when one is too large
 */
export function isAsPlanned({ schema, place }: ProofPlan, rows: readonly unknown[]): boolean {
  const [keyspace, table, domain] = rows as [KeyspaceRow?, TableRow?, DomainRow?];
  const [piece] = keyspace?.schema ?? [];
  if (piece?.kind !== 'inline' || !piece.bytes.equals(schema)) return false;
  const isPlace =
    domain?.domain.equals(place.domain.address) === true && (table?.generation ?? 0) === generationOf(place);
  if (!isPlace) return false;
  for (const row of rows.slice(catalogSubjects) as (RowRecord | undefined)[]) {
    const bytes = (row?.body ?? []).reduce((sum, each) => sum + lengthOf(each), 0);
    if (bytes > inlineBytesMax) throw tooLarge('the row', bytes);
  }
  return true;
}

function generationOf({ partition }: RowsPlace): number {
  return Number(partition.readBigUInt64BE(partition.length - 8));
}

function lengthOf(piece: Piece): number {
  return piece.kind === 'inline' ? piece.bytes.length : piece.data.length;
}

function tooLarge(what: string, bytes: number): ProofUnavailable {
  return new ProofUnavailable(
    400,
    `${what} cannot be part of a proof: it takes ${bytes} bytes, and ${inlineBytesMax} are the most`,
  );
}
