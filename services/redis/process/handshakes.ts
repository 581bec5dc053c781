/**
 * TLS handshakes of connections that come in. They take memory, so that there are not many at a time. When there is no room,
 * one that has taken long is given up for a new one, as who means it is done within a moment; and who comes last goes first,
 * as the others may be gone.
 */
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { processLimits } from './limits.ts';

const { handshakeMs, handshakesMax, handshakeLeastMs, lobbyMax } = processLimits;

export interface HandshakesModules {
  readonly secureContext: SecureContext;
  readonly secured: (socket: TLSSocket) => void;
}

export class Handshakes {
  private readonly modules: HandshakesModules;
  /** Under way, with the time of their beginning; the oldest first. */
  private readonly begun = new Map<Socket, number>();
  /** Nothing was read from these; the last one came last. */
  private readonly lobby = new Map<Socket, ReturnType<typeof setTimeout>>();

  constructor(modules: HandshakesModules) {
    this.modules = modules;
  }

  /** Begins a handshake, now or when there is room. */
  add(socket: Socket): void {
    if (this.hasRoom()) this.begin(socket);
    else if (this.lobby.size >= lobbyMax) socket.destroy();
    else {
      const late = setTimeout(() => socket.destroy(), handshakeMs);
      this.lobby.set(socket, late);
      socket.once('close', () => this.leaveLobby(socket));
    }
  }

  close(): void {
    for (const socket of this.lobby.keys()) socket.destroy();
    for (const socket of this.begun.keys()) socket.destroy();
  }

  private begin(socket: Socket): void {
    if (socket.destroyed) return;
    const { secureContext, secured } = this.modules;
    const encrypted = new TLSSocket(socket, { isServer: true, secureContext });
    encrypted.on('error', () => encrypted.destroy());
    const late = setTimeout(() => encrypted.destroy(), handshakeMs);
    this.begun.set(encrypted, performance.now());
    const done = () => {
      clearTimeout(late);
      if (this.begun.delete(encrypted)) this.next();
    };
    encrypted.once('close', done);
    encrypted.once('secure', () => {
      done();
      secured(encrypted);
    });
  }

  private next(): void {
    const last = [...this.lobby.keys()].at(-1);
    if (last === undefined || !this.hasRoom()) return;
    this.leaveLobby(last);
    this.begin(last);
  }

  private leaveLobby(socket: Socket): void {
    clearTimeout(this.lobby.get(socket));
    this.lobby.delete(socket);
  }

  private hasRoom(): boolean {
    if (this.begun.size < handshakesMax) return true;
    const [oldest] = this.begun;
    const [socket, since] = oldest!;
    if (performance.now() - since < handshakeLeastMs) return false;
    this.begun.delete(socket);
    socket.destroy();
    return true;
  }
}
