/** A store over a node in memory with a prover, tables made by statements, rows by hand, and what proofs of them say. */
import { ProofUnavailable } from '@hypergate/kit';
import type { EmbeddedNode } from '@hypergate/node/embedded';
import { PlainProver, type PlainProverOptions } from '@hypergate/node/sim';
import type { OpenTables, TableDomain } from '@hypergate/table';
import {
  decodeDocument,
  type ProofClaim,
  type ProofDocument,
  type VerifiedDocument,
  verifyDocument,
} from '@hypergate/table/verify';
import type { ColumnData, Mutation, PathCell, Row } from '../../engine/model.ts';
import { domainAddress } from '../../model/tables.ts';
import type { Schema, TableSchema } from '../../schema/model.ts';
import { withTestKeyspace } from '../../schema/test/support.ts';
import type { CqlStore } from '../../store/cql-store.ts';
import { proveTarget } from '../../store/prove-target.ts';
import { openCqlStore } from '../../store/test/support.ts';
import type { Value } from '../../types/api.ts';
import { listElements, mapEntries, setElements, tupleElements } from '../../types/collections.ts';
import { encodePartitionKey } from '../../types/partition-key.ts';
import { sortMap, sortSet } from '../../types/sort.ts';
import { isMultiCell } from '../../types/type-shape.ts';
import { describeProof } from '../../verify/index.ts';
import { keyValue } from '../../verify/key-text.ts';
import { openNode, openStore } from './tables.ts';

export interface Written {
  /** Texts of the partition key, then of the clustering. */
  readonly key: readonly string[];
  /** By column: its text; null for a tombstone. */
  readonly columns?: Readonly<Record<string, string | null>>;
  readonly statics?: Readonly<Record<string, string | null>>;
  readonly timestamp?: bigint;
  /** Seconds since 1970. */
  readonly expiresAt?: number;
  /** As by INSERT. */
  readonly isInsert?: boolean;
  readonly isDeletion?: boolean;
}

/** When rows are written, unless they say so; in seconds. */
export const writtenAt = 1_767_300_000;
const ttl = 100;

export class ProofWorld {
  readonly prover: PlainProver;
  readonly store: CqlStore;
  readonly tables: OpenTables;
  readonly domain: TableDomain;
  readonly node: EmbeddedNode;
  readonly #closing: AsyncDisposableStack;

  private constructor(parts: {
    prover: PlainProver;
    store: CqlStore;
    tables: OpenTables;
    domain: TableDomain;
    node: EmbeddedNode;
    closing: AsyncDisposableStack;
  }) {
    this.prover = parts.prover;
    this.store = parts.store;
    this.tables = parts.tables;
    this.domain = parts.domain;
    this.node = parts.node;
    this.#closing = parts.closing;
  }

