/**
 * Cost of the AWS port itself: 1 KiB and 8 MiB PUT and GET with header signatures through the whole pipeline, to a
 * handler that keeps small objects in a map and reads large ones through. The server runs in a child process and reports its own CPU time; the client sends prepared
 * bytes over raw sockets, so that its own cost does not slow the server down.
 *
 * `node compat-tests/perf/http-pipeline.ts [requests]` prints one JSON line per workload.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type Account, createAwsPort, type OperationRow, StaticCredentialStore } from '@hypergate/kit';
import { schemas } from '@hypergate/kit/aws/gen/s3';
import pino from 'pino';
import { Registry } from 'prom-client';

const account: Account = {
  accountId: '000000000000',
  userId: 'owner',
  displayName: 'owner',
  email: 'owner@example.com',
  accessKeyId: 'test',
  secretAccessKey: 'test',
};
const connections = 16;

if (process.argv[2] === 'server') await serve();
else await measure(Number(process.argv[2] ?? 40_000));

interface ObjectInput {
  readonly Bucket: string;
  readonly Key: string;
}

async function serve(): Promise<void> {
  const objects = new Map<string, Uint8Array>();
  const resources = ({ input }: { input: ObjectInput }) => [
    { arn: `arn:aws:s3:::${input.Bucket}/${input.Key}`, ownerAccountId: account.accountId },
  ];
  const operations: OperationRow<ObjectInput>[] = [
    {
      name: 'PutObject',
      action: 's3:PutObject',
      streaming: true,
      resources,
      handle: async ({ input, body }) => {
        const name = `${input.Bucket}/${input.Key}`;
        if (body.contentLength !== undefined && body.contentLength <= 1 << 20) {
          objects.set(name, await body.collect(1 << 20));
        } else {
          let length = 0;
          for await (const piece of body.chunks()) length += piece.length;
          objects.set(name, new Uint8Array(length));
        }
        return { output: { ETag: '"0123456789abcdef0123456789abcdef"' } };
      },
    },
    {
      name: 'GetObject',
      action: 's3:GetObject',
      resources,
      handle: async ({ input }) => {
        const body = objects.get(`${input.Bucket}/${input.Key}`) ?? new Uint8Array(0);
        return {
          output: { ETag: '"0123456789abcdef0123456789abcdef"', ContentType: 'binary/octet-stream' },
          stream: { body, contentLength: body.length },
        };
      },
    },
  ];
  const port = await createAwsPort(
    {
      definitions: [
        {
          signingName: 's3',
          protocol: 'restXml',
          schemas,
          operations,
          discriminators: {
            ListDirectoryBuckets: 'unrouted',
            WriteGetObjectResponse: 'unrouted',
            UploadPart: { query: ['uploadId'] },
            UploadPartCopy: { query: ['uploadId'], headers: ['x-amz-copy-source'] },
            CompleteMultipartUpload: { query: ['uploadId'] },
          },
        },
      ],
      s3Domains: ['localhost', 's3.localhost'],
      region: 'us-east-1',
      systemRoutes: [],
    },
    {
      credentials: new StaticCredentialStore([account]),
      logger: pino({ level: 'info' }),
      metrics: new Registry(),
      clock: { now: () => Date.now() },
      random: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
    },
  );
  const tcpPort = await port.listen({ host: '127.0.0.1', port: 0 });
  process.on('message', (message) => {
    if (message === 'cpu') process.send?.({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss() });
    else void port.close().then(() => process.disconnect());
  });
  process.send?.({ tcpPort });
}

async function ask<Answer>(child: ChildProcess, message: string): Promise<Answer> {
  const answer = once(child, 'message');
  child.send(message);
  return (await answer)[0] as Answer;
}

interface Usage {
  readonly cpu: NodeJS.CpuUsage;
  readonly rss: number;
}

async function measure(requests: number): Promise<void> {
  const child = fork(import.meta.filename, ['server'], { stdio: 'inherit' });
  const [{ tcpPort }] = (await once(child, 'message')) as [{ tcpPort: number }];
  try {
    for (const { method, bytes, label, count, keys } of workloads(requests)) {
      const prepared = Array.from({ length: keys }, (_, i) =>
        prepare(method, `/bucket/${label}-${i}`, bytes),
      );
      await run(tcpPort, prepared, Math.ceil(count / 4));
      const before = await ask<Usage>(child, 'cpu');
      const started = performance.now();
      await run(tcpPort, prepared, count);
      const seconds = (performance.now() - started) / 1000;
      const after = await ask<Usage>(child, 'cpu');
      const user = (after.cpu.user - before.cpu.user) / 1e6;
      const system = (after.cpu.system - before.cpu.system) / 1e6;
      const line = {
        workload: `${method} ${label}`,
        requests: count,
        perCpuSecond: Math.round(count / (user + system)),
        megabytesPerCpuSecond: Math.round((count * bytes) / 1e6 / (user + system)),
        perSecond: Math.round(count / seconds),
        userMicros: Math.round((user / count) * 1e6),
        systemMicros: Math.round((system / count) * 1e6),
        rssMiB: Math.round(after.rss / 1024 / 1024),
      };
      process.stdout.write(`${JSON.stringify(line)}\n`);
    }
  } finally {
    const gone = once(child, 'exit');
    child.send('close');
    await gone;
  }
}

function workloads(requests: number) {
  const small = { bytes: 1024, label: '1KiB', count: requests, keys: 64 };
  const large = { bytes: 8 << 20, label: '8MiB', count: Math.ceil(requests / 400), keys: 4 };
  return [small, large].flatMap((size) => [
    { ...size, method: 'PUT' as const },
    { ...size, method: 'GET' as const },
  ]);
}

/** One signed request as bytes, with the headers an SDK sends. */
function prepare(method: 'PUT' | 'GET', path: string, bytes: number): Buffer {
  const body = method === 'PUT' ? Buffer.alloc(bytes, 'x') : Buffer.alloc(0);
  const iso = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = iso.slice(0, 8);
  const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');
  const headers: Record<string, string> = {
    ...(method === 'PUT'
      ? { 'content-length': String(bytes), 'content-type': 'application/octet-stream' }
      : {}),
    host: '127.0.0.1:4566',
    'x-amz-content-sha256': sha256(body),
    'x-amz-date': iso,
    'x-amz-user-agent': 'aws-sdk-js/3.1169.0',
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    method,
    path,
    '',
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    sha256(body),
  ].join('\n');
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const signingKey = hmac(
    hmac(hmac(hmac(`AWS4${account.secretAccessKey}`, day), 'us-east-1'), 's3'),
    'aws4_request',
  );
  const scope = `${day}/us-east-1/s3/aws4_request`;
  const signature = hmac(signingKey, `AWS4-HMAC-SHA256\n${iso}\n${scope}\n${sha256(canonical)}`).toString(
    'hex',
  );
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `authorization: AWS4-HMAC-SHA256 Credential=${account.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
    'amz-sdk-invocation-id: 7a1b3c5d-0000-4000-8000-000000000000',
    'amz-sdk-request: attempt=1; max=3',
    'user-agent: aws-sdk-js/3.1169.0 ua/2.1 os/linux lang/js md/nodejs',
    'connection: keep-alive',
    '',
    '',
  ];
  return Buffer.concat([Buffer.from(lines.join('\r\n')), body]);
}

/** Keeps `connections` sockets busy with one request each until all were answered. */
async function run(tcpPort: number, prepared: readonly Buffer[], requests: number): Promise<void> {
  let sent = 0;
  const next = () => (sent < requests ? prepared[sent++ % prepared.length] : undefined);
  await Promise.all(Array.from({ length: connections }, () => drive(tcpPort, next)));
}

function drive(tcpPort: number, next: () => Buffer | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: tcpPort, noDelay: true });
    let head = '';
    let missing = 0;
    const sendNext = () => {
      const bytes = next();
      if (bytes === undefined) socket.end();
      else socket.write(bytes);
    };
    socket.on('connect', sendNext);
    socket.on('data', (bytes) => {
      if (missing > 0) {
        missing -= bytes.length;
      } else {
        head += bytes.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        if (!head.startsWith('HTTP/1.1 200')) {
          reject(new Error(head));
          socket.destroy();
          return;
        }
        const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
        missing = end + 4 + Number(length ?? 0) - head.length;
        head = '';
      }
      if (missing === 0) sendNext();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve());
  });
}
