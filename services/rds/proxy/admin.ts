/**
 * The administrator's connection to an engine: what a login is checked against, and what is asked about backends. It runs
 * nothing that a customer wrote. Made again when it breaks.
 */
import { Client, DatabaseError } from 'pg';
import { adminConfig } from '../engine/admin-session.ts';
import { type Lsn, parseLsn } from '../model/lsn.ts';
import { Fatal, fatals } from '../wire/errors.ts';
import type { Route } from './channel.ts';
import { proxyLimits } from './limits.ts';

export interface Role {
  /** Null without a password, or after the time up to which it was valid. */
  readonly password: string | null;
  /** Whether it is a member of `rds_iam`. */
  readonly isIam: boolean;
}

interface Query {
  readonly name: string;
  readonly text: string;
}

/** Read at each login, so that a password that was changed counts from then on. */
const roleQuery = {
  name: 'role',
  text: `
    with recursive member(role) as (
      select oid from pg_authid where rolname = $1::name
      union
      select roleid from pg_auth_members join member on member.role = pg_auth_members.member)
    select case when rolvaliduntil < now() then null else rolpassword end as password,
      exists (select from pg_authid join member on role = oid where rolname = 'rds_iam') as "isIam"
    from pg_authid where rolname = $1::name`,
};
const waitQuery = {
  name: 'wait',
  text: 'select wait_event as event from pg_stat_activity where pid = $1::int',
};
/** A commit that waits for its standby has been flushed here: no need to wait for what others write. */
const flushQuery = { name: 'flush', text: 'select pg_current_wal_flush_lsn()::text as lsn' };

export class Admin {
  private readonly route: Route;
  private client: Promise<Client> | undefined;
  private isClosed = false;
  /** Settles when the query before is done. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(route: Route) {
    this.route = route;
  }

  async role(user: string): Promise<Role | undefined> {
    return (await this.query<Role>(roleQuery, [user]))[0];
  }

  /** What the backend waits for. */
  async waitEvent(pid: number): Promise<string | undefined> {
    return (await this.query<{ event: string | null }>(waitQuery, [pid]))[0]?.event ?? undefined;
  }

  async flushedLsn(): Promise<Lsn> {
    return parseLsn((await this.query<{ lsn: string }>(flushQuery, []))[0]!.lsn);
  }

  close(): void {
    this.isClosed = true;
    const { client } = this;
    this.client = undefined;
    client?.then(end, () => undefined);
  }

  /** One after the other: the package's own queue is to go. @throws Fatal when the engine cannot be asked */
  private query<Row extends object>(query: Query, values: readonly unknown[]): Promise<Row[]> {
    const result = this.last.then(() => this.queryNow<Row>(query, values));
    this.last = result.catch(() => undefined);
    return result;
  }

  private async queryNow<Row extends object>(query: Query, values: readonly unknown[]): Promise<Row[]> {
    // One that was made earlier may be broken without anyone having noticed.
    const earlier = this.client;
    if (earlier !== undefined) {
      const rows = await this.tryQuery<Row>(earlier, query, values);
      if (!(rows instanceof Error)) return rows;
    }
    const rows = await this.tryQuery<Row>(this.client ?? this.connect(), query, values);
    if (rows instanceof Error) throw fatals.cannotConnectNow('the database system is starting up');
    return rows;
  }

  /** @returns an error when the connection is broken */
  private async tryQuery<Row extends object>(
    connecting: Promise<Client>,
    query: Query,
    values: readonly unknown[],
  ): Promise<Row[] | Error> {
    try {
      const client = await connecting;
      const { rows } = await client.query<Row>({ ...query, values: [...values] });
      return rows;
    } catch (error) {
      // After anything but an error that the engine told of, nobody knows the state of the connection.
      if (!(error instanceof Error) || isOfStatement(error)) throw error;
      this.forget(connecting);
      return error;
    }
  }

  private connect(): Promise<Client> {
    if (this.isClosed) return Promise.reject(fatals.adminShutdown('the instance is no longer served'));
    const client = new Client({
      ...adminConfig(this.route),
      connectionTimeoutMillis: proxyLimits.adminMs,
      query_timeout: proxyLimits.adminMs,
    });
    const connecting = client.connect().then(() => client);
    client.on('error', () => this.forget(connecting));
    client.on('end', () => this.forget(connecting));
    this.client = connecting;
    return connecting;
  }

  private forget(client: Promise<Client>): void {
    if (this.client !== client) return;
    this.client = undefined;
    client.then(end, () => undefined);
  }
}

function isOfStatement(error: Error): boolean {
  return error instanceof Fatal || (error instanceof DatabaseError && error.severity === 'ERROR');
}

function end(client: Client): void {
  client.end().catch(() => undefined);
}
