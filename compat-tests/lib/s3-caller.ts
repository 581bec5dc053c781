/** One signed S3 caller over raw connections: the load tools' client. Bodies are signed or not, as asked. */
import { createHash } from 'node:crypto';
import { RawConnection, type RawReply } from './raw-http.ts';
import {
  emptyPayloadHash,
  encodeComponent,
  encodePath,
  type SigningIdentity,
  signRequest,
  unsignedPayload,
} from './sigv4.ts';

export interface CallerOptions {
  readonly host: string;
  readonly port: number;
  readonly identity: SigningIdentity;
  /** Bodies above this many bytes go as UNSIGNED-PAYLOAD; those up to it are hashed and signed. */
  readonly signBodyBytesMax?: number;
  /** Count the bytes of answers (`bodyBytes`) instead of keeping them. */
  readonly discardBodies?: boolean;
}

export interface S3Call {
  readonly method: string;
  /** `/bucket/key` before encoding. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Further headers, signed. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Hex SHA-256 of the body when the caller knows it: the server's work is the same, the client's is saved. */
  readonly bodyHash?: string;
}

/** Keeps one connection and opens a new one when the last failed. Not for concurrent calls. */
export class S3Caller {
  private readonly options: CallerOptions;
  private connection: RawConnection | undefined;

  constructor(options: CallerOptions) {
    this.options = options;
  }

  /** Any status resolves; a broken connection rejects. */
  async send(call: S3Call): Promise<RawReply> {
    const path = encodePath(call.path);
    const query = encodeQuery(call.query ?? {});
    const headers = signRequest(this.options.identity, {
      method: call.method,
      path,
      query,
      host: `${this.options.host}:${this.options.port}`,
      payloadHash: call.bodyHash ?? this.hashOf(call.body),
      ...(call.headers === undefined ? {} : { headers: call.headers }),
    });
    if (call.body !== undefined) headers['content-length'] = String(call.body.length);
    else if (call.method !== 'GET' && call.method !== 'HEAD') headers['content-length'] = '0';
    if (this.connection === undefined || !this.connection.open) {
      this.connection = await RawConnection.open(this.options);
    }
    const reply = await this.connection.request(
      call.method,
      query === '' ? path : `${path}?${query}`,
      headers,
      call.body,
    );
    if (reply.headers.get('connection')?.toLowerCase() === 'close') this.close();
    return reply;
  }

  /** As `send`, and throws unless the status is one of `statuses` (200 when none given). */
  async ok(call: S3Call, ...statuses: number[]): Promise<RawReply> {
    const reply = await this.send(call);
    if (!(statuses.length === 0 ? [200] : statuses).includes(reply.status))
      throw new UnexpectedStatus(call, reply);
    return reply;
  }

  close(): void {
    this.connection?.close();
    this.connection = undefined;
  }

  private hashOf(body: Buffer | undefined): string {
    if (body === undefined || body.length === 0) return emptyPayloadHash;
    if (body.length > (this.options.signBodyBytesMax ?? 1 << 20)) return unsignedPayload;
    return createHash('sha256').update(body).digest('hex');
  }
}

export class UnexpectedStatus extends Error {
  readonly status: number;

  constructor(call: S3Call, reply: RawReply) {
    super(`${call.method} ${call.path} answered ${reply.status}: ${reply.body.toString('utf8', 0, 600)}`);
    this.status = reply.status;
  }
}

function encodeQuery(query: Readonly<Record<string, string>>): string {
  return Object.keys(query)
    .sort()
    .map((name) => `${encodeComponent(name)}=${encodeComponent(query[name] as string)}`)
    .join('&');
}

/** The texts of `<tag>` elements, unescaped: enough for the documents that S3 answers with. */
export function xmlTexts(document: Buffer | string, tag: string): string[] {
  const out: string[] = [];
  const text = document.toString();
  const open = `<${tag}>`;
  const close = `</${tag}>`;
  for (let at = text.indexOf(open); at >= 0; at = text.indexOf(open, at)) {
    const end = text.indexOf(close, at);
    if (end < 0) break;
    out.push(unescapeXml(text.slice(at + open.length, end)));
    at = end + close.length;
  }
  return out;
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function unescapeXml(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(lt|gt|quot|apos|amp));/g, (_all, hex, decimal, name) => {
    if (name !== undefined) return entities[name as string] as string;
    return String.fromCodePoint(hex === undefined ? Number(decimal) : Number.parseInt(hex as string, 16));
  });
}
