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
  /** What came and was not taken: the first from `at` on. */
  private chunks: Buffer[] = [];
  private at = 0;
  private held = 0;
  /** Bytes of the next frame with its length; of the length alone while that is not known. */
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

  /**
   * Bytes that were read from the socket; also for who reads them past the event loop. What is taken from a frame may lead
   * back to here: a command that came in a frame runs long, and what comes meanwhile is looked at.
   */
  take(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.held += chunk.length;
    while (this.held >= this.needed) {
      const bytes = this.joined();
      if (this.needed === lengthBytes) {
        const length = bytes.readUInt32LE(this.at);
        if (length < 1 || length > frameBytesMax) throw new Error(`a frame of ${length} bytes`);
        this.needed += length;
        continue;
      }
      const from = this.at;
      const to = from + this.needed;
      this.held -= this.needed;
      this.needed = lengthBytes;
      this.at = to;
      if (this.held === 0) {
        this.chunks = [];
        this.at = 0;
      }
      this.receive(bytes[from + lengthBytes]!, bytes.subarray(from + lengthBytes + 1, to));
    }
  }

  private joined(): Buffer {
    if (this.chunks.length === 1) return this.chunks[0]!;
    this.chunks[0] = this.chunks[0]!.subarray(this.at);
    this.at = 0;
    this.chunks = [Buffer.concat(this.chunks, this.held)];
    return this.chunks[0]!;
  }
}
