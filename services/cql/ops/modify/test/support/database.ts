/** Statements by their text over storage in memory, and what a table has then, for tests. */
import { isRowLive } from '../../../../engine/liveness.ts';
import { MemoryStorage } from '../../../../engine/memory-storage.ts';
import type { Mutation, Row } from '../../../../engine/model.ts';
import type { PartitionCursor, Reader, Storage, WriteClock } from '../../../../engine/storage.ts';
import { CqlError } from '../../../../errors.ts';
import { newTimeUuids } from '../../../../functions/time-uuid.ts';
import type { Modification as ModificationSyntax, Statement } from '../../../../parser/ast.ts';
import { CqlSyntaxError } from '../../../../parser/errors.ts';
import { parse } from '../../../../parser/index.ts';
import type { Schema, TableSchema } from '../../../../schema/model.ts';
import { columnsOf } from '../../../../schema/table.ts';
import { withTable, withTestKeyspace } from '../../../../schema/test/support.ts';
import { layoutOf } from '../../../../store/layouts.ts';
import { decodePartitionKey } from '../../../../types/partition-key.ts';
import { literalText } from '../../../../types/to-text.ts';
import { tokenOf } from '../../../../types/token.ts';
import type { BoundValue, Executing, Prepared, QueryOptions, Result } from '../../../api.ts';
import { statementFunctions } from '../../../terms/functions.ts';
import { columnValue } from '../../column-value.ts';
import {
  type Effects,
  type ModifyContext,
  noEffects,
  prepareBatch,
  prepareModification,
  prepareTruncate,
} from '../../index.ts';

/** 2023-11-14T22:13:20Z */
export const startSeconds = 1_700_000_000;

/** Of a table with a key `p` of int and whatever else. */
export type Shown = Record<string, string>;

export class TestDatabase {
  readonly warnings: string[] = [];
  readonly written: (readonly Mutation[])[] = [];
  /** Names of the tables that one step emptied. */
  readonly truncated: (readonly string[])[] = [];
  schema: Schema;
  effects: Effects = noEffects;
  /** Seconds since 1970. */
  seconds = startSeconds;
  keyspace: string | undefined = 'ks';
  /** Decisions have to wait for everything that they read, as if it stood in records. */
  isSlow = false;
  readonly storage: Storage;
  readonly clock: WriteClock;
  private last = 0n;

  /** @param store another storage than one in memory */
  constructor(schema: Schema, store?: Storage & { readonly clock: WriteClock }) {
    this.schema = schema;
    this.clock = store?.clock ?? { next: () => this.nextTime() };
    this.storage = store ?? this.memoryStorage();
  }

  private memoryStorage(): Storage {
    const tables = () => [...this.schema.keyspaces.values()].flatMap(({ tables }) => [...tables.values()]);
    const memory = new MemoryStorage({
      layoutOf: (id) => {
        const table = tables().find((each) => each.id === id);
        return table === undefined ? undefined : layoutOf(table);
      },
      tokenOf,
    });
    return {
      read: (...given) => memory.read(...given),
      scan: (...given) => memory.scan(...given),
      truncate: (...tables) => {
        this.truncated.push(tables.map(({ name }) => name));
        return memory.truncate(...tables);
      },
      decide: (decide) => memory.decide((reader) => decide(this.isSlow ? slowReader(reader) : reader)),
      write: (mutations) => {
        this.written.push(mutations);
        return memory.write(mutations);
      },
    };
  }

  table(name = 't'): TableSchema {
    return this.schema.keyspaces.get('ks')!.tables.get(name)!;
  }

  prepare(text: string): Prepared {
    const { statement, markers } = parse(text);
    return preparedOf(statement, this.schema, this.context(markers));
  }

  context(markers: readonly (string | undefined)[]): ModifyContext {
    const now = () => this.seconds * 1000;
    const clock = { now, timeUuid: newTimeUuids(now), randomUuid: () => new Uint8Array(16) };
    const functions = statementFunctions({ clock });
    return { keyspace: this.keyspace, markers, functions, effects: this.effects };
  }

  get executing(): Executing {
    return {
      storage: this.storage,
      clock: this.clock,
      now: () => this.seconds * 1000,
      schema: () => this.schema,
      paging: { seal: (state) => state, open: (sealed) => sealed },
      caller: { role: 'tester', isSuperuser: true },
      keyspace: this.keyspace,
      warn: (text) => void this.warnings.push(text),
    };
  }

  private nextTime(): bigint {
    const time = BigInt(this.seconds) * 1_000_000n;
    this.last = time > this.last ? time : this.last + 1n;
    return this.last;
  }

