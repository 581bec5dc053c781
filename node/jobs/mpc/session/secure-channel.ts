/**
 * A channel between two parties that have shaken hands: messages in records over any ordered stream of bytes.
 *
 * Both directions have a running SHA-256 hash over the names of the handshake and of the direction and then all messages, heads
 * included. How they were cut into records is not in it, so that both sides compute the same. The tags of the records would not do:
 * whoever has the key, which both parties have, can find other content for a tag.
 */
import { createHash, type Hash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { equalConstantTime } from '../../../crypto/compare.ts';
import type { Channel } from '../channel.ts';
import { MpcAbort } from '../errors.ts';
import { type SessionClock, systemClock } from './clock.ts';
import { ControlQueue } from './control-queue.ts';
import { asAbort, disconnected } from './errors.ts';
import { controlKind, decodeAbort, encodeAbort } from './format/control.ts';
import { labelBytes } from './format/hashes.ts';
import type { Handshaken } from './handshake.ts';
import { Heartbeat } from './heartbeat.ts';
import { sessionLimits } from './limits.ts';
import { ReceiveQueue } from './receive-queue.ts';
import { defaultRecords, RecordOpener, type RecordOptions, RecordSealer, recordType } from './records.ts';
import { SendBuffer } from './send-buffer.ts';

export interface ChannelOptions {
  readonly idleMs?: number;
  readonly unreadBytesMax?: number;
  readonly unsentBytesMax?: number;
  readonly records?: RecordOptions;
  readonly clock?: SessionClock;
}

export class SecureChannel implements Channel {
  readonly peer: string;
  /** Resolves when the stream is closed and nothing is held. */
  readonly closed: Promise<void>;
  readonly #stream: Duplex;
  readonly #clock: SessionClock;
  readonly #unsentBytesMax: number;
  readonly #sealer: RecordSealer;
  readonly #opener: RecordOpener;
  readonly #buffer: SendBuffer;
  readonly #queue: ReceiveQueue;
  readonly #controls: ControlQueue;
  readonly #heartbeat: Heartbeat;
  readonly #sent: Hash;
  readonly #received: Hash;
  #failure: MpcAbort | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  #isFlushing = false;
  #stopLinger: (() => void) | undefined;
  #closed!: () => void;

  /**
   * @param stream that nobody else reads or writes; it is the channel's from here on
   * @param early what was read of it already
   */
  constructor(stream: Duplex, peer: string, link: Handshaken, early: Buffer, options: ChannelOptions = {}) {
    const { records = defaultRecords, clock = systemClock, idleMs = sessionLimits.idleMs } = options;
    const { unreadBytesMax = sessionLimits.unreadBytesMax } = options;
    this.#stream = stream;
    this.peer = peer;
    this.#clock = clock;
    this.#unsentBytesMax = options.unsentBytesMax ?? sessionLimits.unsentBytesMax;
    this.#sent = chain(link.transcript, link.isInitiator);
    this.#received = chain(link.transcript, !link.isInitiator);
    this.#sealer = new RecordSealer(link.sendSecret, records);
    this.#opener = new RecordOpener(link.receiveSecret, records, peer, this.#opened);
    this.#buffer = new SendBuffer(records.recordBytesMax, this.#sealData);
    this.#queue = new ReceiveQueue(peer, unreadBytesMax, {
      room: () => stream.resume(),
      fault: (error) => this.abort(error),
    });
    this.#controls = new ControlQueue(peer);
    this.#heartbeat = new Heartbeat({
      idleMs,
      clock,
      // With a full queue, while this side waits to send, nothing will ever move.
      isPaused: () => this.#queue.isFull && this.#room === undefined,
      ping: () => this.#sendPing(),
      gone: () => this.abort(new MpcAbort('timeout', peer, `nothing was heard for ${idleMs} ms`)),
    });
    this.closed = new Promise((resolve) => {
      this.#closed = () => resolve(this.#release());
    });
    stream.on('error', this.#broken).on('end', this.#broken).on('close', this.#closed);
    stream.on('drain', this.#drained).on('data', this.#arrived);
    if (stream.closed) queueMicrotask(this.#closed);
    if (early.length > 0) this.#arrived(early);
    // Whoever read before paused it. Data comes in the next turn at the earliest.
    if (!this.#queue.isFull) stream.resume();
  }

  /** Why nothing more can be sent or received, as soon as it is known. */
  get failure(): MpcAbort | undefined {
    return this.#failure;
  }

  /** Bytes that arrived and that nobody asked for. */
  get unread(): number {
    return this.#queue.unread;
  }

  async send(kind: number, body: Uint8Array): Promise<void> {
    // A stream may be closed before it has said so; who sends in a loop would never let it.
    if (!this.#stream.writable) this.#broken();
    if (this.#failure !== undefined) throw this.#failure;
    if (!(kind >= 0 && kind <= 255) || body.length > sessionLimits.messageBytesMax) {
      throw new RangeError(`a message of kind ${kind} with ${body.length} bytes`);
    }
    this.#buffer.add(kind, body);
    if (this.#failure !== undefined) {
      this.#buffer.clear();
      throw this.#failure;
    }
    if (!this.#isFlushing && !this.#buffer.isEmpty) {
      this.#isFlushing = true;
      process.nextTick(this.#flush);
    }
    // Without the second, a stream with a larger buffer of its own would never say that it has room again.
    if (this.#stream.writableLength > this.#unsentBytesMax && this.#stream.writableNeedDrain) {
      this.#room ??= Promise.withResolvers<void>();
      await this.#room.promise;
    }
  }

  receive(kind: number, bytesMax: number): Promise<Buffer> {
    return this.#queue.receive(kind, bytesMax);
  }

  /** Messages of the session: in order with the others, and not in the transcript. */
  sendControl(kind: number, body: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#sealControl(kind, body);
  }

  /** @param bytes that it has to have */
  receiveControl(kind: number, bytes: number): Promise<Buffer> {
    return this.#controls.receive(kind, bytes);
  }

  /** Hash of all that was sent before this moment, 32 bytes. */
  sentChain(): Buffer {
    this.#flush();
    return this.#sent.copy().digest();
  }

  /**
   * Takes the other side's hash of what it sent and compares it with what was received before it.
   * @throws MpcAbort `cheating` when they differ, `malformed` when there are messages that nobody asked for
   */
  async receiveChain(): Promise<Buffer> {
    const claimed = await this.#controls.receive(controlKind.chain, 32);
    if (this.unread > 0) throw new MpcAbort('malformed', this.peer, 'it sent more than the protocol says');
    const chain = this.#received.copy().digest();
    if (!equalConstantTime(claimed, chain)) {
      throw new MpcAbort('cheating', this.peer, 'it says that it sent something else');
    }
    return chain;
  }

  /** Tells the other side why, ends the connection, and everything that waits on it. Does nothing after an end. */
  abort(error: MpcAbort): void {
    if (this.#failure !== undefined) return;
    this.#buffer.clear();
    this.#sealControl(controlKind.abort, encodeAbort({ reason: error.reason, text: error.message }));
    this.#fail(error);
    this.#linger();
  }

  /** Sends what is under way and ends the connection; resolves when it is closed. */
  async close(): Promise<void> {
    if (this.#failure === undefined) {
      this.#flush();
      this.#linger();
      this.#fail(new MpcAbort('cancelled', undefined, 'the channel was closed'));
    }
    await this.closed;
  }

  readonly #flush = (): void => {
    this.#isFlushing = false;
    if (this.#failure === undefined) this.#buffer.flush();
  };

  /** A stream in memory may bring the other side's end while it takes a record: the rest is not sent then. */
  readonly #sealData = (content: Uint8Array): void => {
    if (this.#failure !== undefined) return;
    this.#sent.update(content);
    this.#write(this.#sealer.seal(recordType.data, content));
  };

  #sealControl(kind: number, body: Uint8Array): void {
    this.#buffer.flush();
    if (this.#failure !== undefined) return;
    this.#write(this.#sealer.seal(recordType.control, Buffer.concat([Buffer.of(kind), body])));
  }

  #write(record: Buffer): void {
    this.#heartbeat.noteSent();
    if (this.#stream.writable) this.#stream.write(record);
  }

  #sendPing(): void {
    // A stream that takes nothing is not given more.
    if (this.#failure === undefined && this.#stream.writableLength === 0)
      this.#sealControl(controlKind.ping, none);
  }

  readonly #arrived = (bytes: Buffer): void => {
    if (this.#failure !== undefined) return;
    try {
      this.#opener.push(bytes);
    } catch (error) {
      this.abort(asAbort(error));
    }
    if (this.#queue.isFull) this.#stream.pause();
  };

  readonly #opened = (type: number, parts: readonly Buffer[]): void => {
    this.#heartbeat.noteReceived();
    if (type === recordType.control) {
      this.#control(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
      return;
    }
    for (const part of parts) {
      this.#received.update(part);
      this.#queue.push(part);
    }
  };

  #control(message: Buffer): void {
    const kind = message[0];
    if (kind === controlKind.ping) return;
    if (kind === controlKind.abort) {
      const { reason, text } = decodeAbort(message.subarray(1)) ?? { reason: 'malformed', text: '' };
      this.#fail(new MpcAbort('peer-aborted', this.peer, `it ended the session (${reason}): ${text}`));
      this.#linger();
      return;
    }
    this.#controls.push(message);
  }

  readonly #drained = (): void => {
    this.#room?.resolve();
    this.#room = undefined;
  };

  /** The stream ended, by itself or with an error. What arrived before can still be received. */
  readonly #broken = (cause?: unknown): void => {
    if (this.#failure !== undefined) {
      // Both sides have ended and nothing waits to be written: there is nothing to linger for.
      if (this.#stream.readableEnded && this.#stream.writableLength === 0) this.#stream.destroy();
      return;
    }
    const error = disconnected(this.peer, cause instanceof Error ? cause : undefined);
    this.#failure = error;
    this.#stop(error);
    this.#queue.end(error);
    this.#controls.end(error);
    this.#stream.destroy();
  };

  #fail(error: MpcAbort): void {
    this.#failure = error;
    this.#stop(error);
    this.#queue.fail(error);
    this.#controls.fail(error);
  }

  #stop(error: MpcAbort): void {
    this.#heartbeat.stop();
    this.#sealer.destroy();
    this.#opener.destroy();
    this.#buffer.clear();
    this.#room?.promise.catch(() => undefined);
    this.#room?.reject(error);
    this.#room = undefined;
  }

  /**
   * Ends the sending side and reads on, into nothing, until the other side ends too: a socket that is closed with bytes unread
   * makes the system drop what the other side has not read yet, such as why this one ends.
   */
  #linger(): void {
    this.#stopLinger = this.#clock.timer(sessionLimits.lingerMs, () => this.#stream.destroy());
    this.#stream.end();
    this.#stream.resume();
  }

  #release(): void {
    this.#broken();
    this.#stopLinger?.();
    const stream = this.#stream;
    stream.off('error', this.#broken).off('end', this.#broken).off('close', this.#closed);
    stream.off('drain', this.#drained).off('data', this.#arrived);
  }
}

const none = Buffer.alloc(0);

function chain(transcript: Uint8Array, fromInitiator: boolean): Hash {
  const direction = Buffer.of(fromInitiator ? 1 : 2);
  return createHash('sha256').update(labelBytes('channel')).update(transcript).update(direction);
}