  static async open(options: PlainProverOptions = {}): Promise<ProofWorld> {
    await using opened = new AsyncDisposableStack();
    const { node } = await openNode();
    opened.defer(() => node.close());
    const prover = new PlainProver(options);
    const proven = prover.over(node);
    const tables = await openStore(proven);
    opened.defer(() => tables.close());
    const store = await openCqlStore(proven, tables, { now: () => writtenAt });
    opened.defer(() => store.close());
    const domain = await tables.ensureDomain(domainAddress);
    await store.changeSchema((schema) => ({ schema: withTestKeyspace(schema), result: undefined }));
    return new ProofWorld({ prover, store, tables, domain, node, closing: opened.move() });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  close(): Promise<void> {
    return this.#closing.disposeAsync();
  }

  change(change: (schema: Schema) => Schema): Promise<void> {
    return this.store.changeSchema((schema) => ({ schema: change(schema), result: undefined }));
  }

  table(name: string): TableSchema {
    return this.store.schema.keyspaces.get('ks')!.tables.get(name)!;
  }

  async write(name: string, written: Written): Promise<void> {
    await this.store.write([this.mutation(name, written)]);
  }

  mutation(name: string, written: Written): Mutation {
    const table = this.table(name);
    const { key, columns, statics, timestamp = BigInt(writtenAt) * 1_000_000n } = written;
    const values = [...table.partitionKey, ...table.clustering].map(({ type }, index) =>
      key[index] === undefined ? undefined : keyValue(type, key[index], { set: sortSet, map: sortMap }),
    );
    const present = values.filter((value) => value !== undefined);
    const clustering = present.slice(table.partitionKey.length);
    const expiry =
      written.expiresAt === undefined ? { ttl: 0, localTime: 0 } : { ttl, localTime: written.expiresAt };
    const row = (texts: Written['columns'] = {}): Row => ({
      clustering: texts === statics ? [] : clustering,
      marker: written.isInsert ? { timestamp, ttl: expiry.ttl, expiresAt: expiry.localTime } : undefined,
      deletion: written.isDeletion ? { timestamp, localTime: writtenAt } : undefined,
      columns: new Map(
        Object.entries(texts).map(([column, text]) => [
          table.columns.get(column)!.id,
          columnData(table, column, text, { timestamp, ...expiry }),
        ]),
      ),
    });
    return {
      table: table.id,
      key: encodePartitionKey(present.slice(0, table.partitionKey.length)),
      deletion: undefined,
      statics: statics === undefined ? undefined : { ...row(statics), marker: undefined },
      rows: columns === undefined && !written.isInsert && !written.isDeletion ? [] : [row(columns)],
      tombstones: [],
    };
  }

  document(target: string, discloseAddressKeys = false): Promise<string> {
    const { store, tables, domain } = this;
    return proveTarget({ target, discloseAddressKeys, delay: false }, { store, tables, domain });
  }

  verified(document: string): VerifiedDocument {
    return verifyDocument(document, this.prover.trustRoot, this.prover.verifier);
  }

  /** What a proof says, and its subject. */
  async claim(target: string, disclose = false): Promise<ProofClaim & Told> {
    const document = this.verified(await this.document(target, disclose));
    const claim = describeProof(document);
    return { ...claim, subject: document.subject, told: Object.fromEntries(claim.facts), document };
  }

  async parts(target: string, disclose = false): Promise<ProofDocument> {
    return decodeDocument(await this.document(target, disclose));
  }

  async refusal(target: string, disclose = false): Promise<string> {
    const error = await this.document(target, disclose).catch((reason: unknown) => reason);
    if (!(error instanceof ProofUnavailable)) throw new Error('no refusal', { cause: error });
    return `${error.status}: ${error.message}`;
  }
}

interface Told {
  readonly subject: string;
  readonly told: Readonly<Record<string, string>>;
  readonly document: VerifiedDocument;
}

interface Stamp {
  readonly timestamp: bigint;
  readonly ttl: number;
  readonly localTime: number;
}

function columnData(table: TableSchema, column: string, text: string | null, stamp: Stamp): ColumnData {
  const { type } = table.columns.get(column)!;
  const { timestamp } = stamp;
  const gone = { timestamp, localTime: writtenAt };
  if (text === null) {
    if (isMultiCell(type)) return { kind: 'complex', complex: { deletion: gone, cells: [] } };
    return { kind: 'cell', cell: { ...gone, value: undefined, ttl: 0 } };
  }
  const value = keyValue(type, text, { set: sortSet, map: sortMap });
  if (type.kind === 'native' && type.name === 'counter') {
    return { kind: 'counter', counter: { timestamp, count: Buffer.from(value).readBigInt64BE() } };
  }
  if (!isMultiCell(type)) return { kind: 'cell', cell: { ...stamp, value } };
  const cell = (path: Value, content: Value): PathCell => ({ ...stamp, path, value: content });
  return { kind: 'complex', complex: { deletion: undefined, cells: cellsOf(type, value, cell) } };
}

function cellsOf(
  type: TableSchema['regulars'][number]['type'],
  value: Value,
  cell: (path: Value, content: Value) => PathCell,
): PathCell[] {
  switch (type.kind) {
    case 'list':
      // Time UUIDs in ascending order.
      return listElements(value).map((element, index) =>
        cell(Buffer.from(`0000000${index}-0000-1000-8000-000000000000`.replaceAll('-', ''), 'hex'), element),
      );
    case 'set':
      return setElements(value).map((element) => cell(element, new Uint8Array(0)));
    case 'map': {
      const parts = mapEntries(value);
      return parts.flatMap((part, index) => (index % 2 === 0 ? [cell(part, parts[index + 1]!)] : []));
    }
    case 'udt':
      return tupleElements(value, type.fields.length).flatMap((field, index) =>
        field === undefined ? [] : [cell(Uint8Array.of(0, index), field)],
      );
    default:
      throw new Error(`no cells of ${type.kind}`);
  }
}
