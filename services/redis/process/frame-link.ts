/**
 * Frames between the gateway and the engine's process, over a socket pair that nobody else holds:
 *   length of what follows u32 ‖ type u8 ‖ payload
 * Both ends are this program, so a malformed frame is a broken invariant. What a frame means: link-messages.ts.
 */
import type { Socket } from 'node:net';

/** A piece of a checkpoint, or a batch of effects: a script may make one of many megabytes. */
const frameBytesMax = 1024 * 1024 * 1024;
const lengthBytes = 4;

export class FrameLink {
  private readonly socket: Socket;
  private readonly receive: (type: number, payload: Buffer) => void;
  private chunks: Buffer[] = [];
  private held = 0;
  /** Bytes of the next frame with its length, once that is known. */
  private needed = lengthBytes;

  /** @param receive gets views of memory that is not used again */
  constructor(socket: Socket, receive: (type: number, payload: Buffer) => void) {
    this.socket = socket;
    this.receive = receive;
    socket.on('data', (chunk: Buffer) => this.take(chunk));
  }

  /** Bytes that the other end has not taken. */
  get pendingBytes(): number {
    return this.socket.writableLength;
  }

  send(type: number, ...parts: readonly Uint8Array[]): void {
    const head = Buffer.allocUnsafe(lengthBytes + 1);
    let length = 1;
    for (const part of parts) length += part.length;
    head.writeUInt32LE(length, 0);
    head[lengthBytes] = type;
    this.socket.cork();
    this.socket.write(head);
    for (const part of parts) if (part.length > 0) this.socket.write(part);
    this.socket.uncork();
  }

  /** Resolves when the other end has taken most of what was sent. */
  async drained(): Promise<void> {
    if (!this.socket.writableNeedDrain) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const done = () => {
      this.socket.off('drain', done);
      this.socket.off('close', done);
      resolve();
    };
    this.socket.on('drain', done);
    this.socket.on('close', done);
    await promise;
  }

  /** Bytes that were read from the socket; also for who reads them past the event loop. */
  take(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.held += chunk.length;
    if (this.held < this.needed) return;
    const bytes = this.chunks.length === 1 ? chunk : Buffer.concat(this.chunks, this.held);
    let at = 0;
    for (;;) {
      const left = bytes.length - at;
      if (left < lengthBytes) {
        this.needed = lengthBytes;
        break;
      }
      const length = bytes.readUInt32LE(at);
      if (length < 1 || length > frameBytesMax) throw new Error(`a frame of ${length} bytes`);
      this.needed = lengthBytes + length;
      if (left < this.needed) break;
      this.receive(bytes[at + lengthBytes]!, bytes.subarray(at + lengthBytes + 1, at + this.needed));
      at += this.needed;
    }
    this.held = bytes.length - at;
    this.chunks = this.held > 0 ? [bytes.subarray(at)] : [];
  }
}
