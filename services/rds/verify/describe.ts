/**
 * What a verified document says about a row of a PostgreSQL database: that it is there with these values, that there is none
 * with this key, which columns a table has, or that there is no such table; each as of a position of the database's
 * write-ahead log. Everything in the document must be part of that. Names and values stand in quotes, so that none can be taken for a part of the
 * sentence around it. Runs in browsers.
 */
import { ProofRefused, sameBytes } from '@hypergate/node/verifier';
import {
  type ProofClaim,
  refuseUnused,
  type UsedParts,
  type VerifiedDocument,
  type VerifiedRecord,
} from '@hypergate/table/verify';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { type RelationFacts, readRelation, readRow, readWatermark, type ValueFacts } from './row.ts';
import { parseSubject, type RowSubject } from './subject.ts';

const tables = {
  watermarks: 'rds.watermarks',
  relations: 'rds.relations',
  rows: 'rds.rows',
  buckets: 'rds.row-buckets',
} as const;
const plainKeyBytesMax = 1024;
const none = new Uint8Array(0);
const encoder = new TextEncoder();

/** @throws ProofRefused when the document proves something else than its subject */
export function describeProof(document: VerifiedDocument): ProofClaim {
  const used: UsedParts = new Set();
  const claim = describe(parseSubject(document.subject), document, used);
  refuseUnused(document, used);
  return claim;
}

function describe(subject: RowSubject, document: VerifiedDocument, used: UsedParts): ProofClaim {
  const watermark = document.records.find(({ table }) => table === tables.watermarks);
  const isOfDatabase =
    watermark?.partition.length === 0 && sameBytes(watermark.sort, encoder.encode(subject.database));
  if (watermark === undefined || !isOfDatabase)
    throw new ProofRefused('how far the records of the database are is not proven');
  used.add(watermark);
  const { databaseOid, lsn } = readWatermark(watermark.rowVersion, watermark.row);
  const { domain } = watermark;
  const facts: [string, string][] = [
    ['instance domain', bytesToHex(domain)],
    ['write-ahead log up to', lsnText(lsn)],
  ];
  const where = { document, domain, used };
  const name = concat(encoder.encode(subject.schema), Uint8Array.of(0), encoder.encode(subject.table));
  const isGone = findPart(document.absences, where, tables.relations, oids(databaseOid), name);
  if (isGone !== undefined) {
    used.add(isGone);
    return { statement: `there is no table ${tableText(subject)}`, facts, content: undefined };
  }
  const relation = findPart(document.records, where, tables.relations, oids(databaseOid), name);
  if (relation === undefined) throw new ProofRefused('the table is not proven');
  used.add(relation);
  const shape = readRelation(relation.rowVersion, relation.row);
  if (subject.key === undefined) return describeTable(subject, shape, facts);
  return describeRow(subject, subject.key, { shape, databaseOid, facts, where });
}

interface Where {
  readonly document: VerifiedDocument;
  readonly domain: Uint8Array;
  readonly used: UsedParts;
}

function describeTable(
  subject: RowSubject,
  { columns, rows }: RelationFacts,
  facts: [string, string][],
): ProofClaim {
  const statement = `the table ${tableText(subject)} has ${columns.length} columns and ${rows} rows`;
  const types = columns.map(({ name, type }): [string, string] => [`column ${JSON.stringify(name)}`, type]);
  return { statement, facts: [...facts, ...types], content: undefined };
}

