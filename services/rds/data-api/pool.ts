/** Connections by instance, user and database. One that nobody uses ends soon: an instance without connections can sleep. */
import type { Instances } from '../instance/api.ts';
import { dataError } from './errors.ts';
import { dataLimits } from './limits.ts';
import { Session } from './session.ts';

export interface Login {
  readonly instance: string;
  readonly user: string;
  readonly database: string;
}

interface Idle {
  readonly session: Session;
  readonly timer: NodeJS.Timeout;
}

const keyOf = ({ instance, user, database }: Login): string => JSON.stringify([instance, user, database]);

export class Pool {
  readonly #instances: Pick<Instances, 'connect'>;
  readonly #timeoutMs: number;
  readonly #idleMs: number;
  readonly #idle = new Map<string, Idle[]>();
  readonly #open = new Map<string, Set<Session>>();
  readonly #cleaning = new Set<Promise<void>>();
  #isClosed = false;

  constructor(
    instances: Pick<Instances, 'connect'>,
    limits: { readonly timeoutMs: number; readonly idleMs: number },
  ) {
    this.#instances = instances;
    this.#timeoutMs = limits.timeoutMs;
    this.#idleMs = limits.idleMs;
  }

  /** @throws AwsError InstanceRefusal DatabaseError */
  async take(login: Login): Promise<Session> {
    const waiting = this.#idle.get(keyOf(login)) ?? [];
    for (let found = waiting.pop(); found !== undefined; found = waiting.pop()) {
      clearTimeout(found.timer);
      if (!found.session.isBroken) return found.session;
      this.#forget(login, found.session);
    }
    const open = this.#openOf(login.instance);
    if (open.size >= dataLimits.connectionsPerInstance || this.#isClosed)
      throw dataError('ServiceUnavailableError', 'Too many connections of the Data API are open.');
    const { user, database } = login;
    const client = await this.#instances.connect(login.instance, { user, database });
    const session = await Session.open(client, this.#timeoutMs);
    open.add(session);
    return session;
  }

  /** It is cleaned behind the answer. */
  giveBack(login: Login, session: Session): void {
    const cleaning = session.clean().then((isClean) => {
      if (isClean && !this.#isClosed) this.#keep(login, session);
      else return this.#end(login, session);
    });
    this.#cleaning.add(cleaning);
    void cleaning.finally(() => this.#cleaning.delete(cleaning));
  }

  /** Connections, used or not. */
  size(instance: string): number {
    return this.#open.get(instance)?.size ?? 0;
  }

  /** What is being done is broken off. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const idle = [...this.#idle.values()].flat();
    this.#idle.clear();
    for (const { timer } of idle) clearTimeout(timer);
    await Promise.all(idle.map(({ session }) => session.end()));
    for (const session of [...this.#open.values()].flatMap((sessions) => [...sessions]))
      if (!session.isBroken) session.breakOff();
    this.#open.clear();
    await Promise.all(this.#cleaning);
  }

  #keep(login: Login, session: Session): void {
    const key = keyOf(login);
    const list = this.#idle.get(key) ?? [];
    const idle: Idle = {
      session,
      timer: setTimeout(() => {
        const left = (this.#idle.get(key) ?? []).filter((one) => one !== idle);
        if (left.length === 0) this.#idle.delete(key);
        else this.#idle.set(key, left);
        void this.#end(login, session);
      }, this.#idleMs),
    };
    idle.timer.unref();
    this.#idle.set(key, [...list, idle]);
  }

  async #end(login: Login, session: Session): Promise<void> {
    this.#forget(login, session);
    await session.end();
  }

  #forget({ instance }: Login, session: Session): void {
    const open = this.#open.get(instance);
    open?.delete(session);
    if (open?.size === 0) this.#open.delete(instance);
  }

  #openOf(instance: string): Set<Session> {
    const open = this.#open.get(instance) ?? new Set();
    this.#open.set(instance, open);
    return open;
  }
}
