/**
 * `hypergate prove pg://instance/database/schema.table/key…`: brings the records up to what is certified, then proves a row, that
 * there is none, or a table.
 */
import { type ProofQuery, ProofUnavailable } from '@hypergate/kit';
import { type ProofSubject, proofDocument, proofFailureStatus, RelationUnknown } from '@hypergate/table';
import {
  bucketKey,
  bucketsTable,
  relationKey,
  relationsTable,
  rowSort,
  rowsPartition,
  rowsTable,
  watermarkKey,
  watermarksTable,
} from '../model/row-tables.ts';
import { type RowSubject, subjectText } from '../verify/subject.ts';
import { bucketOf } from './buckets.ts';
import type { DatabaseProjector, ProjectedTable } from './database-projector.ts';
import { projectionLimits } from './limits.ts';
import { type Projection, ProjectionStopped } from './projection.ts';

/** @throws ProofUnavailable */
export async function proveTarget(query: ProofQuery, projection: Projection): Promise<string> {
  const subject = parseTarget(query);
  const late = AbortSignal.timeout(projectionLimits.proveMs);
  const { signal } = query;
  const either = signal === undefined ? late : AbortSignal.any([late, signal]);
  try {
    const document = await projection.held(
      subject.database,
      projection.certified,
      (database) => prove(subject, query, database, projection),
      either,
    );
    if (document === undefined)
      throw new ProofUnavailable(
        404,
        `there is no database ${JSON.stringify(subject.database)} in the instance`,
      );
    return document;
  } catch (error) {
    if (late.aborted && error === late.reason) {
      const message = 'the records of the database are not up to date in time; try again';
      throw new ProofUnavailable(503, message, { cause: error });
    }
    throw explained(error);
  }
}

/**
 * Names and values in UTF-8; any byte may be written as `%XX`, and `/` in one, or `.` in a schema's or table's name, must be.
 * Without a schema it is `public`. `%00` stands for null in the values of a row without a key.
 * @throws ProofUnavailable
 */
export function parseTarget({ target, versionId }: Pick<ProofQuery, 'target' | 'versionId'>): RowSubject {
  const [, instance, database, place, rest] =
    /^pg:\/\/([^/]+)\/([^/]+)\/([^/]+)((?:\/[^/]*)*)$/s.exec(target) ?? [];
  const [first, second, ...more] = place?.split('.') ?? [];
  const isForm =
    instance !== undefined && database !== undefined && first !== undefined && rest !== undefined;
  if (!isForm || more.length > 0 || !target.isWellFormed()) {
    throw new ProofUnavailable(
      400,
      `${target} is not of the form pg://instance/database/schema.table or pg://instance/database/schema.table/key`,
    );
  }
  if (versionId !== undefined) throw new ProofUnavailable(400, 'rows have no versions');
  return {
    instance: decoded(instance, target),
    database: decoded(database, target),
    schema: second === undefined ? 'public' : decoded(first, target),
    table: decoded(second ?? first, target),
    key:
      rest === ''
        ? undefined
        : rest
            .slice(1)
            .split('/')
            .map((part) => (part === '%00' ? null : decoded(part, target))),
  };
}

function decoded(text: string, target: string): string {
  const parts = text
    .split(/%([0-9A-Fa-f]{2})/)
    .map((part, index) => Buffer.from(part, index % 2 === 0 ? 'utf8' : 'hex'));
  const bytes = Buffer.concat(parts);
  const result = bytes.toString();
  if (!Buffer.from(result).equals(bytes) || bytes.includes(0))
    throw new ProofUnavailable(400, `${target} names what PostgreSQL cannot have in UTF-8`);
  return result;
}

async function prove(
  subject: RowSubject,
  { discloseAddressKeys, delay, signal }: ProofQuery,
  database: DatabaseProjector,
  { store }: Projection,
): Promise<string> {
  const subjects = subjectsOf(subject, database, store.domain);
  const options = { discloseAddressKeys, delay, ...(signal === undefined ? {} : { signal }) };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return proofDocument(subjectText(subject), await store.tables.prove(await subjects, options));
    } catch (error) {
      // Another gateway took the instance meanwhile.
      if (!(error instanceof RelationUnknown) || attempt === projectionLimits.proofAttempts) throw error;
    }
  }
}

async function subjectsOf(
  { schema, table, database: databaseName, key }: RowSubject,
  { oid: databaseOid, tables }: DatabaseProjector,
  domain: Projection['store']['domain'],
): Promise<ProofSubject[]> {
  const record = { kind: 'record', domain } as const;
  const subjects: ProofSubject[] = [
    { ...record, table: watermarksTable, key: watermarkKey(databaseName) },
    { ...record, table: relationsTable, key: relationKey(databaseOid, schema, table) },
  ];
  const found = [...tables.values()].find(({ shape }) => shape.schema === schema && shape.table === table);
  if (found === undefined || key === undefined) return subjects;
  const names = keyNames(found);
  if (key.length !== names.length || (found.row.keyColumns.length > 0 && key.includes(null))) {
    const what =
      found.row.keyColumns.length > 0 ? 'the primary key' : 'all columns, as it has no primary key';
    throw new ProofUnavailable(400, `a row of the table is named by ${what}: ${names.join(', ')}`);
  }
  const place = { partition: rowsPartition(databaseOid, found.row.oid), sort: rowSort(key) };
  subjects.push({ ...record, table: rowsTable, key: place });
  if ((await domain.get(rowsTable, place)) !== undefined) {
    const bucket = bucketOf(domain.slotOf(rowsTable, place), found.row.buckets);
    const relation = { table: bucketsTable, key: bucketKey(databaseOid, found.row.oid, bucket) };
    subjects.push({ kind: 'relation', domain, ...relation });
  }
  return subjects;
}

function keyNames({ row: { columns, keyColumns } }: ProjectedTable): string[] {
  const all = columns.map(({ name }) => JSON.stringify(name));
  return keyColumns.length > 0 ? keyColumns.map((column) => all[column]!) : all;
}

function explained(error: unknown): unknown {
  if (error instanceof ProjectionStopped) return new ProofUnavailable(503, error.message, { cause: error });
  const status = proofFailureStatus(error);
  return status === undefined
    ? error
    : new ProofUnavailable(status, (error as Error).message, { cause: error });
}
