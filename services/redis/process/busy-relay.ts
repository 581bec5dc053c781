/**
 * The gateway's side of connections: hands sockets to the engine's process. One that arrives while a script keeps the engine
 * busy cannot be handed over, as the engine does not look at its channel: its bytes are relayed instead, on a pipe that the
 * engine reads from within the script, for as long as the connection lasts.
 */
import type { Socket } from 'node:net';
import type { FrameLink } from './frame-link.ts';
import { relayed } from './link-messages.ts';

export interface RelayModules {
  /** Gives the socket away. */
  readonly handOver: (socket: Socket, isTls: boolean) => void;
}

export class BusyRelay {
  private readonly modules: RelayModules;
  private link: FrameLink | undefined;
  private isBusy = false;
  private nextId = 1;
  private readonly sockets = new Map<number, Socket>();
  /** Encrypted ones wait: their handshake needs the event loop. */
  private readonly waiting = new Set<Socket>();

  constructor(modules: RelayModules) {
    this.modules = modules;
  }

  attach(link: FrameLink): void {
    this.link = link;
  }

  arrive(socket: Socket, isTls: boolean): void {
    if (!this.isBusy) this.modules.handOver(socket, isTls);
    else if (isTls) {
      this.waiting.add(socket);
      socket.once('close', () => this.waiting.delete(socket));
    } else this.relay(socket);
  }

  receive(type: number, payload: Buffer): void {
    if (type === relayed.busy) this.isBusy = true;
    else if (type === relayed.idle) this.leave();
    else {
      const id = payload.readUInt32LE(0);
      const socket = this.sockets.get(id);
      if (socket === undefined) return;
      if (type === relayed.data) socket.write(payload.subarray(4));
      else if (type === relayed.end) socket.end();
      else {
        this.sockets.delete(id);
        socket.destroy();
      }
    }
  }

  /** The engine's process is gone. */
  close(): void {
    this.link = undefined;
    this.isBusy = false;
    for (const socket of [...this.sockets.values(), ...this.waiting]) socket.destroy();
    this.sockets.clear();
    this.waiting.clear();
  }

  private leave(): void {
    this.isBusy = false;
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const socket of waiting) this.modules.handOver(socket, true);
  }

  private relay(socket: Socket): void {
    const id = this.nextId++;
    const head = Buffer.allocUnsafe(4);
    head.writeUInt32LE(id, 0);
    const { remoteAddress, remotePort, localAddress, localPort } = socket;
    const addresses = { remoteAddress, remotePort, localAddress, localPort };
    const send = (type: number, bytes?: Uint8Array) =>
      bytes === undefined ? this.link?.send(type, head) : this.link?.send(type, head, bytes);
    send(relayed.open, Buffer.from(JSON.stringify(addresses)));
    this.sockets.set(id, socket);
    socket.on('data', (chunk: Buffer) => {
      send(relayed.data, chunk);
      const { link } = this;
      if (link === undefined || link.pendingBytes < 1024 * 1024) return;
      socket.pause();
      void link.drained().then(() => socket.resume());
    });
    socket.on('end', () => send(relayed.end));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (this.sockets.delete(id)) send(relayed.closed);
    });
    socket.resume();
  }
}
