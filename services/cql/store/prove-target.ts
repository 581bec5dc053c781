/** `hypergate prove cql://keyspace/table/key…`: brings records up to what was answered, then proves a row, or that there is none. */
import { type ProofQuery, ProofUnavailable } from '@hypergate/kit';
import {
  AbsenceNotDisclosed,
  proofDocument,
  proofFailureStatus,
  type TableDomain,
  type TableStore,
} from '@hypergate/table';
import { CqlError } from '../errors.ts';
import type { KeyspaceSchema, TableSchema } from '../schema/model.ts';
import { isSystemKeyspace } from '../schema/system/names.ts';
import type { Value } from '../types/api.ts';
import { encodePartitionKey } from '../types/partition-key.ts';
import { sortMap, sortSet } from '../types/sort.ts';
import { keyColumns } from '../verify/key.ts';
import { keyText, keyValue } from '../verify/key-text.ts';
import type { LiteralOrder } from '../verify/literal.ts';
import { type CqlSubject, splitSubject, subjectText } from '../verify/subject.ts';
import type { CqlStore } from './cql-store.ts';
import { proofLimits } from './limits.ts';
import { isAsPlanned, type PlannedKey, planProof } from './proof-subjects.ts';

export interface ProofModules {
  readonly store: Pick<CqlStore, 'schema' | 'settle' | 'placeFor'>;
  readonly tables: TableStore;
  /** Of everything but rows (model/tables.ts). */
  readonly domain: TableDomain;
}

/** @throws ProofUnavailable */
export async function proveTarget(query: ProofQuery, modules: ProofModules): Promise<string> {
  const subject = parseTarget(query);
  const late = AbortSignal.timeout(proofLimits.settleMs);
  const { signal } = query;
  const either = signal === undefined ? late : AbortSignal.any([late, signal]);
  try {
    for (let attempt = 1; ; attempt += 1) {
      await unlessAborted(modules.store.settle(), either);
      const isLast = attempt === proofLimits.attemptsMax;
      const document = await prove(subject, query, modules).catch((error: unknown) => {
        // The head of the partition went meanwhile.
        if (error instanceof AbsenceNotDisclosed && !isLast) return undefined;
        throw error;
      });
      if (document !== undefined) return document;
      if (isLast)
        throw new ProofUnavailable(503, 'the table changes faster than it can be proven; try again');
    }
  } catch (error) {
    if (late.aborted && error === late.reason) {
      const message = 'the records of the table are not up to date in time; try again';
      throw new ProofUnavailable(503, message, { cause: error });
    }
    throw explained(error);
  }
}

/** Any byte may be written as `%XX`; `/` and `%` in a name or value must be. @throws ProofUnavailable */
export function parseTarget({ target, versionId }: Pick<ProofQuery, 'target' | 'versionId'>): CqlSubject {
  const subject = splitSubject(target);
  if (subject === undefined)
    throw new ProofUnavailable(400, `${target} is not of the form cql://keyspace/table/key, in UTF-8`);
  if (versionId !== undefined) throw new ProofUnavailable(400, 'rows of CQL have no versions');
  return subject;
}

/** Undefined when what the proof shows is not what was to be proven any more. */
async function prove(
  subject: CqlSubject,
  { discloseAddressKeys, delay, signal }: ProofQuery,
  { store, tables, domain }: ProofModules,
): Promise<string | undefined> {
  const { keyspace, table } = findTable(store, subject);
  const { texts, key } = readKey(table, subject.key);
  const where = { domain, place: await store.placeFor(table), discloses: discloseAddressKeys };
  const plan = await planProof(keyspace, table, key, where);
  const options = { discloseAddressKeys, delay, ...(signal === undefined ? {} : { signal }) };
  const parts = await tables.prove(plan.subjects, options);
  if (!isAsPlanned(plan, parts.rows)) return undefined;
  return proofDocument(subjectText({ ...subject, key: texts }), parts);
}

function findTable(
  { schema }: ProofModules['store'],
  subject: CqlSubject,
): { readonly keyspace: KeyspaceSchema; readonly table: TableSchema } {
  const keyspace = schema.keyspaces.get(subject.keyspace);
  const table = keyspace?.tables.get(subject.table);
  if (keyspace === undefined || table === undefined)
    throw new ProofUnavailable(
      404,
      `there is no table ${JSON.stringify(subject.table)} in a keyspace ${JSON.stringify(subject.keyspace)}`,
    );
  if (isSystemKeyspace(keyspace.name) || table.kind === 'virtual')
    throw new ProofUnavailable(400, 'tables of the system are not proven');
  return { keyspace, table };
}

const sorted: LiteralOrder = { set: sortSet, map: sortMap };

/** The key, and its values in their canonical texts. */
function readKey(
  table: TableSchema,
  texts: readonly string[],
): { readonly key: PlannedKey; readonly texts: readonly string[] } {
  const named = keyColumns(table, texts.length);
  if (named === undefined) throw wrongCount(table, texts.length);
  const values = named.columns.map(({ name, type }, index) => {
    try {
      return keyValue(type, texts[index]!, sorted);
    } catch (error) {
      throw explained(error, `the value of ${JSON.stringify(name)}: `);
    }
  });
  const key = {
    partition: partitionOf(values.slice(0, table.partitionKey.length)),
    clustering: named.isHead ? undefined : values.slice(table.partitionKey.length),
  };
  return { key, texts: values.map((value, index) => keyText(named.columns[index]!.type, value)) };
}

function partitionOf(values: readonly Value[]): Value {
  const key = encodePartitionKey(values);
  if (key.length === 0) throw new ProofUnavailable(400, 'Key may not be empty');
  return key;
}

function wrongCount({ partitionKey, clustering }: TableSchema, count: number): ProofUnavailable {
  const names = (columns: TableSchema['clustering']) =>
    columns.map(({ name }) => JSON.stringify(name)).join(', ');
  const partition =
    clustering.length === 0 ? '' : `, and what a partition has besides rows by ${names(partitionKey)} alone`;
  return new ProofUnavailable(
    400,
    `a row of the table is named by ${names([...partitionKey, ...clustering])}${partition}; ${count} values were given`,
  );
}

/** @param before stands in front of what the types say */
function explained(error: unknown, before = ''): unknown {
  if (error instanceof CqlError) return new ProofUnavailable(400, before + error.message, { cause: error });
  const status = proofFailureStatus(error);
  return status === undefined
    ? error
    : new ProofUnavailable(status, (error as Error).message, { cause: error });
}

async function unlessAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
