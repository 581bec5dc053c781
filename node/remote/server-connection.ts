/**
 * One connection at the node's side: handshake, then requests as they come, each answered when it is done. A peer that
 * does not take its answers is not read from; a peer that breaks the protocol is cut off.
 */
import type { Duplex } from 'node:stream';
import { type Lease, NodeError, type NodePorts } from '../api/index.ts';
import { malformed } from '../hypergraph/index.ts';
import { ReceiveQueue, SendCredit } from './flow.ts';
import * as v1 from './format/v1.ts';
import { type Frame, FrameSender, frameType, readFrames } from './frames.ts';
import { checkAnswer, makeGreeting, nonceBytes, proof } from './handshake.ts';
import { remoteLimits } from './limits.ts';
import type { RemoteModules } from './server.ts';
import { handlers, itemBytes } from './server-handlers.ts';

/** A request under way. */
export interface ServerCall {
  readonly id: number;
  readonly abort: AbortController;
  readonly credit: SendCredit;
  readonly upload: ReceiveQueue<Buffer>;
}

/** Resolves when the connection is over. @throws what broke it, apart from the peer's going away */
export async function serveConnection(
  ports: NodePorts,
  socket: Duplex,
  key: Uint8Array,
  modules: RemoteModules,
): Promise<void> {
  const connection = new ServerConnection(ports, socket, key, modules);
  try {
    await connection.run();
  } catch (error) {
    if (!isPeerGone(error)) throw error;
  } finally {
    socket.destroy();
    await connection.end();
  }
}

/** How a socket says that the other end left. */
function isPeerGone(error: unknown): boolean {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE';
}

export class ServerConnection {
  readonly ports: NodePorts;
  readonly #socket: Duplex;
  readonly #key: Uint8Array;
  readonly #modules: RemoteModules;
  readonly #sender: FrameSender;
  readonly #calls = new Map<number, ServerCall>();
  /** By the call that asked for them. They outlive it. */
  readonly leases = new Map<number, Lease>();
  #frameBytesMax: number = remoteLimits.handshakeFrameBytesMax;

  constructor(ports: NodePorts, socket: Duplex, key: Uint8Array, modules: RemoteModules) {
    this.ports = ports;
    this.#socket = socket;
    this.#key = key;
    this.#modules = modules;
    this.#sender = new FrameSender(socket);
  }

  async run(): Promise<void> {
    // Errors come again from the reading; without a listener they would end the process.
    this.#socket.on('error', () => undefined);
    const nodeNonce = this.#modules.random.bytes(nonceBytes);
    const stopTimer = this.#modules.clock.timer(remoteLimits.handshakeTimeoutMs, () =>
      this.#socket.destroy(),
    );
    try {
      this.#sender.send(frameType.result, 0, makeGreeting(nodeNonce));
      let known = false;
      for await (const frame of readFrames(this.#socket, () => this.#frameBytesMax)) {
        if (known) this.#handle(frame);
        else {
          const clientNonce = checkAnswer(frame.body, this.#key, nodeNonce);
          this.#sender.send(frameType.result, 0, proof('node', this.#key, nodeNonce, clientNonce));
          this.#frameBytesMax = remoteLimits.frameBytesMax;
          known = true;
          stopTimer();
        }
        if (this.#sender.unsent > remoteLimits.unsentBytesMax) await this.#sender.drained();
      }
    } finally {
      stopTimer();
    }
  }

  /** Gives up what the peer asked for. Its leases run out: it may not know yet that nobody renews them. */
  end(): void {
    for (const call of this.#calls.values()) {
      call.abort.abort(new NodeError('aborted', 'the connection ended'));
      call.credit.close();
      call.upload.fail(new NodeError('aborted', 'the connection ended'));
    }
    for (const lease of this.leases.values()) lease.abandon();
  }

  send(type: number, call: number, body?: Uint8Array): void {
    this.#sender.send(type, call, body);
  }

  /** Sends a stream's item when the peer has room. False when nobody wants more. */
  async sendItem(call: ServerCall, body: Buffer): Promise<boolean> {
    if (!(await call.credit.take(itemBytes(body)))) return false;
    this.#sender.send(frameType.item, call.id, body);
    return true;
  }

  #handle({ type, call: id, body }: Frame): void {
    const open = this.#calls.get(id);
    switch (type) {
      case frameType.request:
        if (open !== undefined || this.leases.has(id)) throw malformed('a call number is used twice');
        this.#begin(id, body);
        return;
      case frameType.piece:
        open?.upload.push(body, itemBytes(body));
        return;
      case frameType.pieceEnd:
        open?.upload.end();
        return;
      case frameType.cancel:
        open?.abort.abort(new NodeError('aborted', 'the caller gave up'));
        open?.credit.close();
        open?.upload.fail(new NodeError('aborted', 'the caller gave up'));
        return;
      case frameType.credit:
        open?.credit.add(v1.decodeNumber(body));
        return;
      default:
        throw malformed(`unknown frame type ${type}`);
    }
  }

  #begin(id: number, body: Buffer): void {
    if (this.#calls.size >= remoteLimits.requestsMax) {
      this.send(
        frameType.error,
        id,
        v1.encodeError(new NodeError('overloaded', 'too many requests at once')),
      );
      return;
    }
    const call: ServerCall = {
      id,
      abort: new AbortController(),
      credit: new SendCredit(remoteLimits.windowBytes),
      upload: new ReceiveQueue<Buffer>(remoteLimits.windowBytes, (bytes) =>
        this.send(frameType.credit, id, v1.encodeNumber(bytes)),
      ),
    };
    this.#calls.set(id, call);
    this.#run(call, body)
      .finally(() => this.#calls.delete(id))
      .catch((error) => this.#socket.destroy(error));
  }

  /** What fails is the answer. */
  async #run(call: ServerCall, body: Buffer): Promise<void> {
    try {
      const handler = handlers.get(body[0] ?? 0);
      if (handler === undefined) throw new NodeError('not-supported', 'the node does not know this request');
      const reply = await handler(this, call, body.subarray(1));
      this.send(frameType.result, call.id, reply);
    } catch (error) {
      if (!(error instanceof NodeError))
        this.#modules.logger?.warn({ err: error }, 'a request to the node failed');
      this.send(frameType.error, call.id, v1.encodeError(error));
    }
  }
}