function describeRow(
  subject: RowSubject,
  key: readonly (string | null)[],
  row: {
    readonly shape: RelationFacts;
    readonly databaseOid: number;
    readonly facts: [string, string][];
    readonly where: Where;
  },
): ProofClaim {
  const { shape, databaseOid, facts, where } = row;
  const { document, used } = where;
  const isKeyed = shape.keyColumns.length > 0;
  const named = isKeyed ? shape.keyColumns : shape.columns.map((_column, index) => index);
  if (named.length !== key.length) throw new ProofRefused('the key has another number of columns');
  const keyText = named
    .map((column, index) => `${JSON.stringify(shape.columns[column]!.name)} = ${JSON.stringify(key[index])}`)
    .join(', ');
  const place = `row of ${tableText(subject)} with ${keyText}`;
  const partition = oids(databaseOid, shape.oid);
  const absent = findPart(document.absences, where, tables.rows, partition, rowSort(key));
  if (absent !== undefined) {
    used.add(absent);
    return { statement: `there is no ${place}`, facts, content: undefined };
  }
  const record = findPart(document.records, where, tables.rows, partition, rowSort(key));
  if (record === undefined) throw new ProofRefused('the row is not proven');
  used.add(record);
  const { copies, values, lsn } = readRow(record.rowVersion, record.row);
  if (values.length !== shape.columns.length)
    throw new ProofRefused('the row has other columns than its table');
  for (const [index, column] of named.entries())
    if (!isValue(values[column]!, key[index]!)) throw new ProofRefused('another row is proven');
  checkMember(record, partition, where);
  const claimed = isKeyed || copies === 1 ? 'there is this' : `there are ${copies} of this`;
  return {
    statement: `${claimed} ${place}`,
    facts: [
      ...facts,
      ['unchanged since', lsnText(lsn)],
      ['rows of the table', String(shape.rows)],
      ...values.map((value, index): [string, string] => [
        `column ${JSON.stringify(shape.columns[index]!.name)} (${shape.columns[index]!.type})`,
        valueText(value),
      ]),
    ],
    content: undefined,
  };
}

/** The row is one of those that the table has: a member of the bucket that the document shows. */
function checkMember(record: VerifiedRecord, partition: Uint8Array, { document, domain, used }: Where): void {
  const id = concat(record.domain, record.slot, record.incarnation);
  const bucket = document.relations.find(
    (relation) =>
      'table' in relation &&
      relation.table === tables.buckets &&
      sameBytes(relation.domain, domain) &&
      sameBytes(relation.partition, partition) &&
      relation.members.some((member) => sameBytes(member, id)),
  );
  if (bucket === undefined) throw new ProofRefused('that the row is one of the table is not proven');
  used.add(bucket);
}

function findPart<Part extends VerifiedDocument['absences'][number]>(
  parts: readonly Part[],
  { domain }: Where,
  table: string,
  partition: Uint8Array,
  sort: Uint8Array,
): Part | undefined {
  return parts.find(
    (part) =>
      part.table === table &&
      sameBytes(part.domain, domain) &&
      sameBytes(part.partition, partition) &&
      sameBytes(part.sort, sort),
  );
}

function isValue(value: ValueFacts, text: string | null): boolean {
  if (value.kind === 'text') return value.text === text;
  if (value.kind === 'null') return text === null;
  return text !== null && sameBytes(value.sha256, sha256(encoder.encode(text)));
}

function valueText(value: ValueFacts): string {
  if (value.kind === 'null') return 'null';
  if (value.kind === 'text') return JSON.stringify(value.text);
  return `${value.bytes} bytes, sha256 ${bytesToHex(value.sha256)}`;
}

function tableText({ database, schema, table }: RowSubject): string {
  return `${JSON.stringify(schema)}.${JSON.stringify(table)} in the database ${JSON.stringify(database)}`;
}

/** `rowSort` of services/rds/model/row-tables.ts. */
function rowSort(texts: readonly (string | null)[]): Uint8Array {
  const parts = texts.flatMap((text) => {
    const bytes = text === null ? none : encoder.encode(text);
    return [oids(text === null ? 0xffffffff : bytes.length), bytes];
  });
  const whole = concat(...parts);
  return whole.length <= plainKeyBytesMax
    ? concat(Uint8Array.of(0), whole)
    : concat(Uint8Array.of(1), sha256(whole));
}

function oids(...numbers: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * numbers.length);
  const view = new DataView(bytes.buffer);
  for (const [index, number] of numbers.entries()) view.setUint32(4 * index, number);
  return bytes;
}

function lsnText(lsn: number): string {
  const high = Math.floor(lsn / 2 ** 32);
  return `${high.toString(16).toUpperCase()}/${(lsn % 2 ** 32).toString(16).toUpperCase()}`;
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
