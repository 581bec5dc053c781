/**
 * The tables of this service, all in one domain. Names are input of the address function: never renamed. Rows are described
 * where they are read: verify/rows.ts.
 *
 * `mpc.runs` keeps a run of a session from being recorded twice with different statements.
 */
import { createHash } from 'node:crypto';
import {
  type ComputationStatement,
  computationId,
  encodeStatement,
  FieldWriter,
} from '@hypergate/node/verifier';
import type { RecordKey, RowFormat, TableDefinition } from '@hypergate/table';
import {
  type CircuitRow,
  type ComputationRow,
  outcomes,
  readCircuitRow,
  readComputationRow,
  readRunRow,
  rowVersion,
} from '../verify/rows.ts';
import { encodeListing } from './listing.ts';

/** Of all circuits and computations; the same in every gateway. */
export const domainAddress: Buffer = createHash('sha256').update('hypergate/mpc/v1').digest();

const none = Buffer.alloc(0);

/** @param commitment tagged, 33 bytes */
export const circuitKey = (commitment: Uint8Array): RecordKey => ({ partition: none, sort: commitment });
/** @param id 32 bytes */
export const computationKey = (id: Uint8Array): RecordKey => ({ partition: none, sort: id });
/**
 * Session, number and who signed: only the same parties can take a run's place, so that one of them with a second key of its own cannot
 * record another statement first.
 */
export const runKey = ({ sessionId, run, parties }: ComputationStatement): RecordKey => {
  const keys = createHash('sha256');
  for (const { key } of parties) keys.update(key);
  return { partition: none, sort: new FieldWriter().bytes(sessionId).u64(run).bytes(keys.digest()).done() };
};

/** All circuits by their times. */
export const circuitsByTime = 'mpc.circuits.time';
/** The computations of a circuit, its commitment being the partition, by their times. */
export const computationsByCircuit = 'mpc.computations.circuit';

/** Time (8) ‖ name of the record: the order of pages, and what they say where the next one begins. */
const byTime = (timeMs: number, name: Uint8Array): Uint8Array =>
  new FieldWriter().u64(timeMs).bytes(name).done();

export const circuitsTable: TableDefinition<CircuitRow> = {
  name: 'mpc.circuits',
  description: 'Circuits that parties compute, by their commitments',
  formats: [format(encodeCircuitRow, readCircuitRow)],
  secondary: (row) => [
    {
      index: circuitsByTime,
      partition: none,
      sort: byTime(row.createdMs, row.commitment),
      projection: encodeListing(row),
    },
  ],
};

export const computationsTable: TableDefinition<ComputationRow> = {
  name: 'mpc.computations',
  description: 'What parties signed at the end of a computation, by the hash of the statement',
  formats: [format(encodeComputationRow, readComputationRow)],
  secondary: (row) => {
    const id = computationId(row.statement);
    return [
      {
        index: computationsByCircuit,
        partition: row.statement.circuit,
        sort: byTime(row.recordedMs, id),
        projection: id,
      },
    ];
  },
};

export const runsTable: TableDefinition<Uint8Array> = {
  name: 'mpc.runs',
  description: 'Which computation stands for a run of a session',
  formats: [format((id) => id, readRunRow)],
};

export const mpcTables = [circuitsTable, computationsTable, runsTable];

function format<Row>(encode: (row: Row) => Uint8Array, decode: (bytes: Uint8Array) => Row): RowFormat<Row> {
  return { version: rowVersion, encode, decode };
}

function encodeCircuitRow(row: CircuitRow): Uint8Array {
  const to = new FieldWriter().bytes(row.commitment).u64(row.createdMs);
  name(to, row.name ?? '');
  to.u32(row.ands).u32(row.gates).u32(row.layers).u16(row.inputs.length);
  for (const input of row.inputs) name(name(to, input.party), input.name).u32(input.bits);
  to.u16(row.outputs.length);
  for (const output of row.outputs) {
    name(to, output.name).u8(output.to.length);
    for (const party of output.to) name(to, party);
    to.u32(output.bits);
  }
  const { encoding } = row;
  if (encoding === undefined) to.u8(0);
  else to.u8(1).bytes(encoding.id).u64(encoding.length).u32(encoding.chunkBytes);
  text(to, row.source ?? '');
  text(to, row.interface ?? '');
  return to.done();
}

function encodeComputationRow({
  recordedMs,
  endedMs,
  outcome,
  statement,
  signatures,
}: ComputationRow): Uint8Array {
  const encoding = encodeStatement(statement);
  const to = new FieldWriter().u64(recordedMs).u64(endedMs).u8(outcomes.indexOf(outcome));
  to.u16(encoding.length).bytes(encoding);
  for (const signature of signatures) to.bytes(signature);
  return to.done();
}

function name(to: FieldWriter, value: string): FieldWriter {
  return to.u8(value.length).text(value);
}

function text(to: FieldWriter, value: string): void {
  const bytes = new TextEncoder().encode(value);
  to.u32(bytes.length).bytes(bytes);
}
