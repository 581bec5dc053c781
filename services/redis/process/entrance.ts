/** Who comes in: refusals before anything is made for a connection, and the time within which one must have logged in. */
import type { Socket } from 'node:net';
import type { Engine } from '../engine/engine.ts';
import type { Connection } from './connection.ts';
import { processLimits } from './limits.ts';
import { readPastLoop } from './read-past-loop.ts';

const tooMany = '-ERR max number of clients reached\r\n';
/** Begins as redis-server's, which some clients look for; what to do about it is ours. */
const denied =
  '-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default ' +
  'user. In this mode connections are only accepted from the loopback interface. Start the gateway with a password for ' +
  'Redis (redisPassword), or send CONFIG SET protected-mode no from its own host if nobody else can reach this port.\r\n';

/** @returns what the connection is told before it is closed; undefined when it may come in */
export function refusalOf(engine: Engine, address: string | undefined): string | undefined {
  const { acl, config, stats, clients } = engine;
  if (clients.size >= config.number('maxclients')) {
    stats.rejectedConnections++;
    return tooMany;
  }
  if (config.get('protected-mode') === 'yes' && acl.defaultUser.nopass && !isLoopback(address)) {
    stats.rejectedConnections++;
    return denied;
  }
  return undefined;
}

/** @param text may be empty */
export function refuse(socket: Socket, text: string): void {
  socket.on('error', () => socket.destroy());
  if (text === '') socket.destroy();
  else socket.end(text, 'latin1', () => socket.destroy());
}

/** An address that is not known is that of a connection which is gone: it is of no use to anyone. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return true;
  const v4 = address.startsWith('::ffff:') ? address.slice(7) : address;
  return v4.startsWith('127.') || address === '::1';
}

/** Reads what a connection has sent, while a script keeps the event loop from doing so. */
export function readWaiting(connection: Connection): void {
  const { socket } = connection;
  if (connection.isRunning || socket.isPaused() || socket.destroyed) return;
  const { fd } = connection;
  if (fd >= 0) readPastLoop(fd, (bytes) => connection.received(bytes, bytes.length));
}

const { handshakeMs } = processLimits;

/** Connections that have not logged in; the oldest first. */
export class Entrance {
  private readonly waiting = new Map<Connection, { readonly since: number }>();
  private now = 0;

  add(connection: Connection): void {
    if (!connection.awaitsLogin || this.waiting.has(connection)) return;
    this.waiting.set(connection, { since: connection.client.createdAt });
  }

  delete(connection: Connection): void {
    this.waiting.delete(connection);
  }

  /** Closes who took too long. @param now milliseconds since 1970 */
  closeLate(now: number): void {
    const wasAway = now - this.now > handshakeMs / 10;
    this.now = now;
    // After a long script, what they have sent meanwhile is read first.
    if (wasAway) return;
    for (const [connection, { since }] of this.waiting) {
      if (!connection.awaitsLogin) this.waiting.delete(connection);
      else if (now - since < handshakeMs) break;
      else {
        this.delete(connection);
        connection.close(false);
      }
    }
  }
}
