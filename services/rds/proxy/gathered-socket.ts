/**
 * A socket whose bytes are gathered while somebody logs in, and afterwards go to whoever relays them. Reads go to one buffer that
 * all connections share (`onread`), so that a thousand idle connections hold no read buffers.
 */
import { Socket } from 'node:net';
import { Breach } from '../wire/errors.ts';
import { proxyLimits } from './limits.ts';

const shared = Buffer.allocUnsafeSlow(proxyLimits.readBufferBytes);

/** @param chunk stays unchanged until the call returns */
export type Sink = (chunk: Buffer, length: number) => void;

export class GatheredSocket {
  socket: Socket;
  private held: Buffer = Buffer.alloc(0);
  private needed = 0;
  private waiting: PromiseWithResolvers<void> | undefined;
  private sink: Sink | undefined;
  private hasEnded = false;
  private isClosing = false;

  /** @param handle of a connection that came in; without one the socket is still to be connected */
  constructor(handle?: unknown) {
    const options = {
      ...(handle === undefined ? {} : { handle }),
      allowHalfOpen: true,
      onread: {
        buffer: shared,
        callback: (length: number): boolean => {
          this.receive(shared, length);
          return true;
        },
      },
    };
    this.socket = new Socket(options as unknown as ConstructorParameters<typeof Socket>[0]);
    this.watch(this.socket);
    if (handle !== undefined) this.socket.resume();
  }

  get hasBytes(): boolean {
    return this.held.length > 0;
  }

  /** Waits until so many bytes are there. @returns all that are, which stay @throws Breach when there will be no more */
  async bytes(count: number): Promise<Buffer> {
    if (this.held.length < count) {
      if (this.hasEnded) throw new Breach('the connection ended');
      this.needed = count;
      this.waiting = Promise.withResolvers();
      this.socket.resume();
      await this.waiting.promise;
    }
    return this.held;
  }

  /** Removes bytes that are there. */
  take(count: number): Buffer {
    const taken = this.held.subarray(0, count);
    this.held = this.held.subarray(count);
    return taken;
  }

  /** All bytes, also those that are there, go to `sink` from now on. */
  passTo(sink: Sink): void {
    const { held } = this;
    this.sink = sink;
    this.held = Buffer.alloc(0);
    this.socket.resume();
    if (held.length > 0) sink(held, held.length);
  }

  write(bytes: Buffer): void {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  /** Last words, then the end; whether or not they are taken. */
  close(bytes?: Buffer): void {
    const { socket } = this;
    if (socket.destroyed || this.isClosing) return;
    this.isClosing = true;
    this.sink = () => undefined;
    const late = setTimeout(() => socket.destroy(), proxyLimits.lingerMs);
    socket.once('close', () => clearTimeout(late));
    socket.resume();
    if (bytes === undefined) socket.end();
    else socket.end(bytes);
    // Closed with unread bytes, the client's system would throw the last words away.
    if (this.hasEnded) socket.once('finish', () => socket.destroy());
    else socket.once('end', () => socket.destroy());
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Without a word, unless the last one has been said and is on its way. */
  abandon(): void {
    if (!this.isClosing) this.socket.destroy();
  }

  /** Another socket takes the place of this one, whose bytes it reads. */
  protected replace(socket: Socket): void {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.receive(chunk, chunk.length));
    this.watch(socket);
  }

  private watch(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    const end = () => {
      if (socket !== this.socket) return;
      this.hasEnded = true;
      this.waiting?.reject(new Breach('the connection ended'));
      this.waiting = undefined;
    };
    socket.on('end', end);
    socket.on('close', end);
  }

  private receive(chunk: Buffer, length: number): void {
    if (this.sink !== undefined) {
      this.sink(chunk, length);
      return;
    }
    this.held = Buffer.concat([this.held, chunk.subarray(0, length)]);
    if (this.held.length >= this.needed) {
      this.waiting?.resolve();
      this.waiting = undefined;
    }
    if (this.waiting === undefined && this.held.length >= proxyLimits.gatheredBytes) this.socket.pause();
  }
}
