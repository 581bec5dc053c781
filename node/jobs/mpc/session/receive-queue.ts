/**
 * What arrived on a channel and was not asked for yet, as the stream of bytes it is. Messages are cut from it when they are asked
 * for, so that many small ones cost no more memory than their bytes, and the length of a message is checked against what its
 * receiver takes before memory is reserved.
 *
 * message = kind (1) ‖ zeros (3) ‖ length (4) ‖ body
 */
import { MpcAbort } from '../errors.ts';

export const messageHeadBytes = 8;
/** Bodies in memory that is not aligned to this are copied: receivers may look at them as words. */
const alignment = 8;
/** Larger records are not kept alive by a small message in them. */
const sharedBytesMax = 4096;

interface Request {
  readonly kind: number;
  readonly bytesMax: number;
  readonly resolve: (body: Buffer) => void;
  readonly reject: (error: MpcAbort) => void;
}

export interface QueueNews {
  /** There is room again. */
  readonly room: () => void;
  /** A message is not what was asked for. */
  readonly fault: (error: MpcAbort) => void;
}

export class ReceiveQueue {
  readonly #peer: string;
  readonly #bytesMax: number;
  readonly #news: QueueNews;
  readonly #head = Buffer.alloc(messageHeadBytes);
  #parts: Buffer[] = [];
  /** First part that was not wholly read, and how far it was. */
  #first = 0;
  #offset = 0;
  #held = 0;
  /** Body under way, of a message that did not arrive whole yet. */
  #body: Buffer | undefined;
  #filled = 0;
  #requests: Request[] = [];
  #ended: MpcAbort | undefined;
  #crowded = false;

  /** @param bytesMax what may be held unread; more than that is still taken but `isFull` says to stop */
  constructor(peer: string, bytesMax: number, news: QueueNews) {
    this.#peer = peer;
    this.#bytesMax = bytesMax;
    this.#news = news;
  }

  get isFull(): boolean {
    return this.#held > this.#bytesMax;
  }

  /** Bytes that nobody asked for, whole messages or not. */
  get unread(): number {
    return this.#held + (this.#body === undefined ? 0 : this.#filled + messageHeadBytes);
  }

  push(part: Buffer): void {
    if (part.length === 0) return;
    this.#parts.push(part);
    this.#held += part.length;
    this.#crowded ||= this.isFull;
    this.#serve();
  }

  receive(kind: number, bytesMax: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#requests.push({ kind, bytesMax, resolve, reject });
      if (this.#requests.length === 1) this.#serve();
    });
  }

  /** Nothing more comes. What is here can still be received. */
  end(error: MpcAbort): void {
    this.#ended ??= error;
    this.#serve();
  }

  /** Drops everything; whoever waits or will wait is told. */
  fail(error: MpcAbort): void {
    this.#ended = error;
    this.#parts = [];
    this.#first = this.#offset = this.#held = 0;
    this.#body = undefined;
    this.#serve();
  }

  #serve(): void {
    for (let request = this.#requests[0]; request !== undefined; request = this.#requests[0]) {
      const body = this.#take(request);
      if (body === undefined) break;
      this.#requests.shift();
      if (body instanceof MpcAbort) request.reject(body);
      else request.resolve(body);
    }
    if (this.#crowded && this.#held * 2 <= this.#bytesMax) {
      this.#crowded = false;
      this.#news.room();
    }
  }

  /** Undefined when it has to wait. */
  #take({ kind, bytesMax }: Request): Buffer | MpcAbort | undefined {
    if (this.#body === undefined) {
      if (this.#held < messageHeadBytes) return this.#ended;
      this.#read(this.#head, 0, messageHeadBytes);
      const fault = this.#checkHead(kind, bytesMax);
      if (fault !== undefined) {
        // This also answers all requests, this one included.
        this.fail(fault);
        this.#news.fault(fault);
        return fault;
      }
      const length = this.#head.readUInt32BE(4);
      const within = this.#within(length);
      if (within !== undefined) return within;
      this.#body = Buffer.allocUnsafe(length);
      this.#filled = 0;
    }
    const body = this.#body;
    this.#filled += this.#read(body, this.#filled, Math.min(this.#held, body.length - this.#filled));
    if (this.#filled < body.length) return this.#ended;
    this.#body = undefined;
    return body;
  }

  #checkHead(kind: number, bytesMax: number): MpcAbort | undefined {
    const head = this.#head;
    const got = head[0]!;
    if (got !== kind) {
      return new MpcAbort('malformed', this.#peer, `a message of kind ${got} in place of ${kind}`);
    }
    const length = head.readUInt32BE(4);
    if (length > bytesMax || head.readUIntBE(1, 3) !== 0) {
      return new MpcAbort(
        'malformed',
        this.#peer,
        `a message of ${length} bytes where ${bytesMax} are the most`,
      );
    }
    return undefined;
  }

  /** A body that lies in one part and can be handed out as it is. */
  #within(length: number): Buffer | undefined {
    if (length === 0) return Buffer.alloc(0);
    const part = this.#parts[this.#first];
    if (part === undefined || part.length - this.#offset < length) return undefined;
    if ((part.byteOffset + this.#offset) % alignment !== 0) return undefined;
    if (part.length > sharedBytesMax && length * 2 < part.length) return undefined;
    const body = part.subarray(this.#offset, this.#offset + length);
    this.#skip(length);
    return body;
  }

  #read(target: Buffer, at: number, length: number): number {
    let done = 0;
    while (done < length) {
      const part = this.#parts[this.#first]!;
      const taken = Math.min(length - done, part.length - this.#offset);
      part.copy(target, at + done, this.#offset, this.#offset + taken);
      this.#skip(taken);
      done += taken;
    }
    return length;
  }

  /** Within the first part. */
  #skip(length: number): void {
    this.#offset += length;
    this.#held -= length;
    if (this.#offset < this.#parts[this.#first]!.length) return;
    this.#offset = 0;
    this.#parts[this.#first++] = none;
    // Parts that were read are dropped in bulk: an array's `shift` moves all that follow.
    if (this.#first === this.#parts.length) {
      this.#parts = [];
      this.#first = 0;
    } else if (this.#first >= 1024) {
      this.#parts = this.#parts.slice(this.#first);
      this.#first = 0;
    }
  }
}

const none = Buffer.alloc(0);
