/** Writes a reply: headers, body with back-pressure, and what happens to a request body nobody read. */
import type { ServerResponse } from 'node:http';
import type { IdleWatch, Timers, Watched } from '../body/index.ts';
import type { EncodedReply } from '../codec/index.ts';
import type { Exchange } from './exchange.ts';
import { drainBytesMax, lingerBytesMax, lingerMs, writePieceBytesMax } from './limits.ts';

export interface ResponderModules {
  readonly timers: Timers;
  readonly writes: IdleWatch;
  /** Value of `x-amz-id-2`. */
  readonly hostId: string;
  /** Of every answer. */
  readonly headers: (() => Readonly<Record<string, string>>) | undefined;
}

/** The body came to less or more than `contentLength`, or failed midway: only cutting the connection tells the client. */
export class BrokenReply extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'BrokenReply';
  }
}

export class Responder {
  readonly #modules: ResponderModules;

  constructor(modules: ResponderModules) {
    this.#modules = modules;
  }

  /**
   * Writes the whole reply. A streamed body's first piece is asked for before the headers go out, so that a body which
   * fails at once still becomes a proper error.
   * @throws what the streamed body throws, before headers were sent
   * @throws BrokenReply afterwards
   */
  async send(exchange: Exchange, reply: EncodedReply): Promise<void> {
    const { response } = exchange;
    const { stream } = reply;
    const body = stream === undefined ? reply.body : stream.body;
    const withBody = exchange.method !== 'HEAD' && reply.status !== 204 && reply.status !== 304;
    if (typeof body === 'string' || body instanceof Uint8Array) {
      const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
      if (response.destroyed) return;
      this.#writeHead(exchange, reply, stream?.contentLength ?? bytes.length);
      await this.#writeWhole(exchange, withBody ? bytes : undefined);
      return;
    }
    if (!withBody) {
      await body[Symbol.asyncIterator]().return?.();
      if (response.destroyed) return;
      this.#writeHead(exchange, reply, stream?.contentLength);
      await this.#finish(exchange);
      return;
    }
    await this.#writeStream(exchange, reply, body, stream?.contentLength);
  }

  /** @param contentLength undefined: the body comes in chunks */
  #writeHead(exchange: Exchange, reply: EncodedReply, contentLength: number | undefined): void {
    const { response } = exchange;
    this.#settleRequest(exchange);
    const list: string[] = ['x-amz-request-id', exchange.id];
    if (exchange.definition === undefined || exchange.definition.protocol === 'restXml') {
      list.push('x-amz-id-2', this.#modules.hostId);
    } else {
      list.push('x-amzn-requestid', exchange.id);
    }
    list.push('server', 'Hypergate');
    if (this.#modules.headers !== undefined) {
      const more = this.#modules.headers();
      for (const name in more) list.push(name, more[name]!);
    }
    let lengthGiven =
      contentLength === undefined ||
      reply.status === 204 ||
      reply.status === 304 ||
      (exchange.method === 'HEAD' && contentLength === 0);
    let closes = false;
    for (const name in reply.headers) {
      const lower = name.toLowerCase();
      if (lower === 'content-length') {
        if (reply.status === 204) continue;
        lengthGiven = true;
      } else if (lower === 'connection') {
        closes = true;
      }
      list.push(name, headerBytes(reply.headers[name]!));
    }
    for (const cookie of reply.cookies ?? []) list.push('set-cookie', headerBytes(cookie));
    if (!lengthGiven) list.push('content-length', String(contentLength));
    if (closes) exchange.mustClose = true;
    else if (exchange.mustClose) list.push('connection', 'close');
    response.writeHead(reply.status, list);
  }

