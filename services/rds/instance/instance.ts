/**
 * One database instance: its row, its state, and the session that serves it while somebody needs it. What is done to it is done one
 * after the other. A step that a crash cut short is taken up at the next start, as the row says what was decided.
 */

import { Client } from 'pg';
import type { Logger } from 'pino';
import { changePassword } from '../engine/change-password.ts';
import type { InstanceRow } from '../model/instance-table.ts';
import { Line } from '../model/line.ts';
import { formatLsn } from '../model/lsn.ts';
import {
  type InstanceChange,
  type InstanceId,
  InstanceRefusal,
  type InstanceState,
  type InstanceStatus,
} from './api.ts';
import type { Serving } from './serving.ts';

export interface InstanceHost {
  readonly logger: Logger;
  /** Durable when it resolves. */
  put(id: InstanceId, row: InstanceRow): Promise<void>;
  /** Makes what the row says is not made yet, and serves. */
  open(instance: Instance, onProgress: (percent: number) => void): Promise<Serving>;
  /** Clients may come in, or are cut with a reason. */
  admit(instance: Instance, serving: Serving): void;
  cut(instance: Instance, reason: string): void;
  stateChanged(instance: Instance, before: InstanceState | undefined): void;
  endpoint(instance: Instance): InstanceStatus['endpoint'];
}

export class Instance {
  readonly id: InstanceId;
  row: InstanceRow;
  serving: Serving | undefined;
  /** Of clients, as the proxy told last; milliseconds since 1970. */
  connections = 0;
  activeMs = 0;
  /** Connections that the gateway itself has for somebody. */
  private readonly ownClients = new Set<Client>();
  private readonly host: InstanceHost;
  private readonly line = new Line();
  private transition: InstanceState | undefined;
  private progress: number | undefined;
  private reason: string | undefined;
  private told: InstanceState | undefined;
  private isClosing = false;

  constructor(id: InstanceId, row: InstanceRow, host: InstanceHost) {
    this.id = id;
    this.row = row;
    this.host = host;
  }

  get state(): InstanceState {
    if (this.transition !== undefined) return this.transition;
    if (this.row.phase === 'deleting') return 'deleting';
    if (this.reason !== undefined) return 'failed';
    if (this.row.phase === 'making') return 'creating';
    return this.row.isStopped ? 'stopped' : 'available';
  }

  get status(): InstanceStatus {
    const { row, progress, reason, serving } = this;
    const certified = serving?.certifiedLsn();
    return {
      id: this.id,
      state: this.state,
      ...(reason === undefined ? {} : { reason }),
      ...(progress === undefined ? {} : { progress }),
      endpoint: this.host.endpoint(this),
      major: row.major,
      engineVersion: row.engineVersion ?? String(row.major),
      earliestRestorableMs: serving?.earliestRestorableMs(),
      latestRestorableMs: serving?.latestRestorableMs(),
      ...(row.source.kind === 'replica' ? { replicaOf: row.source.of } : {}),
      ...(certified === undefined ? {} : { certifiedLsn: formatLsn(certified) }),
    };
  }

  get isBusy(): boolean {
    return this.connections > 0 || this.ownClients.size > 0;
  }

  /** Serves, whatever that takes. @throws InstanceRefusal when its owner stopped it */
  wake(): Promise<Serving> {
    if (this.serving !== undefined) return Promise.resolve(this.serving);
    return this.line.run(() => this.ensureServing());
  }

  private async ensureServing(state: InstanceState = this.wakingState()): Promise<Serving> {
    if (this.serving !== undefined) return this.serving;
    const { row } = this;
    if (this.isClosing) throw new InstanceRefusal('not-ready', 'the gateway stops');
    if (row.isStopped) throw new InstanceRefusal('wrong-state', 'the database is stopped');
    if (row.phase === 'deleting') throw new InstanceRefusal('unknown', 'the database is being deleted');
    try {
      const serving = await this.during(state, () =>
        this.host.open(this, (percent) => {
          this.progress = percent;
        }),
      );
      await this.note(true);
      this.reason = undefined;
      this.serve(serving);
      return serving;
    } catch (error) {
      this.reason = error instanceof Error ? error.message : String(error);
      this.host.logger.error({ err: error, instance: this.id }, 'the database cannot be served');
      this.tell();
      throw error;
    } finally {
      this.progress = undefined;
    }
  }

