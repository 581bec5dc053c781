/**
 * Messages a second through the API, on one pool of sixteen connections: sent alone and in tens, received and deleted likewise. The gateway is
 * a process of its own with its node on the disk. The client sends plain requests without signatures (as in developer mode), so that it
 * costs little.
 *
 *   node services/lambda/queues/test/bench/throughput.ts [messages]
 */
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createAwsPort, rootPrincipal } from '@hypergate/kit';
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { openEmbeddedNode, systemClock } from '@hypergate/node/embedded';
import { ClassicLevelStore, NodeDisk, openChunkStore, openCommitLog } from '@hypergate/node/store';
import { openTables } from '@hypergate/table';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { domainAddress } from '../../../model/tables.ts';
import { createQueues, queueDefinition } from '../../index.ts';

const connections = 16;
const account = {
  accountId: '000000000000',
  userId: '000000000000',
  displayName: 'root',
  email: 'root@example.com',
  accessKeyId: 'test',
  secretAccessKey: 'test',
};

async function serve(folder: string): Promise<void> {
  const keys = createKeystore(Buffer.alloc(32, 1));
  const writerKey = ed25519SigningKey(keys.writerSeed());
  const random = createPooledRandom();
  const bytes = (length: number) => random.bytes(length);
  const disk = new NodeDisk(folder);
  const kv = await ClassicLevelStore.open({ location: join(folder, 'state') });
  const node = await openEmbeddedNode(
    {},
    {
      kv,
      openLog: ({ applied }) => openCommitLog({ folder: 'log', atLeast: applied }, { disk, random: bytes }),
      openChunks: ({ isNamed }) =>
        openChunkStore({ folder: 'chunks' }, { disk, kv, isNamed, clock: Date, random: bytes }),
      nodeKey: ed25519SigningKey(keys.nodeSeed()),
      writerKey,
      random,
      clock: systemClock,
    },
  );
  const indexStore = await ClassicLevelStore.open({ location: join(folder, 'index') });
  const tables = await openTables({}, { node, indexStore, keys, writerKey: writerKey.publicKey, random });
  const logger = pino({ level: 'error' });
  const clock = { now: () => Date.now() };
  const region = 'us-east-1';
  const settings = {
    region,
    rootAccountId: account.accountId,
    accounts: [account],
    s3Domains: [],
    lifecycleDayMs: 1,
    dataDir: folder,
  };
  const domain = await tables.ensureDomain(domainAddress);
  const queues = createQueues({ tables, domain, clock, random, logger, settings });
  const port = await createAwsPort(
    {
      definitions: [queueDefinition((work) => work(queues))],
      s3Domains: [],
      region,
      systemRoutes: [],
      unsignedPrincipal: rootPrincipal(account),
    },
    { credentials: { lookup: () => undefined }, logger, metrics: new Registry(), clock, random },
  );
  process.on('disconnect', () => process.exit());
  process.on('message', () => process.send?.({ cpu: process.cpuUsage() }));
  process.send?.({ port: await port.listen({ host: '127.0.0.1', port: 0 }) });
}

interface Heard {
  readonly port?: number;
  readonly cpu?: NodeJS.CpuUsage;
}

type Answer = { readonly Messages?: readonly { readonly ReceiptHandle: string }[] };

async function measure(messages: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hypergate-queues-'));
  const server = fork(fileURLToPath(import.meta.url), ['serve', folder]);
  const heard = () =>
    new Promise<Heard>((resolve) => server.once('message', resolve as (said: unknown) => void));
  const { port } = await heard();
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const call = (operation: string, input: object) => post(port!, agent, operation, JSON.stringify(input));
  const QueueUrl = `http://h/${account.accountId}/q`;
  await call('CreateQueue', { QueueName: 'q' });
  const body = 'x'.repeat(256);
  const inTens = (entry: object) => Array.from({ length: 10 }, (_, at) => ({ Id: `e${at}`, ...entry }));
  const cases: readonly (readonly [string, number, () => Promise<unknown>])[] = [
    ['send', 1, () => call('SendMessage', { QueueUrl, MessageBody: body })],
    ['receive + delete', 1, () => drain(1)],
    [
      'send in tens',
      10,
      () => call('SendMessageBatch', { QueueUrl, Entries: inTens({ MessageBody: body }) }),
    ],
    ['receive + delete in tens', 10, () => drain(10)],
  ];
  async function drain(MaxNumberOfMessages: number): Promise<void> {
    const { Messages = [] } = await call('ReceiveMessage', { QueueUrl, MaxNumberOfMessages });
    if (MaxNumberOfMessages === 1)
      await call('DeleteMessage', { QueueUrl, ReceiptHandle: Messages[0]!.ReceiptHandle });
    else {
      const Entries = Messages.map(({ ReceiptHandle }, at) => ({ Id: `e${at}`, ReceiptHandle }));
      await call('DeleteMessageBatch', { QueueUrl, Entries });
    }
  }
  const cpu = async (): Promise<number> => {
    server.send('cpu');
    const { cpu: used } = await heard();
    return (used!.user + used!.system) / 1000;
  };
  for (const [name, each, work] of cases) {
    const before = await cpu();
    const started = performance.now();
    let left = messages / each;
    const worker = async (): Promise<void> => {
      for (; left > 0; ) {
        left -= 1;
        await work();
      }
    };
    await Promise.all(Array.from({ length: connections }, worker));
    const seconds = (performance.now() - started) / 1000;
    const used = (await cpu()) - before;
    console.log(
      `${name}: ${Math.round(messages / seconds)} messages/s, ${(used / messages).toFixed(3)} ms of CPU each`,
    );
  }
  agent.destroy();
  server.kill();
  await rm(folder, { recursive: true });
}

function post(port: number, agent: Agent, operation: string, body: string): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${operation}` };
  const sent = request({ host: '127.0.0.1', port, agent, method: 'POST', path: '/', headers }, (answer) => {
    const parts: Buffer[] = [];
    answer.on('data', (part: Buffer) => parts.push(part));
    answer.on('end', () => {
      const text = Buffer.concat(parts).toString();
      if (answer.statusCode === 200) resolve(text === '' ? {} : JSON.parse(text));
      else reject(new Error(`status ${answer.statusCode}: ${text}`));
    });
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

if (process.argv[2] === 'serve') await serve(process.argv[3]!);
else await measure(Number(process.argv[2] ?? 4000));
