/**
 * The S3 client of the AWS SDK before the service: its requests are routed, decoded, handled and encoded as on the AWS
 * port, but over no socket and without signatures.
 */
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import {
  AwsError,
  awsDefinitions,
  type Call,
  createRestRouter,
  decodeInput,
  type EncodedReply,
  type EventTargets,
  encodeError,
  encodeOutput,
  type OperationRow,
  type Principal,
  type RequestBody,
  type Service,
} from '@hypergate/kit';
import { createService } from '../index.ts';
import { MemoryTables } from './memory-tables.ts';

export const root: Principal = {
  kind: 'root',
  accountId: '000000000000',
  userId: 'canonical-root',
  arn: 'arn:aws:iam::000000000000:root',
  displayName: 'root',
  accessKeyId: 'test',
};

/** Where requests of the harness come from. */
export const sourceAddress = '192.0.2.7';

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string | string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface Harness {
  readonly service: Service;
  readonly tables: MemoryTables;
  readonly clock: { ms: number };
  /** What was logged as an error. */
  readonly failures: unknown[];
  client(options?: { principal?: Principal; region?: string; config?: S3ClientConfig }): S3Client;
}

/**
 * @param tables kept over a restart
 * @param targets where events go
 */
export async function startHarness(
  tables: MemoryTables = new MemoryTables(),
  targets?: EventTargets,
  clock: { ms: number } = { ms: Date.UTC(2026, 0, 1) },
): Promise<Harness> {
  const unused = undefined as never;
  let counter = 0;
  const failures: unknown[] = [];
  const service = createService({
    node: undefined,
    tables,
    logger: { error: (details: unknown) => failures.push(details), warn: () => undefined } as never,
    metrics: unused,
    clock: { now: () => clock.ms },
    random: {
      bytes: (length) => {
        counter += 1;
        const bytes = Buffer.alloc(length);
        bytes.writeUInt32BE(counter, length - 4);
        return bytes;
      },
    },
    settings: unused,
    targets: () => targets,
  });
  await service.start();
  return {
    service,
    tables,
    clock,
    failures,
    client: (options = {}) => clientOf(service, options),
  };
}

function clientOf(
  service: Service,
  options: { principal?: Principal; region?: string; config?: S3ClientConfig },
): S3Client {
  const definition = awsDefinitions(service)[0]!;
  const route = createRestRouter(definition.schemas, definition.discriminators);
  const rows = new Map(definition.operations.map((row) => [row.name, row]));
  const principal = options.principal ?? root;
  const region = options.region ?? 'us-east-1';
  const handle = async (sent: Sent): Promise<EncodedReply> => {
    const query = new Map<string, string>();
    for (const [name, value] of Object.entries(sent.query))
      query.set(name, value === null ? '' : String(value));
    const headers = new Map(Object.entries(sent.headers).map(([name, value]) => [name.toLowerCase(), value]));
    const header = (name: string): string | undefined => headers.get(name);
    const ids = { requestId: 'REQUEST', hostId: 'HOST' };
    try {
      const found = route({ method: sent.method, rawPath: sent.path, host: '127.0.0.1', query, header });
      if (found === undefined) throw new AwsError('MethodNotAllowed', 405, 'no such operation');
      const row: OperationRow<unknown, unknown> = rows.get(found.operation)!;
      const bytes = bytesOf(sent.body);
      const body = row.streaming === true ? new Uint8Array(0) : bytes;
      const input = decodeInput(definition, found.operation, {
        query,
        header,
        headers: headers.entries(),
        labels: found.labels,
        body,
      });
      const call: Call<unknown> = {
        operation: found.operation,
        input,
        principal,
        requestId: ids.requestId,
        region,
        signal: new AbortController().signal,
        body: bodyOf(bytes),
        header,
        query: (name) => query.get(name),
        method: sent.method,
        rawUrl: sent.path,
        headers: () => headers.entries(),
        policyContext: () => ({ 'aws:SourceIp': sourceAddress }),
      };
      for (const resource of await row.resources(call)) {
        const owner = resource.ownerAccountId;
        if (owner !== undefined && owner !== principal.accountId) {
          throw new AwsError('AccessDenied', 403, 'Access Denied');
        }
      }
      return encodeOutput(definition, found.operation, await row.handle(call), ids);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return encodeError(definition, error, ids);
    }
  };
  return new S3Client({
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    forcePathStyle: true,
    endpoint: 'http://127.0.0.1:4566',
    maxAttempts: 1,
    ...options.config,
    requestHandler: {
      handle: async (request: unknown) => {
        const sent = request as Sent;
        const reply = await handle(sent);
        const body = await replyBytes(reply);
        const withBody = sent.method !== 'HEAD' && reply.status !== 304;
        const stream = new Blob(withBody ? [body as Uint8Array<ArrayBuffer>] : []).stream();
        return { response: { statusCode: reply.status, headers: reply.headers, body: stream } };
      },
      updateHttpClientConfig: () => {},
      httpHandlerConfigs: () => ({}),
    } as never,
  });
}

function bytesOf(body: unknown): Uint8Array {
  if (body === undefined || body === null) return new Uint8Array(0);
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  throw new Error('the harness takes whole bodies only');
}

async function replyBytes(reply: EncodedReply): Promise<Uint8Array> {
  const body = reply.stream?.body ?? reply.body;
  if (typeof body === 'string') return Buffer.from(body);
  if (body instanceof Uint8Array) return body;
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(Uint8Array.from(piece));
  return Buffer.concat(pieces);
}

function bodyOf(bytes: Uint8Array): RequestBody {
  return {
    contentLength: bytes.length,
    collect: async () => bytes,
    async *chunks() {
      for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000);
    },
    trailers: new Map(),
    sha256Hex: undefined,
  };
}

/** The code of the error that a call ends with, `none` when it succeeds. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'none';
  } catch (error) {
    return (error as { name: string }).name;
  }
}

/** The status of the error that a call ends with. */
export async function statusOf(call: Promise<unknown>): Promise<number | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return (error as { $metadata: { httpStatusCode?: number } }).$metadata.httpStatusCode;
  }
}
