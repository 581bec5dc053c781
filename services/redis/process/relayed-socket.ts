/** A connection whose bytes the gateway relays, in the shape of a socket. The engine's side of busy-relay.ts. */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { FrameLink } from './frame-link.ts';
import { relayed } from './link-messages.ts';

export interface Addresses {
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  readonly localAddress?: string;
  readonly localPort?: number;
}

export class RelayedSocket extends Duplex {
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
  private readonly link: FrameLink;
  private readonly head = Buffer.allocUnsafe(4);
  private readonly gone: () => void;

  constructor(id: number, addresses: Addresses, link: FrameLink, gone: () => void) {
    super({ allowHalfOpen: true, decodeStrings: true });
    this.head.writeUInt32LE(id, 0);
    this.link = link;
    this.gone = gone;
    this.remoteAddress = addresses.remoteAddress;
    this.remotePort = addresses.remotePort;
    this.localAddress = addresses.localAddress;
    this.localPort = addresses.localPort;
  }

  setNoDelay(): this {
    return this;
  }

  override _read(): void {
    // Bytes come as they come, through `deliver`.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.link.send(relayed.data, this.head, chunk);
    if (this.link.pendingBytes < 1024 * 1024) done();
    else void this.link.drained().then(done);
  }

  override _final(done: () => void): void {
    this.link.send(relayed.end, this.head);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.link.send(relayed.closed, this.head);
    this.gone();
    done(error);
  }

  /** As the connection takes it: it uses nothing else of a socket. */
  get asSocket(): Socket {
    return this as unknown as Socket;
  }
}
