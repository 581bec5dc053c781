/** Queues behind a real AWS port, over a node in memory, asked by the SDK's own client; opened again on what a crash left. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { type Account, type Credential, createAwsPort, rootPrincipal } from '@hypergate/kit';
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { MemoryState, openMemoryNode } from '@hypergate/node/embedded';
import { MemoryStore } from '@hypergate/node/store';
import { openTables } from '@hypergate/table';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { domainAddress } from '../../../model/tables.ts';
import type { LambdaBase } from '../../../store/context.ts';
import { createQueues, type QueueService, queueDefinition, queueQueryDefinition } from '../../index.ts';

export const region = 'eu-central-1';
export const account = '000000000000';
export const otherAccount = '111111111111';

const accountOf = (accountId: string): Account => ({
  accountId,
  userId: accountId,
  displayName: 'root',
  email: `root@${accountId}.example`,
  accessKeyId: `AKIA${accountId}`,
  secretAccessKey: `secret of ${accountId}`,
});
const accounts = [accountOf(account), accountOf(otherAccount)];
const keystore = createKeystore(Buffer.alloc(32, 0x53));
const writerKey = ed25519SigningKey(keystore.writerSeed());

export const arn = (name: string): string => `arn:aws:sqs:${region}:${account}:${name}`;

export interface World {
  readonly queues: QueueService;
  readonly base: LambdaBase;
  readonly clock: { ms: number };
  readonly port: number;
  client(accountId?: string): SQSClient;
  /** A user with these policies only. */
  user(name: string, policies: readonly unknown[]): SQSClient;
  /** Another gateway over the same store. */
  beside(): QueueService;
  /** As a power cut would leave it; another process begins on what was kept. */
  crash(): Promise<World>;
  close(): Promise<void>;
}

export const openWorld = (): Promise<World> => open(new MemoryState(), { ms: Date.UTC(2026, 4, 6) });

async function open(state: MemoryState, clock: { ms: number }): Promise<World> {
  await using opened = new AsyncDisposableStack();
  const { node } = await openMemoryNode({ state, writerKey });
  opened.defer(() => node.close());
  const random = createPooledRandom();
  const failures: unknown[] = [];
  const tables = await openTables(
    {},
    {
      node,
      indexStore: new MemoryStore(),
      keys: keystore,
      writerKey: writerKey.publicKey,
      random,
      onFailure: (error) => failures.push(error),
    },
  );
  opened.defer(async () => {
    await tables.close();
    if (failures.length > 0) throw new Error('the index failed', { cause: failures[0] });
  });
  const logger = pino({ level: 'silent' });
  const base: LambdaBase = {
    tables,
    domain: await tables.ensureDomain(domainAddress),
    clock: { now: () => clock.ms },
    random,
    logger,
    settings: {
      region,
      rootAccountId: account,
      accounts,
      s3Domains: [],
      lifecycleDayMs: 1,
      dataDir: '/data',
    },
  };
  const made: QueueService[] = [];
  opened.defer(async () => {
    for (const one of made) await one.stop();
  });
  const beside = (): QueueService => {
    const one = createQueues(base);
    made.push(one);
    return one;
  };
  const queues = beside();
  const users = new Map<string, Credential>();
  for (const one of accounts)
    users.set(one.accessKeyId, { secretAccessKey: one.secretAccessKey, principal: rootPrincipal(one) });
  const port = await createAwsPort(
    {
      definitions: [queueDefinition((work) => work(queues)), queueQueryDefinition((work) => work(queues))],
      s3Domains: [],
      region,
      systemRoutes: [],
    },
    {
      credentials: { lookup: (id) => users.get(id) },
      logger,
      metrics: new Registry(),
      clock: { now: Date.now },
      random,
    },
  );
  opened.defer(() => port.close());
  const tcp = await port.listen({ host: '127.0.0.1', port: 0 });
  const clients: SQSClient[] = [];
  opened.defer(() => {
    for (const one of clients) one.destroy();
  });
  const connect = (credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }) => {
    const one = new SQSClient({ endpoint: `http://127.0.0.1:${tcp}`, region, maxAttempts: 1, credentials });
    clients.push(one);
    return one;
  };
  const closing = opened.move();
  return {
    queues,
    base,
    clock,
    port: tcp,
    client: (accountId = account) => connect(accountOf(accountId)),
    user(name, identityPolicies) {
      const accessKeyId = `AKIAUSER${name}`;
      const secretAccessKey = `secret of ${name}`;
      const principal = {
        kind: 'user',
        accountId: account,
        userId: `id-of-${name}`,
        arn: `arn:aws:iam::${account}:user/${name}`,
        displayName: name,
        accessKeyId,
      } as const;
      users.set(accessKeyId, { secretAccessKey, principal, identityPolicies });
      return connect({ accessKeyId, secretAccessKey });
    },
    beside,
    async crash() {
      const copy = new MemoryState();
      for (const [key, value] of state.entries) copy.entries.set(key, Buffer.from(value));
      for (const [key, value] of state.chunks) copy.chunks.set(key, Buffer.from(value));
      copy.records.push(...state.records.map((record) => Buffer.from(record)));
      copy.released = state.released;
      await closing.disposeAsync();
      return open(copy, clock);
    },
    close: () => closing.disposeAsync(),
  };
}

/** `Code: message`, or what came instead of an error. */
export async function errorOf(work: Promise<unknown>): Promise<string> {
  try {
    return `no error: ${JSON.stringify(await work)}`;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `${error.name}: ${error.message}`;
  }
}
