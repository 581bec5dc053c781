/** The control plane behind a real AWS port, over a node in memory and the model of instances, asked by the SDK's own client. */
import { RDSClient } from '@aws-sdk/client-rds';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import {
  type Account,
  type AwsServiceDefinition,
  type Credential,
  createAwsPort,
  rootPrincipal,
} from '@hypergate/kit';
import { createPooledRandom } from '@hypergate/node/crypto';
import { MemoryState } from '@hypergate/node/embedded';
import { MemoryStore } from '@hypergate/node/store';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { openStore } from '../../../test/support/store.ts';
import { type ControlContext, controlDefinition, openControl } from '../../index.ts';
import { ModelInstances } from './model-instances.ts';

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

export interface World {
  readonly instances: ModelInstances;
  readonly context: ControlContext;
  readonly clock: { ms: number };
  readonly port: number;
  client(accountId?: string, clientRegion?: string): RDSClient;
  data(accountId?: string): RDSDataClient;
  /** A user with these policies only. */
  user(name: string, policies: readonly unknown[]): RDSClient;
  dataUser(name: string, policies: readonly unknown[]): RDSDataClient;
  /** The process dies and another begins on what was kept; what was under way in memory is lost. */
  crash(): Promise<World>;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly instances?: ModelInstances;
  readonly more?: (run: Parameters<typeof controlDefinition>[0]) => AwsServiceDefinition;
}

/** A started world, and the next ones over the same state. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  return open(
    new MemoryState(),
    new MemoryStore(),
    options.instances ?? new ModelInstances(),
    { ms: Date.now() },
    options,
  );
}

async function open(
  state: MemoryState,
  indexStore: MemoryStore,
  instances: ModelInstances,
  clock: { ms: number },
  options: WorldOptions,
): Promise<World> {
  await using opened = new AsyncDisposableStack();
  const store = await openStore(state, indexStore);
  opened.defer(() => store.close());
  const random = createPooledRandom();
  const told = { now: () => clock.ms };
  const logger = pino({ level: 'silent' });
  const context = await openControl({ tables: store.tables, instances, clock: told, random, logger });
  const run = <Result>(work: (with_: ControlContext) => Promise<Result>) => work(context);
  const users = new Map<string, Credential>();
  for (const id of [account, otherAccount]) {
    const one = accountOf(id);
    users.set(one.accessKeyId, { secretAccessKey: one.secretAccessKey, principal: rootPrincipal(one) });
  }
  const port = await createAwsPort(
    {
      definitions: [controlDefinition(run), ...(options.more === undefined ? [] : [options.more(run)])],
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
  const settings = { endpoint: `http://127.0.0.1:${tcp}`, maxAttempts: 1 };
  const clients: { destroy(): void }[] = [];
  opened.defer(() => {
    for (const one of clients) one.destroy();
  });
  const kept = <One extends { destroy(): void }>(one: One): One => {
    clients.push(one);
    return one;
  };
  const userCredentials = (name: string, identityPolicies: readonly unknown[]) => {
    const accessKeyId = `AKIAUSER${name}`;
    const secretAccessKey = `secret of ${name}`;
    const arn = `arn:aws:iam::${account}:user/${name}`;
    const principal = {
      kind: 'user',
      accountId: account,
      userId: name,
      arn,
      displayName: name,
      accessKeyId,
    } as const;
    users.set(accessKeyId, { secretAccessKey, principal, identityPolicies });
    return { accessKeyId, secretAccessKey };
  };
  const closing = opened.move();
  return {
    instances,
    context,
    clock,
    port: tcp,
    client: (id = account, clientRegion = region) =>
      kept(new RDSClient({ ...settings, region: clientRegion, credentials: accountOf(id) })),
    data: (id = account) => kept(new RDSDataClient({ ...settings, region, credentials: accountOf(id) })),
    user: (name, policies) =>
      kept(new RDSClient({ ...settings, region, credentials: userCredentials(name, policies) })),
    dataUser: (name, policies) =>
      kept(new RDSDataClient({ ...settings, region, credentials: userCredentials(name, policies) })),
    async crash() {
      const copy = new MemoryState();
      for (const [key, value] of state.entries) copy.entries.set(key, Buffer.from(value));
      for (const [key, value] of state.chunks) copy.chunks.set(key, Buffer.from(value));
      copy.records.push(...state.records.map((record) => Buffer.from(record)));
      copy.released = state.released;
      instances.forgetListeners();
      await closing.disposeAsync();
      return open(copy, new MemoryStore(), instances, clock, options);
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
    const { Code } = error as { Code?: string };
    return `${Code ?? error.name}: ${error.message}`;
  }
}