  /** Somebody who wakes an idle one is not told that it slept. */
  private wakingState(): InstanceState {
    return this.row.phase === 'making' ? 'creating' : 'available';
  }

  private serve(serving: Serving): void {
    this.serving = serving;
    this.activeMs = Date.now();
    serving.failed.then((reason) => {
      if (this.serving === serving) this.lose(serving, reason);
    });
    this.host.admit(this, serving);
    this.tell();
  }

  /** The next who asks for it begins another. */
  private lose(serving: Serving, reason: string): void {
    this.host.logger.error(
      { instance: this.id, reason },
      'the database ended and is restored when it is asked for',
    );
    this.leave('terminating connection because the database server ended');
    this.line
      .run(() => serving.kill())
      .catch((error: unknown) =>
        this.host.logger.error({ err: error, instance: this.id }, 'a database did not end'),
      );
  }

  private leave(reason: string): void {
    this.serving = undefined;
    this.host.cut(this, reason);
    for (const client of this.ownClients) void client.end().catch(() => undefined);
    this.ownClients.clear();
    this.connections = 0;
  }

  private async endServing(reason: string, how: 'stop' | 'kill' = 'stop'): Promise<void> {
    const { serving } = this;
    if (serving === undefined) return;
    this.leave(reason);
    await serving[how]();
    await this.note(false);
  }

  /** @param idleMs without connections, since */
  sleepIfIdle(nowMs: number, idleMs: number): void {
    if (this.serving === undefined || this.isBusy || nowMs - this.activeMs < idleMs || this.line.isBusy)
      return;
    const done = this.line.run(async () => {
      if (this.isBusy || nowMs - this.activeMs < idleMs) return;
      this.host.logger.info({ instance: this.id }, 'the database is idle and sleeps');
      await this.endServing('the database was idle');
    });
    done.catch((error: unknown) =>
      this.host.logger.error({ err: error, instance: this.id }, 'an idle database did not end'),
    );
  }

  async start(nowMs: number): Promise<void> {
    if (this.state !== 'stopped') throw wrongState(this, 'started');
    await this.change({ isStopped: false, stoppedMs: undefined });
    this.activeMs = nowMs;
    this.behind('starting', async () => void (await this.ensureServing('starting')));
  }

  async stop(nowMs: number): Promise<void> {
    if (this.state !== 'available') throw wrongState(this, 'stopped');
    await this.change({ isStopped: true, stoppedMs: nowMs });
    this.behind('stopping', () => this.endServing('terminating connection due to administrator command'));
  }

  async reboot(failover: boolean): Promise<void> {
    if (this.state !== 'available') throw wrongState(this, 'rebooted');
    this.behind('rebooting', async () => {
      const wasServing = this.serving !== undefined;
      await this.endServing(
        'terminating connection due to administrator command',
        failover ? 'kill' : 'stop',
      );
      if (wasServing || failover) await this.ensureServing('rebooting');
    });
  }

  /** The new port is the host's affair. */
  async modify(change: InstanceChange): Promise<void> {
    if (this.row.phase === 'deleting') throw wrongState(this, 'modified');
    const { masterPassword: newPassword, restart, ...rest } = change;
    const before = this.row;
    await this.change({ ...rest, ...(newPassword === undefined ? {} : { newPassword }) });
    if (this.row.isStopped) return;
    if (newPassword === undefined && rest.parameters === undefined && restart !== true) {
      if (rest.iamAuthentication !== undefined && this.serving !== undefined)
        this.host.admit(this, this.serving);
      return;
    }
    this.behind('modifying', async () => {
      if (restart === true && this.serving !== undefined) {
        await this.endServing('terminating connection due to administrator command');
      }
      if (this.serving === undefined && newPassword === undefined && restart !== true) return;
      const serving = await this.ensureServing('modifying');
      if (rest.parameters !== undefined && restart !== true && rest.parameters !== before.parameters) {
        await serving.engine.reload(rest.parameters);
      }
      await this.applyPassword(serving);
    });
  }

