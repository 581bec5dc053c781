/**
 * The gateway's side of connections: hands sockets to the engine's process, one by one. One that arrives while a script keeps
 * the engine busy cannot be handed over, as the engine does not look at its channel: its bytes are relayed instead, on a pipe
 * that the engine reads from within the script, for as long as the connection lasts.
 *
 * A socket on its way to an engine that has just begun a long script would wait for the script's end. Therefore the engine
 * is asked first whether it is at its event loop (`knock`), and what leaves has little time to be too late.
 *
 * Encrypted connections that arrive meanwhile are decrypted here and relayed: somebody must be able to end a script. Those
 * that the engine had before wait, as their decryption needs its event loop.
 */
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import type { FrameLink } from './frame-link.ts';
import { processLimits } from './limits.ts';
import { relayed } from './link-messages.ts';

export interface RelayModules {
  /** Gives the socket away; `gone` when the other process has it, or never will. */
  readonly handOver: (socket: Socket, isTls: boolean, gone: () => void) => void;
  /** Where connections may be encrypted. */
  readonly secureContext: () => SecureContext | undefined;
}

interface Arrival {
  readonly socket: Socket;
  readonly isTls: boolean;
}

interface RelayedClient {
  readonly socket: Socket;
  /** Sent to the engine, and not looked at there. */
  untaken: number;
}

const { relayWindowBytes, arrivalsMax, handshakeMs, handshakesMax } = processLimits;

export class BusyRelay {
  private readonly modules: RelayModules;
  private link: FrameLink | undefined;
  private isBusy = false;
  private nextId = 1;
  private readonly clients = new Map<number, RelayedClient>();
  /** Not on their way yet. */
  private arrivals: Arrival[] = [];
  private leaving = false;
  /** Encrypted, arrived while the engine is busy, and not secure yet; the oldest first. */
  private readonly handshaking = new Set<Socket>();
  /** The engine was asked, and has not answered. */
  private asked = false;

  constructor(modules: RelayModules) {
    this.modules = modules;
  }

  attach(link: FrameLink): void {
    this.link = link;
  }

  arrive(socket: Socket, isTls: boolean): void {
    if (this.link === undefined || this.arrivals.length + this.clients.size >= arrivalsMax) {
      socket.destroy();
      return;
    }
    // It may break before anyone else looks at it.
    socket.on('error', () => socket.destroy());
    if (this.isBusy) this.relayAny({ socket, isTls });
    else {
      this.arrivals.push({ socket, isTls });
      this.handOn();
    }
  }

  receive(type: number, payload: Buffer): void {
    if (type === relayed.busy) this.becomeBusy();
    else if (type === relayed.idle) {
      this.isBusy = false;
      this.handOn();
    } else if (type === relayed.come) {
      if (!this.asked) return;
      this.asked = false;
      this.next();
    } else {
      const id = payload.readUInt32LE(0);
      const client = this.clients.get(id);
      if (client !== undefined) this.receiveFor(id, client, type, payload);
    }
  }

  /** The engine's process is gone. */
  close(): void {
    this.link = undefined;
    this.isBusy = false;
    for (const { socket } of [...this.clients.values(), ...this.arrivals]) socket.destroy();
    for (const socket of this.handshaking) socket.destroy();
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
    this.asked = false;
    const { arrivals } = this;
    this.arrivals = [];
    for (const arrival of arrivals) this.relayAny(arrival);
  }

  private handOn(): void {
    if (this.leaving || this.asked || this.isBusy || this.arrivals.length === 0) return;
    this.asked = true;
    this.link?.send(relayed.knock);
  }

  /** The next one leaves: the engine is at its event loop. */
  private next(): void {
    if (this.isBusy || this.link === undefined) return;
    const next = this.arrivals.shift();
    if (next === undefined) return;
    this.leaving = true;
    this.modules.handOver(next.socket, next.isTls, () => {
      this.leaving = false;
      // That it has taken one says that it is there.
      this.next();
    });
  }

  private relayAny({ socket, isTls }: Arrival): void {
    if (!isTls) {
      this.relay(socket);
      return;
    }
    const secureContext = this.modules.secureContext();
    if (secureContext === undefined || socket.destroyed) {
      socket.destroy();
      return;
    }
    const encrypted = new TLSSocket(socket, { isServer: true, secureContext });
    encrypted.on('error', () => encrypted.destroy());
    const late = setTimeout(() => encrypted.destroy(), handshakeMs);
    const done = () => {
      clearTimeout(late);
      this.handshaking.delete(encrypted);
    };
    encrypted.once('close', done);
    encrypted.once('secure', () => {
      done();
      if (this.link === undefined) encrypted.destroy();
      else this.relay(encrypted);
    });
    this.handshaking.add(encrypted);
    if (this.handshaking.size > handshakesMax) [...this.handshaking][0]!.destroy();
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
