/** A port with two small services over the real schemas and codecs: objects in a map behind S3, and a JSON service. */
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import pino from 'pino';
import { Registry } from 'prom-client';
import type { Account } from '../../../service.ts';
import { StaticCredentialStore } from '../../credentials.ts';
import { AwsError, type AwsServiceDefinition, type OperationRow } from '../../definition.ts';
import { schemas as s3Schemas } from '../../gen/s3.ts';
import { schemas as stsSchemas } from '../../gen/sts.ts';
import { type AwsPort, type AwsPortModules, type AwsPortOptions, createAwsPort } from '../../port.ts';
import { sha256OfByteString } from '../../sigv4/canonical.ts';
import { deriveSigningKey, sign } from '../../sigv4/index.ts';

export const nowMs = Date.UTC(2026, 2, 4, 5, 6, 7);
export const iso = '20260304T050607Z';
export const account: Account = {
  accountId: '000000000000',
  userId: 'canonical-owner',
  displayName: 'owner',
  email: 'owner@example.com',
  accessKeyId: 'test',
  secretAccessKey: 'test-secret',
};
export const stranger: Account = {
  ...account,
  accountId: '111111111111',
  accessKeyId: 'other',
  secretAccessKey: 'other-secret',
};

// biome-ignore lint/suspicious/noExplicitAny: rows of different operations stand in one table
type Row = OperationRow<any, any>;
type ObjectInput = { Bucket: string; Key: string; Metadata?: Record<string, string> };

export interface Fixture {
  readonly port: AwsPort;
  readonly tcpPort: number;
  readonly objects: Map<string, Buffer>;
  readonly metadata: Map<string, Record<string, string>>;
  readonly metrics: Registry;
  readonly logged: string[];
  /** Rows that tests put in front of the fixture's own. */
  close(): Promise<void>;
}

export interface FixtureOptions {
  readonly rows?: readonly Row[];
  /** Further services. */
  readonly definitions?: readonly AwsServiceDefinition[];
  readonly port?: Partial<AwsPortOptions>;
  readonly modules?: Partial<AwsPortModules>;
}

export function bucketResource(call: { input: ObjectInput }) {
  return [
    { arn: `arn:aws:s3:::${call.input.Bucket}/${call.input.Key ?? ''}`, ownerAccountId: account.accountId },
  ];
}

function objectRows(objects: Map<string, Buffer>, metadata: Map<string, Record<string, string>>): Row[] {
  const name = (input: ObjectInput) => `${input.Bucket}/${input.Key}`;
  const find = (input: ObjectInput) => {
    const found = objects.get(name(input));
    if (found === undefined) throw new AwsError('NoSuchKey', 404, 'The specified key does not exist.');
    return found;
  };
  return [
    {
      name: 'PutObject',
      action: 's3:PutObject',
      access: 'anonymous',
      streaming: true,
      resources: bucketResource,
      handle: async ({ input, body }) => {
        const pieces: Uint8Array[] = [];
        if (body.contentLength !== undefined && body.contentLength <= 65536)
          pieces.push(await body.collect(65536));
        else for await (const piece of body.chunks()) pieces.push(piece);
        objects.set(name(input), Buffer.concat(pieces));
        metadata.set(name(input), { ...input.Metadata, ...Object.fromEntries(body.trailers) });
        return { output: { ETag: '"etag"' } };
      },
    },
    {
      name: 'GetObject',
      action: 's3:GetObject',
      access: 'anonymous',
      resources: bucketResource,
      handle: async ({ input }) => {
        const body = find(input);
        return {
          output: { ETag: '"etag"', Metadata: metadata.get(name(input)) ?? {} },
          stream: { body, contentLength: body.length },
        };
      },
    },
    {
      name: 'HeadObject',
      action: 's3:GetObject',
      resources: bucketResource,
      handle: async ({ input }) => ({ output: { ContentLength: find(input).length, ETag: '"etag"' } }),
    },
    {
      name: 'DeleteObjects',
      action: 's3:DeleteObject',
      resources: bucketResource,
      handle: async ({ input }) => ({
        output: { Deleted: input.Delete.Objects.map((one: { Key: string }) => ({ Key: one.Key })) },
      }),
    },
    {
      name: 'ListBuckets',
      action: 's3:ListAllMyBuckets',
      resources: () => [],
      handle: async ({ principal }) => ({
        output: { Buckets: [], Owner: { ID: principal.userId, DisplayName: principal.displayName } },
      }),
    },
  ];
}

export const jsonDefinition: AwsServiceDefinition = {
  signingName: 'kms',
  protocol: 'awsJson1.1',
  targetPrefix: 'TrentService',
  schemas: {
    service: 'kms',
    sdkVersion: '0',
    operations: {
      Echo: { method: 'POST', uri: '/', status: 200, input: 'Text', output: 'Text', errors: [] },
      Missing: { method: 'POST', uri: '/', status: 200, input: 'Text', output: 'Text', errors: [] },
    },
    shapes: {
      string: { type: 'string' },
      Text: { type: 'structure', members: { Text: { shape: 'string' } } },
    },
  },
  operations: [
    {
      name: 'Echo',
      action: 'kms:Echo',
      resources: () => [{ arn: 'arn:aws:kms:::key', ownerAccountId: account.accountId }],
      handle: async ({ input }) => ({ output: input }),
    } satisfies Row,
  ],
};

