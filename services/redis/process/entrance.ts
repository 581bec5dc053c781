/** Who comes in: refusals before anything is made for a connection, and the time within which one must have logged in. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
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
  if (connection.isRunning || socket instanceof TLSSocket || socket.isPaused() || socket.destroyed) return;
  const { fd } = connection;
  if (fd >= 0) readPastLoop(fd, (bytes) => connection.received(bytes, bytes.length));
}

const { handshakeMs, handshakesMax, handshakeLeastMs, lobbyMax } = processLimits;

/**
 * Connections that have not logged in, or not finished their TLS handshake; the oldest first.
 *
 * Handshakes take memory, so that there are not many at a time. When there is no room, one that has taken long is given up
 * for a new one, as who means it is done within a moment; and who comes last goes first, as the others may be gone.
 */
export class Entrance {
  private readonly waiting = new Map<Connection, { readonly since: number }>();
  /** Of them, those whose TLS handshake is not finished. */
  private readonly handshaking = new Set<Connection>();
  /** Nothing was read from these. */
  private lobby: { readonly socket: Socket; readonly since: number; readonly enter: () => void }[] = [];
  private now = 0;

  /** Begins a handshake, now or when there is room. */
  whenRoom(socket: Socket, enter: () => void): void {
    if (this.hasRoom()) enter();
    else if (this.lobby.length < lobbyMax) this.lobby.push({ socket, since: this.now, enter });
    else socket.destroy();
  }

  add(connection: Connection): void {
    const { socket, client } = connection;
    const isTls = socket instanceof TLSSocket && !this.waiting.has(connection);
    if (!isTls && !connection.awaitsLogin) return;
    if (!this.waiting.has(connection)) this.waiting.set(connection, { since: client.createdAt });
    if (!isTls) return;
    this.handshaking.add(connection);
    socket.once('secure', () => this.handshaking.delete(connection));
  }

  delete(connection: Connection): void {
    this.waiting.delete(connection);
    this.handshaking.delete(connection);
  }

  /** Closes who took too long. @param now milliseconds since 1970 */
  closeLate(now: number): void {
    const wasAway = now - this.now > handshakeMs / 10;
    this.now = now;
    // After a long script, what they have sent meanwhile is read first.
    if (wasAway) return;
    for (const [connection, { since }] of this.waiting) {
      if (!connection.awaitsLogin && !this.handshaking.has(connection)) this.waiting.delete(connection);
      else if (now - since < handshakeMs) break;
      else {
        this.delete(connection);
        connection.close(false);
      }
    }
    while (this.lobby.length > 0 && now - this.lobby[0]!.since > handshakeMs)
      this.lobby.shift()!.socket.destroy();
    while (this.lobby.length > 0 && this.hasRoom()) this.lobby.pop()!.enter();
  }

  private hasRoom(): boolean {
    if (this.handshaking.size < handshakesMax) return true;
    const [oldest] = this.handshaking;
    if (this.now - oldest!.client.createdAt < handshakeLeastMs) return false;
    this.delete(oldest!);
    oldest!.close(false);
    return true;
  }
}