  async #writeWhole(exchange: Exchange, bytes: Uint8Array | undefined): Promise<void> {
    const { response } = exchange;
    if (bytes === undefined || bytes.length === 0) {
      await this.#finish(exchange);
      return;
    }
    exchange.bytesOut = bytes.length;
    if (exchange.request.complete && bytes.length <= writePieceBytesMax) {
      response.end(bytes);
      return;
    }
    for (let at = 0; at < bytes.length; at += writePieceBytesMax) {
      const free = response.write(bytes.subarray(at, at + writePieceBytesMax));
      if (!free && !(await this.#drained(response))) return;
    }
    await this.#finish(exchange);
  }

  async #writeStream(
    exchange: Exchange,
    reply: EncodedReply,
    body: AsyncIterable<Uint8Array>,
    contentLength: number | undefined,
  ): Promise<void> {
    const { response } = exchange;
    const iterator = body[Symbol.asyncIterator]();
    let next = await iterator.next();
    if (response.destroyed) {
      await iterator.return?.();
      return;
    }
    this.#writeHead(exchange, reply, contentLength);
    try {
      while (next.done !== true) {
        const piece = next.value;
        exchange.bytesOut += piece.length;
        if (contentLength !== undefined && exchange.bytesOut > contentLength) break;
        const free = response.write(piece);
        if ((!free && !(await this.#drained(response))) || response.destroyed) {
          await iterator.return?.();
          return;
        }
        next = await iterator.next();
      }
    } catch (error) {
      throw new BrokenReply('the body of a reply failed', error);
    }
    if (contentLength !== undefined && exchange.bytesOut !== contentLength) {
      await iterator.return?.();
      throw new BrokenReply(`a reply of ${contentLength} bytes had ${exchange.bytesOut} or more`);
    }
    await this.#finish(exchange);
  }

  /** @returns false when the client went away or stood still for too long */
  #drained(response: ServerResponse): Promise<boolean> {
    if (response.destroyed) return Promise.resolve(false);
    const { writes } = this.#modules;
    return new Promise((resolve) => {
      const waiting: Watched = {
        idleChecks: 0,
        waitsForPeer: true,
        onIdle: () => {
          response.destroy();
        },
      };
      const settle = (alive: boolean): void => {
        writes.unwatch(waiting);
        response.off('drain', onDrain);
        response.off('close', onClose);
        resolve(alive);
      };
      const onDrain = (): void => settle(true);
      const onClose = (): void => settle(false);
      response.on('drain', onDrain);
      response.on('close', onClose);
      writes.watch(waiting);
    });
  }

  /**
   * Decides, before headers go out, whether the connection survives. A client that still waits for `100 Continue` may
   * send its body or not, so where the next request begins is unknown; a long unread body costs more than a connection.
   */
  #settleRequest(exchange: Exchange): void {
    const { request } = exchange;
    if (request.complete) return;
    const length = exchange.headers.bytes('content-length');
    if (exchange.awaitsContinue || length === undefined || Number(length) > drainBytesMax) {
      exchange.mustClose = true;
    }
  }

  /** Ends the response; a short unread body is read away, after a long one the connection closes. */
  async #finish(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    if (request.complete || exchange.awaitsContinue) {
      response.end();
      return;
    }
    if (!exchange.mustClose) {
      response.end();
      // A body that was partly read is not dumped by Node itself and would block the connection.
      request.resume();
      return;
    }
    await this.#linger(exchange);
    response.end();
  }

  /**
   * Closing a socket with unread input resets the connection, and the client may lose the answer it was just sent. So
   * the input is read on for a little while, after the answer has gone out.
   */
  #linger(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const { timers } = this.#modules;
    response.flushHeaders();
    return new Promise((resolve) => {
      let read = 0;
      const settle = (): void => {
        timers.clearTimeout(timer);
        request.off('data', onData);
        request.off('end', settle);
        request.off('close', settle);
        response.off('close', settle);
        resolve();
      };
      const onData = (bytes: Buffer): void => {
        read += bytes.length;
        if (read > lingerBytesMax) settle();
      };
      const timer = timers.setTimeout(settle, lingerMs);
      request.on('end', settle);
      request.on('close', settle);
      response.on('close', settle);
      request.on('data', onData);
      request.resume();
    });
  }
}

/** Node writes header strings as latin1: text beyond ASCII goes out as its UTF-8 bytes. */
function headerBytes(value: string): string {
  for (let i = 0; i < value.length; i += 1) {
    if (value.charCodeAt(i) > 126) return Buffer.from(value, 'utf8').toString('latin1');
  }
  return value;
}
