/**
 * The gateway's side of connections: hands sockets to the engine's process, one by one. One that arrives while a script keeps
 * the engine busy cannot be handed over, as the engine does not look at its channel: its bytes are relayed instead, on a pipe
 * that the engine reads from within the script, for as long as the connection lasts.
 *
 * A socket on its way to an engine that has just begun a long script would wait for the script's end. Therefore sockets leave
 * one by one, by number, and stay open here until the engine says that it has accepted them; one that is on its way when the
 * engine becomes busy is withdrawn, and relayed.
 *
 * Encrypted connections are decrypted here and always relayed: the engine could not decrypt while a script runs, and somebody
 * must be able to end it.
 */
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { FrameLink } from './frame-link.ts';
import { Handshakes } from './handshakes.ts';
import { processLimits } from './limits.ts';
import { relayed } from './link-messages.ts';

export interface RelayModules {
  /** Sends the socket, which stays open here. `failed` when it could not be sent. */
  readonly handOver: (number: number, socket: Socket, failed: () => void) => void;
  /** Where connections may be encrypted. */
  readonly secureContext: SecureContext | undefined;
}

interface RelayedClient {
  readonly socket: Socket;
  /** Sent to the engine, and not looked at there. */
  untaken: number;
}

const { relayWindowBytes, arrivalsMax } = processLimits;

export class BusyRelay {
  private readonly modules: RelayModules;
  private link: FrameLink | undefined;
  private isBusy = false;
  private nextId = 1;
  private readonly clients = new Map<number, RelayedClient>();
  /** Not on their way yet. */
  private arrivals: Socket[] = [];
  /** On its way to the engine. */
  private leaving: { readonly number: number; readonly socket: Socket } | undefined;
  private nextNumber = 1;
  private readonly handshakes: Handshakes | undefined;

  constructor(modules: RelayModules) {
    this.modules = modules;
    const { secureContext } = modules;
    if (secureContext === undefined) return;
    this.handshakes = new Handshakes({
      secureContext,
      secured: (socket) => {
        if (this.link === undefined) socket.destroy();
        else this.relay(socket);
      },
    });
  }

  attach(link: FrameLink): void {
    this.link = link;
  }

  arrive(socket: Socket, isTls: boolean): void {
    const isTooMany = this.arrivals.length + this.clients.size >= arrivalsMax;
    if (this.link === undefined || isTooMany || (isTls && this.handshakes === undefined)) {
      socket.destroy();
      return;
    }
    // It may break before anyone else looks at it.
    socket.on('error', () => socket.destroy());
    if (isTls) this.handshakes?.add(socket);
    else if (this.isBusy) this.relay(socket);
    else {
      this.arrivals.push(socket);
      this.handOn();
    }
  }

  receive(type: number, payload: Buffer): void {
    if (type === relayed.busy) this.becomeBusy();
    else if (type === relayed.idle) {
      this.isBusy = false;
      this.handOn();
    } else {
      const id = payload.readUInt32LE(0);
      if (type === relayed.accepted || type === relayed.withdrawn) {
        this.arrived(id, type === relayed.accepted);
        return;
      }
      const client = this.clients.get(id);
      if (client !== undefined) this.receiveFor(id, client, type, payload);
    }
  }

  /** The engine's process is gone. */
  close(): void {
    this.link = undefined;
    this.isBusy = false;
    for (const { socket } of this.clients.values()) socket.destroy();
    for (const socket of this.arrivals) socket.destroy();
    this.handshakes?.close();
    this.leaving?.socket.destroy();
    this.leaving = undefined;
    this.clients.clear();
    this.arrivals = [];
  }

  private receiveFor(id: number, client: RelayedClient, type: number, payload: Buffer): void {
    const { socket } = client;
    switch (type) {
      case relayed.data: {
        const bytes = payload.subarray(4);
        socket.write(bytes, () => this.tell(id, bytes.length));
        return;
      }
      case relayed.taken:
        client.untaken -= payload.readUInt32LE(4);
        if (client.untaken < relayWindowBytes) socket.resume();
        return;
      case relayed.end:
        socket.end();
        return;
      case relayed.closed:
        this.clients.delete(id);
        socket.destroy();
        return;
      default:
        throw new Error(`the engine sent a frame of type ${type} on the relay`);
    }
  }

  private becomeBusy(): void {
    this.isBusy = true;
    if (this.leaving !== undefined) this.send(relayed.withdraw, this.leaving.number);
    const { arrivals } = this;
    this.arrivals = [];
    for (const socket of arrivals) this.relay(socket);
  }

  /** The next one leaves. */
  private handOn(): void {
    if (this.leaving !== undefined || this.isBusy) return;
    const socket = this.arrivals.shift();
    if (socket === undefined) return;
    const number = this.nextNumber++;
    this.leaving = { number, socket };
    this.modules.handOver(number, socket, () => this.arrived(number, true));
  }

  /** @param isGone whether there is nothing left to do for it here */
  private arrived(number: number, isGone: boolean): void {
    if (this.leaving?.number !== number) return;
    const { socket } = this.leaving;
    this.leaving = undefined;
    if (isGone) socket.destroy();
    else this.relay(socket);
    this.handOn();
  }

  private relay(socket: Socket): void {
    if (socket.destroyed) return;
    const id = this.nextId++;
    const client: RelayedClient = { socket, untaken: 0 };
    const { remoteAddress, remotePort, localAddress, localPort } = socket;
    const addresses = { remoteAddress, remotePort, localAddress, localPort };
    this.send(relayed.open, id, Buffer.from(JSON.stringify(addresses)));
    this.clients.set(id, client);
    // A client that sends nothing more still gets its answers.
    socket.allowHalfOpen = true;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => {
      this.send(relayed.data, id, chunk);
      client.untaken += chunk.length;
      if (client.untaken >= relayWindowBytes) socket.pause();
    });
    socket.on('end', () => this.send(relayed.end, id));
    socket.on('close', () => {
      if (this.clients.delete(id)) this.send(relayed.closed, id);
    });
    socket.resume();
  }

  private tell(id: number, bytes: number): void {
    if (!this.clients.has(id)) return;
    const count = Buffer.allocUnsafe(4);
    count.writeUInt32LE(bytes, 0);
    this.send(relayed.taken, id, count);
  }

  private send(type: number, id: number, bytes?: Uint8Array): void {
    const head = Buffer.allocUnsafe(4);
    head.writeUInt32LE(id, 0);
    if (bytes === undefined) this.link?.send(type, head);
    else this.link?.send(type, head, bytes);
  }
}
