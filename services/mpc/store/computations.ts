/**
 * Records of computations. One is written when all parties signed the statement, its circuit is recorded, and no other statement
 * stands for the same run of the same session; all three hold in the transaction that writes it.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type ComputationRecord,
  ComputationRefused,
  type Page,
  type PageQuery,
  type RecordedComputation,
} from '@hypergate/kit';
import {
  computationId,
  computationJson,
  hex,
  isSignedBy,
  ProofRefused,
  readComputation,
  type SignedComputation,
  sameBytes,
} from '@hypergate/node/verifier';
import { ConditionFailed, type DomainWrite } from '@hypergate/table';
import { mpcServiceLimits } from '../limits.ts';
import { partiesOf } from '../model/listing.ts';
import {
  circuitKey,
  circuitsTable,
  computationKey,
  computationsByCircuit,
  computationsTable,
  runKey,
  runsTable,
} from '../model/tables.ts';
import type { ComputationRow } from '../verify/rows.ts';
import type { MpcContext } from './context.ts';
import { readPage } from './pages.ts';

/** @throws ComputationRefused */
export async function recordComputation(
  value: unknown,
  endedMs: number | undefined,
  context: MpcContext,
): Promise<RecordedComputation> {
  const signed = await verified(value);
  const recordedMs = context.clock.now();
  const row = {
    ...signed,
    recordedMs,
    endedMs: checkedTime(endedMs ?? recordedMs),
    outcome: 'completed',
  } as const;
  // A second look when somebody recorded the same one meanwhile.
  return (await recordOnce(row, context)) ?? (await recordOnce(row, context)) ?? unstable();
}

function unstable(): never {
  throw new ComputationRefused(503, 'others record the same computation; try again');
}

function checkedTime(timeMs: number): number {
  if (Number.isSafeInteger(timeMs) && timeMs >= 0 && timeMs <= mpcServiceLimits.timeMsMax) return timeMs;
  throw new ComputationRefused(400, 'endedMs is not a time in milliseconds since 1970');
}

/** One signature in each turn of the event loop: it takes some milliseconds. @throws ComputationRefused */
async function verified(value: unknown): Promise<SignedComputation> {
  try {
    const signed = readComputation(value);
    for (const [at, { name }] of signed.statement.parties.entries()) {
      if (!isSignedBy(signed.statement, name, signed.signatures[at]!)) {
        throw new ProofRefused(`the signature of ${name} does not hold`);
      }
      await nextTurn();
    }
    return signed;
  } catch (error) {
    if (!(error instanceof ProofRefused)) throw error;
    throw new ComputationRefused(400, error.message, { cause: error });
  }
}

/** @returns undefined when the tables changed under it */
async function recordOnce(
  row: ComputationRow,
  { tables, domain }: MpcContext,
): Promise<RecordedComputation | undefined> {
  const { statement } = row;
  const id = computationId(statement);
  const known = await domain.get(computationsTable, computationKey(id));
  if (known !== undefined) return { computation: recordOf(known.row), created: false };
  const circuit = await domain.get(circuitsTable, circuitKey(statement.circuit));
  if (circuit === undefined) {
    throw new ComputationRefused(
      404,
      `the circuit ${hex(statement.circuit)} is not recorded: upload it first`,
    );
  }
  const names = new Set(statement.parties.map(({ name }) => name));
  const missing = partiesOf(circuit.row).find((party) => !names.has(party));
  if (missing !== undefined) {
    throw new ComputationRefused(400, `${missing} is a party of the circuit, and did not sign the statement`);
  }
  const other = await domain.get(runsTable, runKey(statement));
  if (other !== undefined && !sameBytes(other.row, id)) {
    throw new ComputationRefused(
      409,
      `another statement is recorded for this run of this session: ${hex(other.row)}`,
    );
  }
  const writes: DomainWrite[] = [
    { kind: 'put', domain, table: computationsTable, key: computationKey(id), row, condition: 'absent' },
    { kind: 'put', domain, table: runsTable, key: runKey(statement), row: id, condition: 'absent' },
    { kind: 'check', domain, table: circuitsTable, key: circuitKey(statement.circuit), condition: 'present' },
  ];
  try {
    await tables.transact(writes);
  } catch (error) {
    if (error instanceof ConditionFailed) return undefined;
    throw error;
  }
  return { computation: recordOf(row), created: true };
}

export async function findComputation(
  id: string,
  { domain }: MpcContext,
): Promise<ComputationRecord | undefined> {
  const stored = await domain.get(computationsTable, computationKey(Buffer.from(id, 'hex')));
  return stored === undefined ? undefined : recordOf(stored.row);
}

export function listComputations(
  circuit: string,
  query: PageQuery,
  { domain }: MpcContext,
): Promise<Page<ComputationRecord>> {
  const index = { index: computationsByCircuit, partition: Buffer.from(circuit, 'hex') };
  const read = async ({ projection }: { readonly projection: Uint8Array }) => {
    const stored = await domain.get(computationsTable, computationKey(projection));
    return stored === undefined ? undefined : recordOf(stored.row);
  };
  return readPage(query, index, read, domain);
}

function recordOf(row: ComputationRow): ComputationRecord {
  return {
    id: hex(computationId(row.statement)),
    ...computationJson(row),
    outcome: row.outcome,
    endedMs: row.endedMs,
    recordedMs: row.recordedMs,
  };
}
