/**
 * A short stay in a customer's database as the superuser. Two things matter: nothing of the customer's is ever run, and nobody
 * who wants the database for himself is turned away.
 *
 * DROP DATABASE refuses while a slot of the database is in use, at once, and waits five seconds for connections to go;
 * CREATE DATABASE … TEMPLATE waits as long. So transactions here hold a lock on the database that DROP DATABASE waits for: the
 * one that ALTER ROLE … IN DATABASE takes to look for a setting (of our own role, which has none: nothing is written). And a
 * stay is short.
 */
import type { Client, QueryArrayConfig } from 'pg';
import type { RunningEngine } from '../engine/api.ts';
import { projectionLimits } from './limits.ts';

/** The part of an engine that the projection needs. */
export type EngineDatabases = Pick<RunningEngine, 'connect'>;

/** Whatever the customer set for the database or for all: texts of values must be the same wherever they are read. */
const settings = [
  'SET ROLE NONE',
  "SET search_path = 'pg_catalog'",
  "SET client_encoding = 'UTF8'",
  'SET default_transaction_read_only = on',
  'SET row_security = off',
  "SET DateStyle = 'ISO, YMD'",
  "SET IntervalStyle = 'postgres'",
  "SET TimeZone = 'UTC'",
  'SET extra_float_digits = 1',
  "SET bytea_output = 'hex'",
  "SET lc_monetary = 'C'",
  "SET xmloption = 'content'",
  'SET quote_all_identifiers = off',
  'SET synchronize_seqscans = off',
  'SET max_parallel_workers_per_gather = 0',
  'SET enable_tidscan = on',
  'SET jit = off',
  'SET idle_in_transaction_session_timeout = 0',
  `SET statement_timeout = ${projectionLimits.statementMs}`,
  `SET lock_timeout = ${projectionLimits.lockMs}`,
].join('; ');

/** Dates and numbers as PostgreSQL writes them. */
const asText = { getTypeParser: () => (value: string) => value } as NonNullable<QueryArrayConfig['types']>;
export type TextRow = readonly (string | null)[];

export class Visit {
  readonly startedMs: number = performance.now();
  readonly #client: Client;
  readonly #database: string;

  private constructor(client: Client, database: string) {
    this.#client = client;
    this.#database = database;
  }

  /** Connects, does the work, and has left when this resolves. */
  static async run<Result>(
    engine: EngineDatabases,
    database: string | undefined,
    work: (visit: Visit) => Promise<Result>,
  ): Promise<Result> {
    const client = await engine.connect(database);
    // Whoever drops the database with FORCE ends us; the query under way tells.
    client.on('error', () => undefined);
    try {
      await client.query(settings);
      return await work(new Visit(client, database ?? ''));
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  isOver(): boolean {
    return performance.now() - this.startedMs > projectionLimits.visitMs;
  }

  /** Values as texts. Of one statement, as all of these. */
  async query(text: string, values: readonly unknown[] = []): Promise<TextRow[]> {
    const config: QueryArrayConfig = { text, values: [...values], rowMode: 'array', types: asText };
    const { rows } = await this.#client.query<(string | null)[]>(config);
    return rows;
  }

  /** A transaction that DROP DATABASE waits for, and which writes nothing. */
  async transaction<Result>(
    isolation: 'READ COMMITTED' | 'REPEATABLE READ',
    work: () => Promise<Result>,
  ): Promise<Result> {
    const name = quoteIdentifier(this.#database);
    await this.query(`BEGIN ISOLATION LEVEL ${isolation} READ WRITE`);
    try {
      await this.query(`ALTER ROLE CURRENT_USER IN DATABASE ${name} RESET application_name`);
      await this.query('SET TRANSACTION READ ONLY');
      return await work();
    } finally {
      await this.query('ROLLBACK').catch(() => undefined);
    }
  }
}

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Code of PostgreSQL's error, if it is one. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}
