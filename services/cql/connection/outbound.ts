/**
 * Answers on their way to a client: those that are ready in the same turn leave in one write. Where nothing is queued on a plain
 * socket, they go straight to the system.
 */
import type { Socket } from 'node:net';
import { writeNow } from '@hypergate/kit/sockets';
import { connectionLimits } from './limits.ts';

const { joinBytesMax } = connectionLimits;

export class Outbound {
  private readonly socket: Socket;
  private readonly isPlain: boolean;
  private readonly flushed: () => void;
  private pieces: Buffer[] = [];
  private bytes = 0;
  private isScheduled = false;
  private readonly flushLater = (): void => {
    this.isScheduled = false;
    this.flush();
    this.flushed();
  };

  /** @param flushed what the system took at once is followed by no `drain` */
  constructor(socket: Socket, isPlain: boolean, flushed: () => void) {
    this.socket = socket;
    this.isPlain = isPlain;
    this.flushed = flushed;
  }

  /** That the client has not taken. */
  get waitingBytes(): number {
    return this.bytes + this.socket.writableLength;
  }

  push(piece: Buffer): void {
    this.pieces.push(piece);
    this.bytes += piece.length;
    if (this.isScheduled) return;
    this.isScheduled = true;
    // Behind all promises that are settled by now: their answers go along.
    process.nextTick(this.flushLater);
  }

  flush(): void {
    const { socket, pieces } = this;
    if (pieces.length === 0) return;
    this.pieces = [];
    const { bytes } = this;
    this.bytes = 0;
    if (socket.destroyed || socket.writableEnded) return;
    if (pieces.length > 1 && bytes > joinBytesMax) {
      socket.cork();
      for (const piece of pieces) socket.write(piece);
      socket.uncork();
      return;
    }
    const all = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, bytes);
    const written = this.isPlain && socket.writableLength === 0 ? writeNow(socket, all) : 0;
    if (written < all.length) socket.write(written === 0 ? all : all.subarray(written));
  }
}