  async run(
    text: string,
    values: readonly BoundValue[] = [],
    options: Partial<QueryOptions> = {},
  ): Promise<Result> {
    return this.execute(this.prepare(text), values, options);
  }

  async execute(
    prepared: Prepared,
    values: readonly BoundValue[] = [],
    options: Partial<QueryOptions> = {},
  ): Promise<Result> {
    return prepared.execute({ ...usualOptions, values, ...options }, this.executing);
  }

  /** All of them, one after the other. */
  async runAll(...texts: readonly string[]): Promise<void> {
    for (const text of texts) await this.run(text);
  }

  /** Code and message of what goes wrong. */
  async problem(
    text: string,
    values: readonly BoundValue[] = [],
    options: Partial<QueryOptions> = {},
  ): Promise<string> {
    try {
      await this.run(text, values, options);
    } catch (error) {
      if (error instanceof CqlError || error instanceof CqlSyntaxError)
        return error.code === 'invalid' ? error.message : `${error.code}: ${error.message}`;
      throw error;
    }
    throw new Error(`nothing was thrown by ${text}`);
  }

  /** Result of a conditional statement: columns and rows as texts. */
  async answer(text: string, values: readonly BoundValue[] = []): Promise<string> {
    return answerText(await this.run(text, values));
  }

  /** Rows that are alive, as texts: `p=1 c=2 v='x'`; those of statics alone too. What is null is left out. */
  async rows(name = 't'): Promise<string[]> {
    const table = this.table(name);
    const rows: string[] = [];
    const scan = this.storage.scan(table, {});
    for (let cursor = await scan.next(); cursor !== undefined; cursor = await scan.next()) {
      let found = 0;
      for (let row = await cursor.next(); row !== undefined; row = await cursor.next()) {
        if (!isRowLive(row, this.seconds)) continue;
        found++;
        rows.push(this.rowText(table, cursor.key, cursor.statics, row));
      }
      const { statics } = cursor;
      if (found === 0 && statics !== undefined && isRowLive(statics, this.seconds))
        rows.push(this.rowText(table, cursor.key, statics, undefined));
    }
    return rows;
  }

  private rowText(
    table: TableSchema,
    key: Uint8Array,
    statics: Row | undefined,
    row: Row | undefined,
  ): string {
    const keys = decodePartitionKey(key, table.partitionKey.length);
    const parts: string[] = [];
    for (const column of columnsOf(table)) {
      const value =
        column.kind === 'partition_key'
          ? keys[column.position]
          : column.kind === 'clustering'
            ? row?.clustering[column.position]
            : columnValue(column.kind === 'static' ? statics : row, column, this.seconds);
      if (value !== undefined) parts.push(`${column.name}=${literalText(column.type, value)}`);
    }
    return parts.join(' ');
  }
}

function slowReader(reader: Reader): Reader {
  return {
    read: async (...given) => {
      const cursor = await reader.read(...given);
      return cursor === undefined ? undefined : slowCursor(cursor);
    },
    scan: () => {
      throw new Error('nothing that is decided scans');
    },
  };
}

function slowCursor(cursor: PartitionCursor): PartitionCursor {
  const { key, token, deletion, statics } = cursor;
  return {
    key,
    token,
    deletion,
    statics,
    next: async () => cursor.next(),
    covering: (clustering) => cursor.covering(clustering),
    latestIn: (slice) => cursor.latestIn(slice),
  };
}

export const usualOptions: QueryOptions = {
  values: [],
  consistency: 6,
  serialConsistency: undefined,
  pageSize: undefined,
  pagingState: undefined,
  timestamp: undefined,
  nowSeconds: undefined,
};

export function preparedOf(statement: Statement, schema: Schema, context: ModifyContext): Prepared {
  switch (statement.kind) {
    case 'batch':
      return prepareBatch(statement, schema, context);
    case 'truncate':
      return prepareTruncate(statement, schema, context);
    default:
      return prepareModification(statement as ModificationSyntax, schema, context);
  }
}

export function answerText(result: Result): string {
  if (result.kind !== 'rows') return result.kind;
  const rows = result.rows.map((row) =>
    result.columns.map(({ name, type }, index) => `${name}=${literalText(type, row[index])}`).join(' '),
  );
  return rows.join('; ');
}

/** Tables `name: columns / key` of schema/test/support.ts. */
export function database(
  ...tables: readonly (readonly [name: string, columns: string, key: string])[]
): TestDatabase {
  let schema = withTestKeyspace();
  for (const table of tables) schema = withTable(schema, ...table);
  return new TestDatabase(schema);
}