  /** What its owner gave, until the database has it. */
  async applyPassword({ engine }: Serving): Promise<void> {
    const { newPassword, masterUser } = this.row;
    if (newPassword === undefined) return;
    await changePassword(engine, masterUser, newPassword);
    await this.change({ newPassword: undefined });
  }

  /** Nothing serves it any more. It is not woken again, as its row says. */
  endForDeletion(): Promise<void> {
    this.tell();
    return this.line.run(() => this.endServing('terminating connection: the database is deleted', 'kill'));
  }

  /** As the row says now: a replica that becomes an instance of its own. */
  remake(): Promise<Serving> {
    return this.line.run(async () => {
      await this.endServing('terminating connection due to administrator command', 'kill');
      return this.ensureServing('promoting');
    });
  }

  /** Runs while nothing else is done to it. @param state that is shown meanwhile */
  exclusively<T>(state: InstanceState | undefined, work: (serving: Serving) => Promise<T>): Promise<T> {
    return this.line.run(async () => {
      const serving = await this.ensureServing();
      return state === undefined ? work(serving) : this.during(state, () => work(serving));
    });
  }

  /** Wakes it. Whoever has the connection ends it. */
  async connect(user: string, database: string): Promise<Client> {
    const { engine } = await this.wake();
    const client = new Client({ host: engine.socketDir, port: engine.port, user, database });
    client.on('error', () => undefined);
    client.once('end', () => {
      this.activeMs = Date.now();
      this.ownClients.delete(client);
    });
    this.ownClients.add(client);
    try {
      await client.connect();
    } catch (error) {
      this.ownClients.delete(client);
      throw error;
    }
    return client;
  }

  /** Of the gateway. */
  async close(): Promise<void> {
    this.isClosing = true;
    await this.line.run(() => this.endServing('terminating connection due to administrator command'));
  }

  async change(
    change: { readonly [Name in keyof InstanceRow]?: InstanceRow[Name] | undefined },
  ): Promise<void> {
    const row = Object.fromEntries(
      Object.entries({ ...this.row, ...change }).filter(([, value]) => value !== undefined),
    ) as InstanceRow;
    await this.host.put(this.id, row);
    this.row = row;
  }

  /** For the start after a crash. Where it cannot be kept, as on a full disk, that start only waits for a client. */
  private async note(isServing: boolean): Promise<void> {
    if (this.row.phase === 'deleting' || (this.row.isServing === true) === isServing) return;
    try {
      await this.change({ isServing: isServing ? true : undefined });
    } catch (error) {
      this.host.logger.warn({ err: error, instance: this.id }, 'whether a database is served was not kept');
    }
  }

  private behind(state: InstanceState, work: () => Promise<void>): void {
    const done = this.line.run(() => this.during(state, work));
    // `during` and `ensureServing` have told.
    done.catch((error: unknown) => {
      this.host.logger.error({ err: error, instance: this.id, state }, 'a step of a database failed');
    });
  }

  private async during<T>(state: InstanceState, work: () => Promise<T>): Promise<T> {
    const before = this.transition;
    this.transition = state;
    this.tell();
    try {
      return await work();
    } finally {
      this.transition = before;
      this.tell();
    }
  }

  private tell(): void {
    const { state, told } = this;
    if (state === told) return;
    this.told = state;
    this.host.stateChanged(this, told);
  }
}

function wrongState({ id, state }: Instance, what: string): InstanceRefusal {
  return new InstanceRefusal('wrong-state', `the database ${id} is ${state} and cannot be ${what} now`);
}
