/**
 * A walsender that has no PostgreSQL behind it: hot standbys attach to it as to a primary and get the certified log out of the
 * hypergraph. It listens on a unix socket in a folder that nobody but the owner enters, and asks for a password.
 */
import { chmod, chown, mkdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Lsn, Timeline } from '../model/lsn.ts';
import { protocolLimits } from './limits.ts';
import { StandbyConnection, type StandbyModules, type StandbySlots } from './standby-connection.ts';

export interface WalSenderOptions extends Omit<StandbyModules, 'slots'> {
  /** Made if it is not there. Short: a unix socket's path has about 100 bytes. */
  readonly socketDir: string;
  readonly port: number;
  /** Of the standbys' processes, if not ours. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

export interface StandbyStatus {
  readonly applicationName: string;
  readonly timeline: Timeline;
  readonly sent: Lsn;
  readonly flushed: Lsn;
}

export class WalSender {
  readonly #server: Server;
  readonly #connections = new Set<StandbyConnection>();
  readonly #slots = new Map<string, Lsn>();

  private constructor(options: WalSenderOptions) {
    const slots: StandbySlots = {
      create: (name) => {
        if (this.#slots.size >= protocolLimits.slotsMax) return false;
        this.#slots.set(name, options.log.certified);
        return true;
      },
      drop: (name) => this.#slots.delete(name),
      has: (name) => this.#slots.has(name),
      move: (name, flushed) => {
        if (this.#slots.has(name)) this.#slots.set(name, flushed);
      },
    };
    this.#server = createServer({ noDelay: true }, (socket) => {
      if (this.#connections.size >= protocolLimits.standbysMax) {
        socket.destroy();
        return;
      }
      const connection = new StandbyConnection(socket, { ...options, slots });
      this.#connections.add(connection);
      socket.on('close', () => this.#connections.delete(connection));
    });
  }

  static async listen(options: WalSenderOptions): Promise<WalSender> {
    const { socketDir, port, owner } = options;
    const path = join(socketDir, `.s.PGSQL.${port}`);
    await mkdir(socketDir, { recursive: true });
    await chmod(socketDir, 0o700);
    const sender = new WalSender(options);
    await new Promise<void>((resolve, reject) => {
      sender.#server.once('error', reject);
      sender.#server.listen(path, resolve);
    });
    await chmod(path, 0o600);
    if (owner !== undefined) for (const each of [path, socketDir]) await chown(each, owner.uid, owner.gid);
    return sender;
  }

  /** Standbys that receive. */
  standbys(): StandbyStatus[] {
    return [...this.#connections].flatMap(({ applicationName, stream }) =>
      stream === undefined
        ? []
        : [{ applicationName, timeline: stream.timeline, sent: stream.sent, flushed: stream.flushed }],
    );
  }

  /** What stands before is needed by no standby and no slot. */
  neededFrom(): Lsn | undefined {
    const needed = [...this.standbys().map(({ flushed }) => flushed), ...this.#slots.values()];
    return needed.length === 0 ? undefined : Math.min(...needed);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const { socket } of this.#connections) socket.destroy();
    await closed;
  }
}
