/** Tables in memory, statements of text, results as text. */
import { expect } from 'vitest';
import { MemoryStorage } from '../../../../engine/memory-storage.ts';
import type { ColumnData, Mutation, PathCell, Row } from '../../../../engine/model.ts';
import type { TableLayout } from '../../../../engine/order.ts';
import type { Storage } from '../../../../engine/storage.ts';
import { CqlError } from '../../../../errors.ts';
import type { Select } from '../../../../parser/ast.ts';
import { parse, parseTerm } from '../../../../parser/index.ts';
import type { ColumnSchema, Schema, TableSchema } from '../../../../schema/model.ts';
import { tableOf, withTable, withTestKeyspace, withType } from '../../../../schema/test/support.ts';
import { isMultiCell } from '../../../../schema/type-facts.ts';
import { layoutOf } from '../../../../store/layouts.ts';
import type { CqlType, Value } from '../../../../types/api.ts';
import { listElements, mapEntries, setElements, tupleElements } from '../../../../types/collections.ts';
import { encodePartitionKey } from '../../../../types/partition-key.ts';
import { literalText } from '../../../../types/to-text.ts';
import { tokenOf } from '../../../../types/token.ts';
import type { BoundValue, Executing, Prepared, QueryOptions, RowsResult } from '../../../api.ts';
import { newTermContext } from '../../../terms/context.ts';
import { statementFunctions } from '../../../terms/functions.ts';
import { prepareTerm } from '../../../terms/terms.ts';
import { type IndexReader, prepareSelect } from '../../index.ts';
import { lateReader } from './late-storage.ts';

/** Seconds. */
export const startSecond = 1_700_000_000;
export const functions = statementFunctions();

export function literal(text: string, type: CqlType, schema: Schema): Value | null {
  const context = newTermContext(schema, 'ks', functions, []);
  const spec = { keyspace: 'ks', table: 't', name: 'c', type };
  const bound = prepareTerm(parseTerm(text), spec, context).bind([]);
  if (bound === 'unset') throw new Error(`${text} has no value`);
  return bound;
}

export interface WriteOptions {
  readonly timestamp?: bigint;
  readonly ttl?: number;
  /** As UPDATE writes: without a marker. */
  readonly isUpdate?: boolean;
  /** The row as a whole. */
  readonly isDeletion?: boolean;
}

/** Constants by names of columns; `null` deletes. */
export type Written = Readonly<Record<string, string>>;

export class TestTables {
  schema: Schema;
  readonly storage: MemoryStorage;
  readonly warnings: string[] = [];
  now = startSecond;
  indexes: IndexReader | undefined;
  /** Whether the next answer of the storage has to be waited for. */
  isLate: () => boolean = () => false;
  private clock = 0n;
  private readonly layouts = new WeakMap<TableSchema, TableLayout>();

  constructor(schema: Schema = withTestKeyspace()) {
    this.schema = schema;
    this.storage = new MemoryStorage({
      layoutOf: (id) => {
        for (const table of this.schema.keyspaces.get('ks')!.tables.values())
          if (table.id === id) return this.layout(table);
        return undefined;
      },
      tokenOf,
    });
  }

  private layout(table: TableSchema): TableLayout {
    const layout = this.layouts.get(table) ?? layoutOf(table);
    this.layouts.set(table, layout);
    return layout;
  }

  type(name: string, fields: string): this {
    this.schema = withType(this.schema, name, fields);
    return this;
  }

  /** As `schema/test/support.ts` writes them. */
  table(name: string, columns: string, key: string, more: Parameters<typeof withTable>[4] = {}): this {
    this.schema = withTable(this.schema, name, columns, key, more);
    return this;
  }

  alter(name: string, change: (table: TableSchema) => TableSchema): void {
    const keyspace = this.schema.keyspaces.get('ks')!;
    const tables = new Map(keyspace.tables).set(name, change(this.get(name)));
    const keyspaces = new Map(this.schema.keyspaces).set('ks', { ...keyspace, tables });
    this.schema = { ...this.schema, keyspaces };
  }

  index(
    name: string,
    column: string,
    target: 'simple' | 'values' | 'keys' | 'entries' | 'full' = 'simple',
  ): this {
    this.alter(name, (table) => {
      const id = table.indexes.length;
      const made = {
        id,
        name: `${column}_${target}`,
        column,
        target,
        kind: 'COMPOSITES',
        options: {},
      } as const;
      return { ...table, indexes: [...table.indexes, made] };
    });
    return this;
  }

  get(name: string): TableSchema {
    return tableOf(this.schema, name);
  }

  async write(name: string, written: Written, options: WriteOptions = {}): Promise<void> {
    this.clock += 1n;
    await this.storage.write([this.mutation(name, written, { timestamp: this.clock, ...options })]);
  }

