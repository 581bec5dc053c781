/**
 * A connection whose bytes the gateway relays, in the shape of a socket. The engine's side of busy-relay.ts. Neither side sends
 * more than `relayWindowBytes` ahead of what the other has passed on, so that a client that does not read, or an engine
 * that does not, holds back who sends.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { FrameLink } from './frame-link.ts';
import { processLimits } from './limits.ts';
import { relayed } from './link-messages.ts';

export interface Addresses {
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  readonly localAddress?: string;
  readonly localPort?: number;
}

export interface RelayedSocketModules {
  readonly link: FrameLink;
  /** What the client sent. */
  readonly received: (bytes: Buffer) => void;
  /** Its command is running: what comes waits. */
  readonly isRunning: () => boolean;
  readonly gone: () => void;
}

const { relayWindowBytes } = processLimits;

export class RelayedSocket extends Duplex {
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  private readonly modules: RelayedSocketModules;
  private readonly head = Buffer.allocUnsafe(4);
  /** Came and was not looked at; undefined is the end. */
  private readonly inbox: (Buffer | undefined)[] = [];
  private stopped = false;
  private pumping = false;
  /** Of what is being written, what has not left. */
  private unsent: Buffer | undefined;
  private written: (() => void) | undefined;
  /** Left, and did not reach the client. */
  private untaken = 0;
  private finished: (() => void) | undefined;

  constructor(id: number, addresses: Addresses, modules: RelayedSocketModules) {
    super({ allowHalfOpen: true, decodeStrings: true, autoDestroy: false });
    this.head.writeUInt32LE(id, 0);
    this.modules = modules;
    this.remoteAddress = addresses.remoteAddress;
    this.remotePort = addresses.remotePort;
    this.localAddress = addresses.localAddress;
    this.localPort = addresses.localPort;
  }

  setNoDelay(): this {
    return this;
  }

  /** @param bytes undefined: the client sends nothing more */
  deliver(bytes: Buffer | undefined): void {
    this.inbox.push(bytes);
    this.pump();
  }

  /** The gateway has passed so many bytes on. */
  taken(bytes: number): void {
    this.untaken -= bytes;
    this.sendMore();
    if (this.untaken === 0) this.finished?.();
  }

  override pause(): this {
    this.stopped = true;
    return this;
  }

  override resume(): this {
    this.stopped = false;
    if (this.inbox.length > 0) setImmediate(() => this.pump());
    return this;
  }

  override isPaused(): boolean {
    return this.stopped;
  }

  override _read(): void {
    // Bytes go past the stream's own buffer, which needs the event loop.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.unsent = chunk;
    this.written = done;
    this.sendMore();
  }

  override _final(done: () => void): void {
    const finish = () => {
      this.finished = undefined;
      this.modules.link.send(relayed.end, this.head);
      done();
    };
    if (this.untaken === 0) finish();
    else this.finished = finish;
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.inbox.length = 0;
    this.unsent = undefined;
    this.modules.link.send(relayed.closed, this.head);
    this.modules.gone();
    done(error);
  }

  /** As the connection takes it: it uses nothing else of a socket. */
  get asSocket(): Socket {
    return this as unknown as Socket;
  }

  private sendMore(): void {
    const { link } = this.modules;
    while (this.unsent !== undefined && this.untaken < relayWindowBytes) {
      const piece = this.unsent.subarray(0, relayWindowBytes - this.untaken);
      this.untaken += piece.length;
      this.unsent = piece.length === this.unsent.length ? undefined : this.unsent.subarray(piece.length);
      link.send(relayed.data, this.head, piece);
    }
    if (this.unsent !== undefined || this.written === undefined) return;
    const done = this.written;
    this.written = undefined;
    done();
  }

  private pump(): void {
    // What is received may lead back to here, while a script runs.
    if (this.pumping) return;
    this.pumping = true;
    while (this.inbox.length > 0 && !this.stopped && !this.destroyed) {
      if (this.modules.isRunning()) {
        setImmediate(() => this.pump());
        break;
      }
      const bytes = this.inbox.shift();
      if (bytes === undefined) this.emit('end');
      else {
        this.modules.received(bytes);
        this.tell(bytes.length);
      }
    }
    this.pumping = false;
  }

  private tell(bytes: number): void {
    if (this.destroyed) return;
    const count = Buffer.allocUnsafe(4);
    count.writeUInt32LE(bytes, 0);
    this.modules.link.send(relayed.taken, this.head, count);
  }
}
