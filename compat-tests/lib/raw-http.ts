/**
 * A bare HTTP/1.1 client connection: one request at a time over a kept-alive socket. Used where a library would hide
 * what is on the wire (100-continue, cut uploads, odd paths) or would cost more CPU than the server under load.
 * Understands Content-Length, chunked bodies and interim 1xx answers; nothing else.
 */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface RawReply {
  readonly status: number;
  /** Lower-case names; of repeated headers the last. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** Length of the body also when it was discarded. */
  readonly bodyBytes: number;
  /** Statuses of the interim answers that came before, in order. */
  readonly interim: readonly number[];
}

export interface RawOptions {
  readonly host: string;
  readonly port: number;
  /** TLS when set; the certificate is checked against this one. */
  readonly ca?: string;
  /** Bodies of successful answers are counted and dropped. */
  readonly discardBodies?: boolean;
}

interface Waiting {
  resolve(reply: RawReply): void;
  reject(error: Error): void;
  noBody: boolean;
}

/** Fails its request when the peer closes or sends what is not HTTP. After a failure make a new one. */
export class RawConnection {
  readonly socket: Socket;
  private waiting: Waiting | undefined;
  private head = '';
  private interim: number[] = [];
  private status = 0;
  private headers = new Map<string, string>();
  private pieces: Buffer[] = [];
  private bodyBytes = 0;
  private readonly discard: boolean;
  private left = -1;
  private chunked = false;
  private pending: Buffer = Buffer.alloc(0);
  private failure: Error | undefined;
  private interimListener: ((status: number) => void) | undefined;

  private constructor(socket: Socket, discard: boolean) {
    this.socket = socket;
    this.discard = discard;
    socket.setNoDelay(true);
    socket.on('data', (data: Buffer) => this.onData(data));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('connection closed before the answer was complete')));
  }

  static open(options: RawOptions): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const ready = () => {
        socket.off('error', reject);
        resolve(new RawConnection(socket, options.discardBodies === true));
      };
      const socket: Socket =
        options.ca === undefined
          ? connect(options.port, options.host, ready)
          : connectTls({ port: options.port, host: options.host, ca: options.ca }, ready);
      socket.once('error', reject);
    });
  }

  /** Sends a head and an optional body. `target` goes out byte for byte. */
  request(
    method: string,
    target: string,
    headers: Readonly<Record<string, string>>,
    body?: Uint8Array,
  ): Promise<RawReply> {
    const text = formatHead(method, target, headers);
    const answer = this.expectReply(method === 'HEAD');
    if (body === undefined) this.socket.write(text, 'latin1');
    else if (body.length <= 16_384) this.socket.write(Buffer.concat([Buffer.from(text, 'latin1'), body]));
    else {
      this.socket.write(text, 'latin1');
      this.socket.write(body);
    }
    return answer;
  }

  /** For callers that write to `socket` themselves: the next final answer. */
  expectReply(noBody = false): Promise<RawReply> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    if (this.waiting !== undefined) throw new Error('one request at a time');
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject, noBody };
    });
  }

  /** The next interim answer (100 Continue and the like). */
  expectInterim(): Promise<number> {
    return new Promise((resolve) => {
      this.interimListener = resolve;
    });
  }

  get open(): boolean {
    return this.failure === undefined;
  }

  close(): void {
    this.failure ??= new Error('closed by the client');
    this.socket.destroy();
  }

  private onData(data: Buffer): void {
    let rest: Buffer = this.pending.length === 0 ? data : Buffer.concat([this.pending, data]);
    this.pending = Buffer.alloc(0);
    while (rest.length > 0) {
      if (this.left >= 0 && !this.chunked) {
        const take = rest.subarray(0, this.left);
        this.keep(take);
        this.left -= take.length;
        rest = rest.subarray(take.length);
        if (this.left === 0) this.finish();
      } else if (this.chunked) {
        const used = this.takeChunk(rest);
        if (used === 0) {
          this.pending = rest;
          return;
        }
        rest = rest.subarray(used);
      } else {
        const end = rest.indexOf('\r\n\r\n');
        if (end < 0) {
          this.pending = rest;
          return;
        }
        this.head = rest.toString('latin1', 0, end);
        rest = rest.subarray(end + 4);
        this.onHead();
        if (this.failure !== undefined) return;
      }
    }
  }

  private onHead(): void {
    const lines = this.head.split('\r\n');
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(lines[0] ?? '');
    if (status === null) {
      this.fail(new Error(`not an HTTP answer: ${lines[0]}`));
      return;
    }
    this.status = Number(status[1]);
    if (this.status < 200) {
      this.interim.push(this.status);
      this.interimListener?.(this.status);
      this.interimListener = undefined;
      return;
    }
    this.headers = new Map();
    for (let i = 1; i < lines.length; i += 1) {
      const line = lines[i] as string;
      const colon = line.indexOf(':');
      this.headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    }
    if (this.waiting?.noBody || this.status === 204 || this.status === 304) {
      this.finish();
      return;
    }
    if (this.headers.get('transfer-encoding')?.toLowerCase() === 'chunked') {
      this.chunked = true;
      return;
    }
    this.left = Number(this.headers.get('content-length') ?? 0);
    if (this.left === 0) this.finish();
  }

  /** Bytes used of `data`, 0 when a whole chunk has not arrived yet. */
  private takeChunk(data: Buffer): number {
    const end = data.indexOf('\r\n');
    if (end < 0) return 0;
    const size = Number.parseInt(data.toString('latin1', 0, end), 16);
    const total = end + 2 + size + 2;
    if (data.length < total) return 0;
    if (size === 0) this.finish();
    else this.keep(data.subarray(end + 2, end + 2 + size));
    return total;
  }

  private keep(piece: Buffer): void {
    this.bodyBytes += piece.length;
    if (!this.discard || this.status >= 300) this.pieces.push(piece);
  }

  private finish(): void {
    const waiting = this.waiting;
    const body = this.pieces.length === 1 ? (this.pieces[0] as Buffer) : Buffer.concat(this.pieces);
    const { status, headers, bodyBytes, interim } = this;
    const reply: RawReply = { status, headers, body, bodyBytes, interim };
    this.waiting = undefined;
    this.pieces = [];
    this.bodyBytes = 0;
    this.interim = [];
    this.left = -1;
    this.chunked = false;
    if (waiting === undefined) this.fail(new Error('an answer nobody asked for'));
    else waiting.resolve(reply);
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.socket.destroy();
    this.waiting?.reject(this.failure);
    this.waiting = undefined;
  }
}

export function formatHead(
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
): string {
  let text = `${method} ${target} HTTP/1.1\r\n`;
  for (const name of Object.keys(headers)) text += `${name}: ${headers[name]}\r\n`;
  return `${text}\r\n`;
}
