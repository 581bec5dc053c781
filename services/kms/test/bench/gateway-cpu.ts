/**
 * CPU time of the gateway per call that uses a key, with custody that answers at once: port, signature, admission, audit record, seal.
 * The node and its tables are in this process and in memory, as embedded; the client is another process, and sends the same signed
 * requests over and over.
 *
 *   node services/kms/test/bench/gateway-cpu.ts [calls]
 */
import { fork } from 'node:child_process';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { createAwsPort, StaticCredentialStore } from '@hypergate/kit';
import type { CustodyPort } from '@hypergate/node/api';
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { MemoryState, openMemoryNode } from '@hypergate/node/embedded';
import { PlainProver } from '@hypergate/node/sim';
import { MemoryStore } from '@hypergate/node/store';
import { openTables } from '@hypergate/table';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createService } from '../../service.ts';

const region = 'us-east-1';
const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const accountId = '000000000000';
const concurrency = 16;

/** One request as it is sent, signed. */
interface Recorded {
  readonly headers: Record<string, string>;
  readonly body: string;
}

const custody: CustodyPort = {
  perform: async (task) => ({
    output: task.kind === 'evaluate' ? new Uint8Array(32).fill(7) : new Uint8Array(0),
  }),
  inform: async () => undefined,
  eraseDue: async () => undefined,
  status: async () => ({ threshold: 0, epoch: 0, custodians: [] }),
};

async function serve(): Promise<void> {
  const keys = createKeystore(Buffer.alloc(32, 1));
  const writerKey = ed25519SigningKey(keys.writerSeed());
  const { node } = await openMemoryNode({ state: new MemoryState(), writerKey });
  const random = createPooledRandom();
  const clock = { now: () => Date.now() };
  const tables = await openTables(
    {},
    {
      node: new PlainProver({}).over(node),
      indexStore: new MemoryStore(),
      keys,
      writerKey: writerKey.publicKey,
      random,
      onFailure: (error) => {
        throw error;
      },
    },
  );
  const account = {
    accountId,
    userId: accountId,
    displayName: 'root',
    email: 'root@example.com',
    ...credentials,
  };
  const settings = {
    region,
    rootAccountId: accountId,
    accounts: [account],
    s3Domains: [],
    lifecycleDayMs: 1,
    dataDir: '',
  };
  const modules = { logger: pino({ level: 'silent' }), metrics: new Registry(), clock, random };
  const service = createService({ ...modules, node: undefined as never, tables, custody, settings });
  await service.start();
  const port = await createAwsPort(
    { definitions: [service.aws], s3Domains: [], region, systemRoutes: [] },
    { ...modules, credentials: new StaticCredentialStore([account]) },
  );
  process.on('message', () => process.send!({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss() }));
  process.send!({ port: await port.listen({ host: '127.0.0.1', port: 0 }) });
}

async function measure(calls: number): Promise<void> {
  const { CreateKeyCommand, DecryptCommand, EncryptCommand, GenerateDataKeyCommand, KMSClient } =
    await import('@aws-sdk/client-kms');
  const server = fork(fileURLToPath(import.meta.url), ['serve'], { execArgv: process.execArgv });
  // biome-ignore lint/suspicious/noExplicitAny: messages of this file's own other half
  const heard = () => new Promise<any>((resolve) => server.once('message', resolve));
  const { port } = await heard();
  const client = new KMSClient({ endpoint: `http://127.0.0.1:${port}`, region, credentials });
  let last: Recorded | undefined;
  client.middlewareStack.add(
    (next) => (args) => {
      last = args.request as Recorded;
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata!.KeyId!;
  const EncryptionContext = { bucket: 'films' };
  const recorded: [string, Recorded][] = [];
  const { CiphertextBlob } = await client.send(
    new EncryptCommand({ KeyId, Plaintext: Buffer.alloc(32), EncryptionContext }),
  );
  recorded.push(['Encrypt', last!]);
  await client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext }));
  recorded.push(['GenerateDataKey', last!]);
  await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
  recorded.push(['Decrypt', last!]);
  client.destroy();
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const cpu = async (): Promise<number> => {
    server.send('cpu');
    const { cpu: used } = await heard();
    return (used.user + used.system) / 1000;
  };
  for (const [name, one] of recorded) {
    await repeat(port, agent, one, Math.ceil(calls / 4));
    const before = await cpu();
    const started = performance.now();
    await repeat(port, agent, one, calls);
    const elapsed = performance.now() - started;
    const used = (await cpu()) - before;
    console.log(
      `${name}: ${(used / calls).toFixed(3)} ms of CPU per call, ${Math.round((1000 * calls) / elapsed)} calls/s`,
    );
  }
  agent.destroy();
  server.kill();
}

async function repeat(port: number, agent: Agent, one: Recorded, calls: number): Promise<void> {
  let left = calls;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await send(port, agent, one);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

function send(port: number, agent: Agent, { headers, body }: Recorded): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const sent = request({ host: '127.0.0.1', port, agent, method: 'POST', path: '/', headers }, (answer) => {
    answer.resume();
    if (answer.statusCode === 200) answer.on('end', resolve);
    else reject(new Error(`status ${answer.statusCode}`));
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

if (process.argv[2] === 'serve') await serve();
else await measure(Number(process.argv[2] ?? 4000));
