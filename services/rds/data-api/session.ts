/** A connection as the Data API uses it: in UTC, with a limit on the time of a statement, clean when it is given back. */
import type { Client, Submittable } from 'pg';
import { dataError } from './errors.ts';
import type { BoundValues } from './parameters.ts';
import { Statement, type StatementResult } from './statement.ts';

const settings = (timeoutMs: number) =>
  `SET TIME ZONE 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex'; ` +
  `SET client_encoding = 'UTF8'; SET extra_float_digits = 1; SET statement_timeout = ${timeoutMs}`;

/** The engine's own limit comes first; this one is for what it cannot break off, such as a commit that waits. */
const graceMs = 2_000;
/** A connection that takes longer to be as new is given up. */
const cleanMs = 5_000;

export interface StatementLimits {
  readonly timeoutMs: number;
  /** Instead, where the statement goes on after its call was answered. */
  readonly continuedMs: number | undefined;
}

export class Session {
  readonly client: Client;
  #isBroken = false;
  readonly #timeoutMs: number;

  private constructor(client: Client, timeoutMs: number) {
    this.client = client;
    this.#timeoutMs = timeoutMs;
    client.on('error', () => this.breakOff());
    client.on('end', () => {
      this.#isBroken = true;
    });
  }

  static async open(client: Client, timeoutMs: number): Promise<Session> {
    const session = new Session(client, timeoutMs);
    await client.query(settings(timeoutMs));
    return session;
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** @throws DatabaseError, AwsError */
  async run(text: string, bound: BoundValues, limits?: StatementLimits): Promise<StatementResult> {
    const continuedMs = limits?.continuedMs;
    if (continuedMs !== undefined) await this.client.query(`SET statement_timeout = ${continuedMs}`);
    const statement = new Statement(text, bound, () => this.breakOff());
    this.client.query(statement as Submittable);
    const result = await this.#limited(
      statement.done,
      limits?.timeoutMs ?? this.#timeoutMs,
      continuedMs !== undefined,
    );
    if (continuedMs !== undefined) await this.client.query(`SET statement_timeout = ${this.#timeoutMs}`);
    return result;
  }

  async #limited(
    done: Promise<StatementResult>,
    timeoutMs: number,
    goesOn: boolean,
  ): Promise<StatementResult> {
    const timeout = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => {
        timeout.reject(dataError('StatementTimeoutException', 'Request timed out'));
        if (!goesOn) this.breakOff();
        else
          done.then(
            () => this.breakOff(),
            () => this.breakOff(),
          );
        // Nobody gets it again: its statement has it, or its end.
        this.#isBroken = true;
      },
      timeoutMs + (goesOn ? 0 : graceMs),
    );
    try {
      return await Promise.race([done, timeout.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** As new for whoever comes next. @returns whether it is */
  async clean(): Promise<boolean> {
    if (this.#isBroken) return false;
    const timer = setTimeout(() => this.breakOff(), cleanMs);
    try {
      await this.client.query('ROLLBACK');
      await this.client.query('DISCARD ALL');
      await this.client.query(settings(this.#timeoutMs));
    } catch {
      // It ended, or its server does.
      this.breakOff();
    } finally {
      clearTimeout(timer);
    }
    return !this.#isBroken;
  }

  /** At once; the engine rolls back what is open. */
  breakOff(): void {
    this.#isBroken = true;
    (this.client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }

  async end(): Promise<void> {
    if (this.#isBroken) return;
    this.#isBroken = true;
    await this.client.end().catch(() => undefined);
  }
}
