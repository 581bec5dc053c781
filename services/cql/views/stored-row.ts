/**
 * Rows of views as they are stored: the whole row in one cell, whose time of writing is the server's and rises with every change of the
 * base row in the order of the journal. So the last computed row wins whatever times clients gave, also against a deletion of the same
 * view row, while the cells within have the times of the base's. In front of what a client reads, rows are unpacked
 * (view-storage.ts). The cell expires when nothing in the row can be alive any more.
 */
import { ByteReader, ByteWriter } from '@hypergate/kit/bytes';
import { isCellLive } from '../engine/liveness.ts';
import type { Mutation, Row } from '../engine/model.ts';
import { decodeRow, encodeRow } from '../engine/mutation-codec.ts';
import type { TableSchema } from '../schema/model.ts';
import type { Value } from '../types/api.ts';
import type { ViewRow } from './view-plan.ts';

/** That of the first column, which is one of the key and so has no cells. */
const packedColumn = 0;
const noColumns: Row['columns'] = new Map();

/**
 * With its clustering: a value that is equal to the one before and written otherwise (1.0 and 1.00) is at the same place, whose bytes
 * would stay.
 */
export function packRow({ clustering, marker, columns }: ViewRow): Buffer {
  const writer = new ByteWriter(256);
  encodeRow(writer, { clustering, marker, deletion: undefined, columns });
  return Buffer.from(writer.buffer.subarray(0, writer.length));
}

/** @param stamp of the server's clock, taken in the decision */
export function putRow(view: TableSchema, row: ViewRow, packed: Buffer, stamp: bigint): Mutation {
  const { ttl, localTime } = row.expiry ?? { ttl: 0, localTime: 0 };
  const cell = { timestamp: stamp, value: packed, ttl, localTime };
  return mutationOf(view, row.key, {
    clustering: row.clustering,
    marker: undefined,
    deletion: undefined,
    columns: new Map([[packedColumn, { kind: 'cell', cell }]]),
  });
}

/** @param now seconds since 1970 */
export function removeRow(view: TableSchema, row: ViewRow, stamp: bigint, now: number): Mutation {
  const deletion = { timestamp: stamp, localTime: now };
  return mutationOf(view, row.key, {
    clustering: row.clustering,
    marker: undefined,
    deletion,
    columns: noColumns,
  });
}

function mutationOf(view: TableSchema, key: Value, row: Row): Mutation {
  return { table: view.id, key, deletion: undefined, statics: undefined, rows: [row], tombstones: [] };
}

/** As clients see it; without anything when it is not there. @param now seconds since 1970 */
export function unpackRow(stored: Row, now: number): Row {
  const data = stored.columns.get(packedColumn);
  if (data?.kind !== 'cell' || !isCellLive(data.cell, now))
    return {
      clustering: stored.clustering,
      marker: undefined,
      deletion: stored.deletion,
      columns: noColumns,
    };
  const value = data.cell.value!;
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.length);
  const { clustering, marker, columns } = decodeRow(new ByteReader(bytes));
  return { clustering, marker, deletion: undefined, columns };
}