  mutation(name: string, written: Written, options: WriteOptions): Mutation {
    const table = this.get(name);
    const timestamp = options.timestamp!;
    const key = (columns: readonly ColumnSchema[]) =>
      columns.map((column) => literal(written[column.name]!, column.type, this.schema)!);
    const cells = (columns: readonly ColumnSchema[]) => {
      const made = new Map<number, ColumnData>();
      for (const column of columns) {
        const text = written[column.name];
        if (text !== undefined) made.set(column.id, this.data(column, text, options));
      }
      return made;
    };
    const clustering = table.clustering.filter(({ name: column }) => written[column] !== undefined);
    const hasRow = clustering.length === table.clustering.length;
    const ttl = options.ttl ?? 0;
    const row: Row = {
      clustering: key(clustering),
      marker:
        options.isUpdate || options.isDeletion
          ? undefined
          : { timestamp, ttl, expiresAt: ttl === 0 ? 0 : this.now + ttl },
      deletion: options.isDeletion ? { timestamp, localTime: this.now } : undefined,
      columns: cells(table.regulars),
    };
    const statics = cells(table.statics);
    return {
      table: table.id,
      key: encodePartitionKey(key(table.partitionKey)),
      deletion: undefined,
      statics:
        statics.size === 0
          ? undefined
          : { clustering: [], marker: undefined, deletion: undefined, columns: statics },
      rows: hasRow ? [row] : [],
      tombstones: [],
    };
  }

  private data(column: ColumnSchema, text: string, options: WriteOptions): ColumnData {
    const timestamp = options.timestamp!;
    const { type } = column;
    if (type.kind === 'native' && type.name === 'counter')
      return { kind: 'counter', counter: { timestamp, count: BigInt(text) } };
    const value = literal(text, type, this.schema);
    const ttl = options.ttl ?? 0;
    const live = { timestamp, ttl, localTime: ttl === 0 ? 0 : this.now + ttl };
    if (value === null)
      return { kind: 'cell', cell: { timestamp, value: undefined, ttl: 0, localTime: this.now } };
    if (!isMultiCell(type)) return { kind: 'cell', cell: { ...live, value } };
    const cell = (path: Value, part: Value): PathCell => ({ ...live, path, value: part });
    return { kind: 'complex', complex: { deletion: undefined, cells: pathCells(type, value, cell) } };
  }

  prepare(text: string): Prepared {
    const { statement, markers } = parse(text);
    return prepareSelect(statement as Select, this.schema, {
      keyspace: 'ks',
      functions,
      markers,
      indexes: this.indexes,
    });
  }

  get executing(): Executing {
    return {
      storage: Object.assign(Object.create(this.storage) as Storage, lateReader(this.storage, this.isLate)),
      clock: { next: () => 0n },
      now: () => this.now * 1000,
      schema: () => this.schema,
      paging: { seal: (state) => Buffer.from(state), open: (state) => state },
      caller: { role: 'tester', isSuperuser: true },
      keyspace: 'ks',
      warn: (warning) => this.warnings.push(warning),
    };
  }

  async run(text: string, values: readonly BoundValue[] = [], more: Partial<QueryOptions> = {}) {
    return this.execute(this.prepare(text), values, more);
  }

  async execute(
    prepared: Prepared,
    values: readonly BoundValue[] = [],
    more: Partial<QueryOptions> = {},
  ): Promise<RowsResult> {
    return (await prepared.execute(
      {
        values,
        consistency: 6,
        serialConsistency: undefined,
        pageSize: undefined,
        pagingState: undefined,
        timestamp: undefined,
        nowSeconds: undefined,
        ...more,
      },
      this.executing,
    )) as RowsResult;
  }

  /** Values as constants of CQL, with spaces between. */
  async rows(text: string, values: readonly BoundValue[] = [], more: Partial<QueryOptions> = {}) {
    return shown(await this.run(text, values, more));
  }

  /** Pages, one after the other. */
  async pages(text: string, pageSize: number, values: readonly BoundValue[] = []): Promise<string[][]> {
    const prepared = this.prepare(text);
    const pages: string[][] = [];
    let pagingState: Uint8Array | undefined;
    do {
      const result = await this.execute(prepared, values, { pageSize, pagingState });
      pages.push(shown(result));
      if (pages.length > 1000) throw new Error(`The pages of ${text} do not end`);
      pagingState = result.pagingState;
    } while (pagingState !== undefined);
    return pages;
  }

  /** What preparing or executing it fails with. */
  async problem(text: string, values: readonly BoundValue[] = [], more: Partial<QueryOptions> = {}) {
    try {
      await this.run(text, values, more);
    } catch (error) {
      expect(error).toBeInstanceOf(CqlError);
      return (error as CqlError).message;
    }
    throw new Error(`${text} did not fail`);
  }
}

export function shown({ columns, rows }: RowsResult): string[] {
  return rows.map((row) => {
    expect(row).toHaveLength(columns.length);
    return row.map((value, index) => literalText(columns[index]!.type, value)).join(' ');
  });
}

function pathCells(type: CqlType, value: Value, cell: (path: Value, part: Value) => PathCell): PathCell[] {
  const nothing = new Uint8Array(0);
  switch (type.kind) {
    case 'list':
      return listElements(value).map((element, index) => {
        const path = new Uint8Array(16);
        path[6] = 0x10;
        path[3] = index;
        return cell(path, element);
      });
    case 'set':
      return setElements(value).map((element) => cell(element, nothing));
    case 'map': {
      const parts = mapEntries(value);
      return parts.flatMap((part, index) => (index % 2 === 0 ? [cell(part, parts[index + 1]!)] : []));
    }
    case 'udt':
      return tupleElements(value, type.fields.length).flatMap((field, index) =>
        field === undefined ? [] : [cell(Uint8Array.of(0, index), field)],
      );
    default:
      throw new Error('one cell');
  }
}
