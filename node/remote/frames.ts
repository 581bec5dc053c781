/**
 * Frames on a byte stream: u32 length of the rest ‖ u8 type ‖ u32 call ‖ body. The length is checked before anything is
 * kept. A call is a number that the client chose for a request; all frames about it carry the number.
 */
import type { Duplex } from 'node:stream';
import { malformed } from '../hypergraph/index.ts';

export const frameType = {
  // Client to node.
  request: 1,
  /** A piece of what a request uploads. */
  piece: 2,
  /** Everything was uploaded. */
  pieceEnd: 3,
  cancel: 4,
  // Node to client.
  result: 16,
  error: 17,
  item: 18,
  /** A lease was lost. */
  lost: 19,
  // Either way: more bytes of a stream may be sent.
  credit: 32,
} as const;

export interface Frame {
  readonly type: number;
  readonly call: number;
  readonly body: Buffer;
}

const headBytes = 4 + 1 + 4;
const lengthBytes = 4;

/** Frames of a socket, in order; asks for more only when the one before was handled. @throws NodeError `malformed` */
export async function* readFrames(socket: Duplex, bytesMax: () => number): AsyncGenerator<Frame> {
  const collector = new FrameCollector();
  for await (const bytes of socket) {
    collector.push(bytes as Buffer);
    for (;;) {
      const frame = collector.take(bytesMax());
      if (frame === undefined) break;
      yield frame;
    }
  }
}

/** Turns pieces of any size into frames. */
export class FrameCollector {
  #pieces: Buffer[] = [];
  #length = 0;

  push(bytes: Buffer): void {
    this.#pieces.push(bytes);
    this.#length += bytes.length;
  }

  /** The next whole frame. @throws NodeError `malformed` as soon as its length is known to be too large */
  take(bytesMax: number): Frame | undefined {
    if (this.#length < lengthBytes) return undefined;
    const length = this.#gather(lengthBytes).readUInt32BE(0);
    if (length < headBytes - lengthBytes || length > bytesMax) throw malformed(`frame of ${length} bytes`);
    if (this.#length < lengthBytes + length) return undefined;
    const bytes = this.#gather(lengthBytes + length);
    this.#drop(lengthBytes + length);
    return {
      type: bytes[lengthBytes] as number,
      call: bytes.readUInt32BE(lengthBytes + 1),
      body: bytes.subarray(headBytes, lengthBytes + length),
    };
  }

  /** The first bytes in one buffer. */
  #gather(length: number): Buffer {
    let first = this.#pieces[0] as Buffer;
    if (first.length < length) {
      first = Buffer.concat(this.#pieces, this.#length);
      this.#pieces = [first];
    }
    return first;
  }

  #drop(length: number): void {
    const first = this.#pieces[0] as Buffer;
    if (first.length === length) this.#pieces.shift();
    else this.#pieces[0] = first.subarray(length);
    this.#length -= length;
  }
}

/** Sends frames; those of one turn of the event loop leave together. */
export class FrameSender {
  readonly #socket: Duplex;
  #corked = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** Bytes not yet taken by the peer's side. */
  get unsent(): number {
    return this.#socket.writableLength;
  }

  send(type: number, call: number, body?: Uint8Array): void {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) return;
    if (!this.#corked) {
      this.#corked = true;
      socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        socket.uncork();
      });
    }
    const head = Buffer.allocUnsafe(headBytes);
    head.writeUInt32BE(headBytes - lengthBytes + (body?.length ?? 0), 0);
    head[lengthBytes] = type;
    head.writeUInt32BE(call, lengthBytes + 1);
    socket.write(head);
    if (body !== undefined && body.length > 0) socket.write(body);
  }

  /** Resolves when the peer took what was sent, or is gone. */
  async drained(): Promise<void> {
    const socket = this.#socket;
    if (!socket.writableNeedDrain || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        socket.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      socket.on('drain', done);
      socket.on('close', done);
    });
  }
}
