/** One connection at the gateway's side: calls and streams by number, over frames. */
import type { Duplex } from 'node:stream';
import { type Bytes, NodeError } from '../api/index.ts';
import { malformed } from '../hypergraph/index.ts';
import { connectionEnded, ReceiveQueue, SendCredit } from './flow.ts';
import * as v1 from './format/v1.ts';
import { type Frame, FrameSender, frameType, readFrames } from './frames.ts';
import { checkProof, makeAnswer, nonceBytes, proof, readGreeting } from './handshake.ts';
import { remoteLimits } from './limits.ts';
import type { RemoteModules } from './server.ts';
import { itemBytes } from './server-handlers.ts';

interface ClientCall {
  /** The result, or what the call failed with. */
  readonly result: PromiseWithResolvers<Buffer>;
  readonly items: ReceiveQueue<Buffer>;
  readonly credit: SendCredit;
}

export class ClientConnection {
  readonly handshakeTimeoutMs = remoteLimits.handshakeTimeoutMs;
  readonly ended: Promise<void>;
  readonly #socket: Duplex;
  readonly #sender: FrameSender;
  readonly #calls = new Map<number, ClientCall>();
  /** Called once when the lease of a call is lost, or the connection. */
  readonly #leases = new Map<number, () => void>();
  #lastCall = 0;
  #over = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
    this.#sender = new FrameSender(socket);
    socket.on('error', () => undefined);
    // Call 0 is the handshake.
    this.#calls.set(0, this.#newCall(0));
    this.ended = this.#run();
  }

  async close(): Promise<void> {
    this.#socket.destroy();
    await this.ended;
  }

  /** The next frame of the handshake. */
  handshake(): Promise<Buffer> {
    const call = this.#calls.get(0);
    if (call === undefined) throw connectionEnded();
    return call.result.promise.finally(() => {
      if (!this.#over) this.#calls.set(0, this.#newCall(0));
    });
  }

  send(type: number, call: number, body?: Uint8Array): void {
    this.#sender.send(type, call, body);
  }

  async call(method: number, body?: Uint8Array): Promise<Buffer> {
    return this.#begin(method, body).call.result.promise;
  }

  /** A call whose number is told; `cancel` when the signal is aborted. */
  async callWithId(
    method: number,
    body: Uint8Array,
    signal?: AbortSignal,
  ): Promise<{ id: number; body: Buffer }> {
    const { id, call } = this.#begin(method, body);
    const cancel = (): void => this.send(frameType.cancel, id);
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      return { id, body: await call.result.promise };
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Items of a stream, at the reader's pace. Leaving the loop cancels it; an aborted signal ends it. */
  async *stream(method: number, body: Uint8Array, signal?: AbortSignal): AsyncGenerator<Buffer> {
    const { id, call } = this.#begin(method, body);
    let open = true;
    const cancel = (): void => {
      if (open) this.send(frameType.cancel, id);
      open = false;
      call.items.end();
    };
    call.result.promise.then(
      () => {
        open = false;
        call.items.end();
      },
      (error) => {
        open = false;
        call.items.fail(error);
      },
    );
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      for await (const item of call.items) {
        if (signal?.aborted) return;
        yield item;
      }
    } finally {
      signal?.removeEventListener('abort', cancel);
      cancel();
    }
  }

  /** Sends pieces as the node takes them. */
  async upload(method: number, source: Bytes | AsyncIterable<Bytes>, signal?: AbortSignal): Promise<Buffer> {
    const { id, call } = this.#begin(method);
    const cancel = (): void => {
      this.send(frameType.cancel, id);
      call.credit.close();
    };
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    // An answer before the end means that the node wants no more.
    const { promise } = call.result;
    promise.then(
      () => call.credit.close(),
      () => call.credit.close(),
    );
    let failure: { readonly error: unknown } | undefined;
    this.#sendPieces(id, call.credit, source).catch((error) => {
      failure = { error };
      cancel();
    });
    try {
      return await promise;
    } catch (error) {
      // The source failed first: that is what the caller wants to know.
      throw failure === undefined ? error : failure.error;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  onLeaseLost(call: number, lost: () => void): void {
    if (this.#over) lost();
    else this.#leases.set(call, lost);
  }

  forgetLease(call: number): void {
    this.#leases.delete(call);
  }

  async #sendPieces(id: number, credit: SendCredit, source: Bytes | AsyncIterable<Bytes>): Promise<void> {
    for await (const bytes of source instanceof Uint8Array ? [source] : source) {
      for (let at = 0; at < bytes.length; at += remoteLimits.pieceBytes) {
        const piece = bytes.subarray(at, at + remoteLimits.pieceBytes);
        if (!(await credit.take(itemBytes(piece)))) return;
        // The source may use its buffer again.
        this.send(frameType.piece, id, Buffer.from(piece));
      }
    }
    this.send(frameType.pieceEnd, id);
  }

  #begin(method: number, body?: Uint8Array): { id: number; call: ClientCall } {
    if (this.#over) throw connectionEnded();
    const id = this.#nextId();
    const call = this.#newCall(id);
    this.#calls.set(id, call);
    this.send(frameType.request, id, Buffer.concat([Buffer.of(method), body ?? Buffer.alloc(0)]));
    return { id, call };
  }

  #nextId(): number {
    do {
      this.#lastCall = this.#lastCall === 0xffff_ffff ? 1 : this.#lastCall + 1;
    } while (this.#calls.has(this.#lastCall) || this.#leases.has(this.#lastCall));
    return this.#lastCall;
  }

  #newCall(id: number): ClientCall {
    const result = Promise.withResolvers<Buffer>();
    // Whoever waits for it hears of a failure; nobody may be waiting any more.
    result.promise.catch(() => undefined);
    const items = new ReceiveQueue<Buffer>(remoteLimits.windowBytes, (bytes) => {
      if (this.#calls.has(id)) this.send(frameType.credit, id, v1.encodeNumber(bytes));
    });
    return { result, items, credit: new SendCredit(remoteLimits.windowBytes) };
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    let failure: unknown;
    try {
      for await (const frame of readFrames(this.#socket, () => remoteLimits.frameBytesMax))
        this.#handle(frame);
    } catch (error) {
      failure = error;
    }
    this.#over = true;
    this.#socket.destroy();
    const error = new NodeError('closed', connectionEnded().message, { cause: failure });
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) {
      call.result.reject(error);
      call.items.fail(error);
      call.credit.close();
    }
    const leases = [...this.#leases.values()];
    this.#leases.clear();
    for (const lost of leases) lost();
  }

  #handle({ type, call: id, body }: Frame): void {
    if (type === frameType.lost) {
      const lost = this.#leases.get(id);
      this.#leases.delete(id);
      lost?.();
      return;
    }
    // An answer to a call that was given up finds nobody.
    const call = this.#calls.get(id);
    if (call === undefined) return;
    switch (type) {
      case frameType.result:
        this.#calls.delete(id);
        call.result.resolve(body);
        return;
      case frameType.error:
        this.#calls.delete(id);
        call.result.reject(v1.decodeError(body));
        return;
      case frameType.item:
        call.items.push(body, itemBytes(body));
        return;
      case frameType.credit:
        call.credit.add(v1.decodeNumber(body));
        return;
      default:
        throw malformed(`unknown frame type ${type}`);
    }
  }
}

/** @throws NodeError `closed` when the peer does not hold the key */
export async function shakeHands(
  connection: ClientConnection,
  key: Uint8Array,
  modules: RemoteModules,
): Promise<void> {
  const nodeNonce = readGreeting(await connection.handshake());
  const clientNonce = modules.random.bytes(nonceBytes);
  connection.send(frameType.request, 0, makeAnswer(key, nodeNonce, clientNonce));
  checkProof(await connection.handshake(), proof('node', key, nodeNonce, clientNonce));
}
