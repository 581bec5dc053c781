/**
 * Finds the records that a claim rests on: the keyspace's schema, where its rows are, which generation of the table counts. None of that is
 * taken on trust, and so each has to be in the document. Runs in browsers.
 */
import { ProofRefused, sameBytes } from '@hypergate/node/verifier';
import type { UsedParts, VerifiedAbsence, VerifiedDocument, VerifiedRecord } from '@hypergate/table/verify';
import { StoredReader } from '@hypergate/table/verify';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesOfHex } from '../types/binary.ts';
import { readContent } from './row.ts';
import { readTable, type TableFacts } from './table.ts';

/** Of everything but rows, the same in every gateway (services/cql/model/tables.ts). */
export const cqlDomain: Uint8Array = sha256(new TextEncoder().encode('hypergate/cql/v1'));

const none = new Uint8Array(0);
const addressBytes = 32;

interface Place {
  readonly domain: Uint8Array;
  readonly table: string;
  readonly partition: Uint8Array;
  readonly sort: Uint8Array;
}

export interface Found {
  /** Undefined: there is none. */
  readonly record: VerifiedRecord | undefined;
}

export class Parts {
  readonly #document: VerifiedDocument;
  readonly #used: UsedParts;

  /** @param used gets what was found */
  constructor(document: VerifiedDocument, used: UsedParts) {
    this.#document = document;
    this.#used = used;
  }

  /** @returns undefined when the document does not say whether there is one */
  find(place: Place): Found | undefined {
    const isThere = (part: VerifiedAbsence): boolean =>
      part.table === place.table &&
      sameBytes(part.domain, place.domain) &&
      sameBytes(part.partition, place.partition) &&
      sameBytes(part.sort, place.sort);
    const record = this.#document.records.find(isThere);
    const absence = this.#document.absences.find(isThere);
    const part = record ?? absence;
    if (part === undefined) return undefined;
    this.#used.add(part);
    return { record };
  }

  /** @throws ProofRefused, as all of these */
  table(keyspace: string, name: string): TableFacts {
    const found = this.#own('cql.keyspaces', new TextEncoder().encode(keyspace));
    if (found?.record === undefined) throw new ProofRefused('the schema of the keyspace is not proven');
    const reader = readerOf(found.record, 'the record of the keyspace');
    const schema = readContent(reader, 'the schema of the keyspace');
    reader.end();
    return readTable(schema, keyspace, name);
  }

  generation({ id }: TableFacts): number {
    const found = this.#own('cql.tables', bytesOfHex(id));
    if (found === undefined) throw new ProofRefused('the generation of the table is not proven');
    if (found.record === undefined) return 0;
    const reader = readerOf(found.record, 'the record of the table');
    const generation = reader.number();
    reader.end();
    return generation;
  }

  /** Address of the domain with the keyspace's rows. */
  domain(keyspace: string): Uint8Array {
    const found = this.#own('cql.domains', new TextEncoder().encode(keyspace));
    if (found?.record === undefined)
      throw new ProofRefused('where the rows of the keyspace are is not proven');
    const reader = readerOf(found.record, 'the record of where rows are');
    const domain = reader.raw(addressBytes);
    reader.end();
    return domain;
  }

  #own(table: string, sort: Uint8Array): Found | undefined {
    return this.find({ domain: cqlDomain, table, partition: none, sort });
  }
}

function readerOf({ rowVersion, row }: VerifiedRecord, what: string): StoredReader {
  const reader = new StoredReader(row, what);
  if (rowVersion !== 1) throw reader.fail('has a version that is not known');
  return reader;
}