const stsDefinition: AwsServiceDefinition = {
  signingName: 'sts',
  protocol: 'query',
  queryVersion: '2011-06-15',
  schemas: stsSchemas,
  operations: [
    {
      name: 'GetCallerIdentity',
      action: 'sts:GetCallerIdentity',
      resources: () => [],
      handle: async ({ principal }) => ({
        output: { UserId: principal.userId, Account: principal.accountId, Arn: principal.arn },
      }),
    } satisfies Row,
  ],
};

export async function openFixture(options: FixtureOptions = {}): Promise<Fixture> {
  const objects = new Map<string, Buffer>();
  const metadata = new Map<string, Record<string, string>>();
  const metrics = new Registry();
  const logged: string[] = [];
  const own = options.rows ?? [];
  const replaced = new Set(own.map((row) => row.name));
  const port = await createAwsPort(
    {
      definitions: [
        {
          signingName: 's3',
          protocol: 'restXml',
          schemas: s3Schemas,
          operations: [...own, ...objectRows(objects, metadata).filter((row) => !replaced.has(row.name))],
          discriminators: {
            ListDirectoryBuckets: 'unrouted',
            WriteGetObjectResponse: 'unrouted',
            UploadPart: { query: ['uploadId'] },
            UploadPartCopy: { query: ['uploadId'], headers: ['x-amz-copy-source'] },
            CompleteMultipartUpload: { query: ['uploadId'] },
          },
        },
        jsonDefinition,
        stsDefinition,
        ...(options.definitions ?? []),
      ],
      s3Domains: ['localhost', 's3.localhost'],
      region: 'us-east-1',
      systemRoutes: [
        {
          method: 'GET',
          path: '/_hypergate/health/live',
          handle: async () => ({ status: 200, contentType: 'application/json', body: '{"live":true}' }),
        },
      ],
      ...options.port,
    },
    {
      credentials: new StaticCredentialStore([account, stranger]),
      logger: pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) }),
      metrics,
      clock: { now: () => nowMs },
      random: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
      ...options.modules,
    },
  );
  const tcpPort = await port.listen({ host: '127.0.0.1', port: 0 });
  return { port, tcpPort, objects, metadata, metrics, logged, close: () => port.close() };
}

export interface SignOptions {
  readonly method: string;
  readonly path: string;
  /** Canonical query, already encoded and sorted. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payloadHash?: string;
  /** Hash of a body that is signed but not sent as a header. */
  readonly bodyHash?: string;
  readonly service?: string;
  readonly host?: string;
  readonly account?: Account;
}

export interface SignedHead {
  readonly headers: Record<string, string>;
  readonly signature: string;
}

/** Plain signer for texts that need no normalising; the oracles cover the rest. */
export function signHead(options: SignOptions): SignedHead {
  const by = options.account ?? account;
  const service = options.service ?? 's3';
  const headers: Record<string, string> = {
    host: options.host ?? '127.0.0.1',
    'x-amz-date': iso,
    ...(options.payloadHash === undefined ? {} : { 'x-amz-content-sha256': options.payloadHash }),
    ...options.headers,
  };
  const names = Object.keys(headers).sort();
  const scope = { date: iso.slice(0, 8), region: 'us-east-1', service };
  const canonical = [
    options.method,
    options.path,
    options.query ?? '',
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    options.payloadHash ?? options.bodyHash ?? sha256OfByteString(''),
  ].join('\n');
  const text = `AWS4-HMAC-SHA256\n${iso}\n${scope.date}/${scope.region}/${service}/aws4_request\n${sha256OfByteString(canonical)}`;
  const signature = sign(deriveSigningKey(by.secretAccessKey, scope), text);
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${by.accessKeyId}/${scope.date}/${scope.region}/${service}/aws4_request, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { headers, signature };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

/** Sends one request through Node's client and reads the whole answer. */
export function send(
  tcpPort: number,
  options: {
    method: string;
    target: string;
    headers?: Readonly<Record<string, string>>;
    body?: Uint8Array | string;
    host?: string;
  },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host: options.host ?? '127.0.0.1',
        port: tcpPort,
        method: options.method,
        path: options.target,
        headers: { ...options.headers },
        agent: false,
      },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () => {
          const body = Buffer.concat(pieces);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body,
            text: body.toString('utf8'),
          });
        });
      },
    );
    request.on('error', reject);
    request.end(options.body);
  });
}

/** A raw connection that remembers all it received. */
export class RawConnection {
  readonly socket: Socket;
  received = Buffer.alloc(0);
  closed = false;
  #waiters: (() => void)[] = [];

  constructor(tcpPort: number) {
    this.socket = connect({ host: '127.0.0.1', port: tcpPort });
    this.socket.on('data', (bytes) => {
      this.received = Buffer.concat([this.received, bytes]);
      this.#wake();
    });
    this.socket.on('error', () => this.#wake());
    this.socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  get text(): string {
    return this.received.toString('latin1');
  }

  write(bytes: string | Uint8Array): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Resolves when the condition holds, checked whenever something arrives. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.closed) throw new Error(`the connection closed first; received: ${this.text}`);
      await this.#event();
    }
  }

  async untilClosed(): Promise<void> {
    while (!this.closed) await this.#event();
  }

  #event(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}

/** Head of a request as bytes. */
export function head(method: string, target: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** Counts status lines of complete answers. */
export function statuses(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
}
