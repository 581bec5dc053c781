/** A gateway's AWS port over an embedded node in memory, asked by the SDK's own clients; it can die and begin again on what was kept. */
import {
  type Account,
  type AwsServiceDefinition,
  type Credential,
  createAwsPort,
  rootPrincipal,
} from '@hypergate/kit';
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { MemoryState, openMemoryNode } from '@hypergate/node/embedded';
import { MemoryStore } from '@hypergate/node/store';
import { openTables } from '@hypergate/table';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { domainAddress } from '../../../model/tables.ts';
import type { LambdaBase } from '../../../store/context.ts';

export const region = 'eu-central-1';
export const account = '000000000000';
export const otherAccount = '111111111111';
export const scope = { account, region };

const keystore = createKeystore(Buffer.alloc(32, 0x61));
const writerKey = ed25519SigningKey(keystore.writerSeed());

const accountOf = (accountId: string): Account => ({
  accountId,
  userId: accountId,
  displayName: 'root',
  email: `root@${accountId}.example`,
  accessKeyId: `AKIA${accountId}`,
  secretAccessKey: `secret of ${accountId}`,
});

/** What runs in one process of a gateway. */
export interface Part {
  readonly definition: AwsServiceDefinition;
  stop(): Promise<void>;
}

export interface World<Running extends Part> {
  readonly base: LambdaBase;
  readonly running: Running;
  readonly clock: { ms: number };
  /** What a client of the SDK is made of. */
  clientOf(accountId?: string): ClientSettings;
  /** Of a user with these policies only. */
  clientOfUser(name: string, policies: readonly unknown[]): ClientSettings;
  /** The process dies and another begins on what was kept; what was only in memory is lost. */
  crash(): Promise<World<Running>>;
  close(): Promise<void>;
}

export interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly maxAttempts: number;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export type StartPart<Running> = (base: LambdaBase) => Running;

export function openWorld<Running extends Part>(
  start: StartPart<Running>,
  clock = { ms: Date.UTC(2026, 10, 23, 12) },
): Promise<World<Running>> {
  return open(start, clock, new MemoryState());
}

async function open<Running extends Part>(
  start: StartPart<Running>,
  clock: { ms: number },
  state: MemoryState,
): Promise<World<Running>> {
  await using opened = new AsyncDisposableStack();
  const { node } = await openMemoryNode({ state, writerKey });
  opened.defer(() => node.close());
  const random = createPooledRandom();
  const tables = await openTables(
    {},
    { node, indexStore: new MemoryStore(), keys: keystore, writerKey: writerKey.publicKey, random },
  );
  opened.defer(() => tables.close());
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
      accounts: [accountOf(account), accountOf(otherAccount)],
      s3Domains: [],
      lifecycleDayMs: 1,
      dataDir: '/data',
    },
  };
  const running = start(base);
  const users = new Map<string, Credential>();
  for (const one of base.settings.accounts)
    users.set(one.accessKeyId, { secretAccessKey: one.secretAccessKey, principal: rootPrincipal(one) });
  const port = await createAwsPort(
    { definitions: [running.definition], s3Domains: [], region, systemRoutes: [] },
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
  const settings = { endpoint: `http://127.0.0.1:${tcp}`, region, maxAttempts: 1 };
  const closing = opened.move();
  return {
    base,
    running,
    clock,
    clientOf: (id = account) => ({ ...settings, credentials: accountOf(id) }),
    clientOfUser(name, identityPolicies) {
      const accessKeyId = `AKIAUSER${name}`;
      const secretAccessKey = `secret of ${name}`;
      const principal = {
        kind: 'user',
        accountId: account,
        userId: name,
        arn: `arn:aws:iam::${account}:user/${name}`,
        displayName: name,
        accessKeyId,
      } as const;
      users.set(accessKeyId, { secretAccessKey, principal, identityPolicies });
      return { ...settings, credentials: { accessKeyId, secretAccessKey } };
    },
    async crash() {
      const copy = new MemoryState();
      for (const [key, value] of state.entries) copy.entries.set(key, Buffer.from(value));
      for (const [key, value] of state.chunks) copy.chunks.set(key, Buffer.from(value));
      copy.records.push(...state.records.map((record) => Buffer.from(record)));
      copy.released = state.released;
      await running.stop();
      await closing.disposeAsync();
      return open(start, clock, copy);
    },
    async close() {
      await running.stop();
      await closing.disposeAsync();
    },
  };
}

/** `Code: message`, or what came instead of an error. */
export async function errorOf(work: Promise<unknown>): Promise<string> {
  try {
    const { $metadata: _, ...answer } = (await work) as Record<string, unknown>;
    return `no error: ${JSON.stringify(answer)}`;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `${error.name}: ${error.message}`;
  }
}
