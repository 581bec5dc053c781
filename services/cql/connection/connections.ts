/** All connections: how many there may be, how long they may take to log in, what they hold together, and their end. */
import type { Socket } from 'node:net';
import type { ClientInfo, PoolInfo } from '../system/views-rows.ts';
import { Connection } from './connection.ts';
import type { ConnectionHost, ConnectionModules } from './connection-host.ts';
import { Guests } from './guests.ts';
import { connectionLimits } from './limits.ts';

const { connectionsMax, heldBytesMax, sweepMs, inFlightMax } = connectionLimits;

export class Connections {
  private readonly all = new Set<Connection>();
  private readonly guests: Guests;
  private readonly host: ConnectionHost;
  private readonly modules: ConnectionModules;
  private sweeping: ReturnType<typeof setInterval> | undefined;
  private heldBytes = 0;
  private refused = 0;
  private isClosing = false;
  /** Of connections that are gone. */
  private requestsBefore = 0;
  private emptied: PromiseWithResolvers<void> | undefined;

  constructor(modules: ConnectionModules, elapsed: () => number = () => performance.now()) {
    this.modules = modules;
    this.guests = new Guests(elapsed);
    this.host = {
      ...modules,
      elapsed,
      guestLeft: (connection) => this.guests.leave(connection),
      closed: (connection) => this.forget(connection),
      holds: (change) => {
        this.heldBytes += change;
        return this.heldBytes > heldBytesMax;
      },
    };
  }

  get size(): number {
    return this.all.size;
  }

  /** In memory for all of them: what came and is not done, and what they have not taken. */
  get held(): number {
    return this.heldBytes;
  }

  accept(socket: Socket, isEncrypted: boolean): void {
    if (this.isClosing || this.all.size >= connectionsMax) {
      this.refused++;
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, isEncrypted, this.host);
    this.all.add(connection);
    this.sweeping ??= setInterval(() => this.sweep(), sweepMs).unref();
    if (this.guests.enter(connection)) return;
    this.refused++;
    connection.destroy();
  }

  clients(): ClientInfo[] {
    return [...this.all].map(({ info }) => info);
  }

  pool(): PoolInfo {
    let active = 0;
    let completed = this.requestsBefore;
    for (const connection of this.all) {
      active += connection.requestsInFlight;
      completed += connection.info.requests - connection.requestsInFlight;
    }
    return {
      name: 'Native-Transport-Requests',
      active,
      limit: inFlightMax,
      pending: 0,
      completed,
      blocked: this.refused,
    };
  }

  /** What has been asked is answered, and then all of them end; the signal cuts it short. */
  async drain(signal: AbortSignal): Promise<void> {
    this.isClosing = true;
    for (const connection of this.all) connection.drain();
    if (this.all.size > 0 && !signal.aborted) {
      this.emptied = Promise.withResolvers();
      const cut = () => this.emptied?.resolve();
      signal.addEventListener('abort', cut, { once: true });
      await this.emptied.promise;
      signal.removeEventListener('abort', cut);
    }
    this.close();
  }

  close(): void {
    this.isClosing = true;
    clearInterval(this.sweeping);
    this.sweeping = undefined;
    for (const connection of this.all) connection.destroy();
  }

  sweep(): void {
    this.guests.sweep();
    const now = this.host.elapsed();
    for (const connection of this.all) connection.sweep(now);
  }

  private forget(connection: Connection): void {
    if (!this.all.delete(connection)) return;
    this.guests.leave(connection);
    this.modules.events.forget(connection);
    this.requestsBefore += connection.info.requests;
    if (this.all.size > 0) return;
    clearInterval(this.sweeping);
    this.sweeping = undefined;
    this.emptied?.resolve();
  }
}
